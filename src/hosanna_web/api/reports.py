"""Reports: as JSON for programs, as CSV for spreadsheets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_core.errors import PermissionDenied
from hosanna_core.model.instants import to_millis
from hosanna_core.model.operations import OperationsDocument
from hosanna_core.model.workload import WorkloadDocument
from hosanna_core.rules.sheets import lines
from hosanna_core.usecases import operating, reporting
from hosanna_core.usecases.report_forms import OperationsQuery, ReportFormat, WorkloadQuery
from hosanna_web.api.answers import document
from hosanna_web.api.operations import BASE, CSV, Operation
from hosanna_web.api.report_rows import rows_of
from hosanna_web.replies import Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hosanna_core.model.workload import LoadDocument
    from hosanna_web.api.operations import Call
    from hosanna_web.replies import Header

COLUMNS: Final = (
    "technician_id", "full_name", "date", "hours", "jobs", "travel_minutes", "travel_km", "unknown_ways",
    "overridden", "overrides_unknown",
)  # fmt: skip
SUM: Final = "total"
"""In the place of a date: the technician's row that adds up the others."""
_ATTACHED: Final = (b"content-disposition", b'attachment; filename="workload.csv"')
_OPERATIONS: Final = (b"content-disposition", b'attachment; filename="operations.csv"')


def workload(call: Call) -> Reply:
    """Who works how much."""
    report, wanted = reporting.report_workload(call.ports, call.actor, call.query)
    age = _age(call, report.at)
    if wanted is ReportFormat.JSON:
        return document(report, headers=(age,))
    return Reply(lines([COLUMNS, *_rows(report)]), headers=(age, _ATTACHED), media_type=CSV.encode())


def _age(call: Call, at: str) -> Header:
    """How many seconds ago a report was made."""
    seconds = (call.ports.outside.now() - to_millis(at)) // 1000
    return (b"age", str(max(seconds, 0)).encode())


def _rows(report: WorkloadDocument) -> Iterator[tuple[str | float, ...]]:
    for each in report.technicians:
        for day in each.days:
            yield (each.technician_id, each.full_name, day.date, *_cells(day))
        yield (each.technician_id, each.full_name, SUM, *_cells(each))


def _cells(load: LoadDocument) -> tuple[float, ...]:
    return (
        load.hours,
        load.jobs,
        load.travel_minutes,
        load.travel_km,
        load.unknown_ways,
        len(load.overridden),
        load.overrides_unknown,
    )


def operations(call: Call) -> Reply:
    """How the work goes."""
    report, wanted = operating.report_operations(call.ports, call.actor, call.query)
    age = _age(call, report.at)
    if wanted is ReportFormat.JSON:
        return document(report, headers=(age,))
    return Reply(lines(rows_of(report)), headers=(age, _OPERATIONS), media_type=CSV.encode())


REPORTS: Final[tuple[Operation, ...]] = (
    Operation(
        method="GET",
        path=BASE + "/reports/workload",
        name="report_workload",
        summary="Report who works how much, by day, and how evenly it is spread",
        area="reports",
        run=workload,
        answer=WorkloadDocument,
        also=CSV,
        query=WorkloadQuery,
        refusals=(PermissionDenied,),
    ),
    Operation(
        method="GET",
        path=BASE + "/reports/operations",
        name="report_operations",
        summary="Report how the work goes: how many jobs there are, how fast they move, and who moves them",
        area="reports",
        run=operations,
        answer=OperationsDocument,
        also=CSV,
        query=OperationsQuery,
        refusals=(PermissionDenied,),
    ),
)
