"""What is played: permits, each with the day on which it was issued and the state in which it ended."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from hosanna_core.model.status import Status
from hosanna_web.importing.lines import Lines
from hosanna_web.importing.mapping import Mapper, demand_columns, map_for
from hosanna_web.importing.records import Table, UnfitFile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_NEEDED: Final = (
    "permit_number",
    "permit_location",
    "sub_type",
    "work_type",
    "date_issued",
    "status",
    "contractor",
)
_ENDS: Final = {
    "final": Status.BILLED,
    "closed": Status.BILLED,
    "active": Status.IN_PROGRESS,
    "inactive": Status.IN_PROGRESS,
    "on": Status.ON_HOLD,
    "withdrawn": Status.CANCELLED,
    "void": Status.CANCELLED,
    "expired": Status.CANCELLED,
    "cancelled": Status.CANCELLED,
}
"""By the first word of the state; more may follow: 'Inactive Pending Revision', 'Cancelled - Contractor Required'."""


class Permit(msgspec.Struct, frozen=True, kw_only=True):
    """One permit. *row* is the job that it becomes, as an import takes it; *state* is how the file puts its end."""

    row: Mapping[str, Any]
    issued: date
    end: Status
    state: str
    contractor: str | None


class Permits(msgspec.Struct, frozen=True):
    """The permits of a file in the order of their days; *unplayable* tells of each row that is none, and why."""

    played: list[Permit]
    unplayable: list[str]


def read_permits(path: Path) -> Permits:
    """Read a file of permits. Raises UnfitFile if it is none, OSError."""
    played: list[Permit] = []
    unplayable: list[str] = []
    with Lines(path) as lines:
        table = Table(lines)
        lacking = [name for name in _NEEDED if table.header.count(name) != 1]
        if lacking:
            raise UnfitFile(f"{path} is not a file of permits: it has no column {', '.join(lacking)}.")
        mapped = map_for(table.header, {})
        demand_columns(mapped, table.header)
        mapper = Mapper(mapped)
        for record in table:
            permit = record.flaw or _permit(record.columns, mapper)
            if isinstance(permit, Permit):
                played.append(permit)
            else:
                unplayable.append(f"line {record.line} {permit}")
    played.sort(key=lambda permit: permit.issued)
    return Permits(played, unplayable)


def _permit(columns: Mapping[str, str], mapper: Mapper) -> Permit | str:
    """The permit, or what is wrong with it."""
    state = columns["status"].strip()
    end = _ENDS.get(state.partition(" ")[0].casefold())
    if end is None:
        return f"ended in a state that nobody knows: '{state[:40]}'"
    try:
        issued = datetime.strptime(columns["date_issued"].strip(), "%m/%d/%Y").date()  # noqa: DTZ007  # a day, no instant
    except ValueError:
        return f"was issued on no day of the calendar: '{columns['date_issued'][:40]}'"
    contractor = columns["contractor"].strip() or None
    return Permit(row=mapper.row(columns), issued=issued, end=end, state=state, contractor=contractor)
