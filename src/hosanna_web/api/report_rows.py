"""The operational report as a table: a row for each figure, so that a spreadsheet sorts and filters them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import UNSET
from msgspec.structs import asdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hosanna_core.model.operations import OperationsDocument
    from hosanna_core.rules.sheets import Cell

COLUMNS: Final = ("section", "name", "detail", "figure", "value")


def rows_of(report: OperationsDocument) -> Iterator[tuple[Cell, ...]]:
    """The head, and a row for each figure.

    *name* is a status, a date, an action or a person, *detail* a reason or an id. A figure that
    nobody knows has an empty value.
    """
    yield COLUMNS
    yield from _figures("period", "", "", {"from": report.since, "to": report.until, "at": report.at})
    for status in report.jobs.statuses:
        yield from _figures("jobs", status.status, "", _without(asdict(status), "status"))
    yield from _figures("throughput", "total", "", asdict(report.throughput.total))
    for day in report.throughput.days:
        yield from _figures("throughput", day.date, "", _without(asdict(day), "date"))
    for stage in report.stages:
        yield from _figures("stages", stage.status, "", _without(asdict(stage), "status"))
    yield from _figures("arrivals", "", "", asdict(report.arrivals))
    for each in report.technicians:
        figures = _without(asdict(each), "technician_id", "full_name")
        yield from _figures("technicians", each.full_name, each.technician_id, figures)
    for reasons in report.reasons:
        yield from _figures("reasons", reasons.action, "", {"count": reasons.count, "others": reasons.others})
        for reason in reasons.reasons:
            yield "reasons", reasons.action, reason.reason, "reason", reason.count
    if report.users is not UNSET:
        for user in report.users:
            figures = _without(asdict(user), "user_id", "full_name", "role")
            yield from _figures("users", user.full_name, user.user_id, figures)


def _figures(section: str, name: str, detail: str, figures: Mapping[str, Cell]) -> Iterator[tuple[Cell, ...]]:
    for figure, value in figures.items():
        yield section, name, detail, figure, value


def _without(fields: Mapping[str, Cell], *names: str) -> Mapping[str, Cell]:
    return {name: value for name, value in fields.items() if name not in names}
