"""Reports: as JSON for programs, as CSV for spreadsheets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_core.errors import PermissionDenied
from hosanna_core.model.workload import WorkloadDocument
from hosanna_core.rules.sheets import lines
from hosanna_core.usecases import reporting
from hosanna_core.usecases.report_forms import ReportFormat, WorkloadQuery
from hosanna_web.api.answers import document
from hosanna_web.api.operations import BASE, CSV, Operation
from hosanna_web.replies import Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hosanna_core.model.workload import LoadDocument
    from hosanna_web.api.operations import Call

COLUMNS: Final = (
    "technician_id", "full_name", "date", "hours", "jobs", "travel_minutes", "travel_km", "unknown_ways",
    "overridden", "overrides_unknown",
)  # fmt: skip
SUM: Final = "total"
"""In the place of a date: the technician's row that adds up the others."""
_ATTACHED: Final = ((b"content-disposition", b'attachment; filename="workload.csv"'),)


def workload(call: Call) -> Reply:
    """Who works how much."""
    report, wanted = reporting.report_workload(call.ports, call.actor, call.query)
    if wanted is ReportFormat.JSON:
        return document(report)
    return Reply(lines([COLUMNS, *_rows(report)]), headers=_ATTACHED, media_type=CSV.encode())


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
)
