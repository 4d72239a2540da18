"""How much work the technicians have: by day, in sum, and how evenly it is spread."""

from __future__ import annotations

from typing import Any

import msgspec

from hosanna_core.model.ids import HOUR, JobId, Millis, UserId
from hosanna_core.model.instants import to_text
from hosanna_core.model.schedule import Window
from hosanna_core.model.travel import Point


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A technician as the report sees them: where they live decides what a day is, and where it begins."""

    id: UserId
    full_name: str
    timezone: str = "UTC"
    home: Point | None = None


class BookedVisit(msgspec.Struct, frozen=True, kw_only=True):
    """A visit of the period. *override*: it was booked against the rules, on purpose; None: not known any more."""

    job_id: JobId
    technician_id: UserId
    window: Window
    place: Point | None = None
    override: bool | None = False


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """The work of some time, and the ways between. Of *unknown_ways* an end is not known: they count for nothing."""

    work: Millis = 0
    jobs: int = 0
    travel_seconds: int = 0
    travel_metres: int = 0
    unknown_ways: int = 0
    overridden: tuple[JobId, ...] = ()
    overrides_unknown: int = 0


class DayLoad(msgspec.Struct, frozen=True):
    """What begins on one day, which is named as YYYY-MM-DD where the technician lives."""

    date: str
    load: Load


class MemberLoad(msgspec.Struct, frozen=True):
    """One technician's days that have any work, in order, and their sum."""

    member: Member
    days: tuple[DayLoad, ...]
    sum: Load


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """How a number is spread over the crew. *most_to_mean* is 1 where all have the same; null where nobody has any."""

    mean: float
    least: float
    most: float
    standard_deviation: float
    most_to_mean: float | None


class Workload(msgspec.Struct, frozen=True):
    """The report: whoever has work or is active, in the order of their names."""

    members: tuple[MemberLoad, ...]
    hours: Spread
    jobs: Spread


class LoadDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Work and ways: hours to the hundredth, whole minutes, kilometres to the tenth."""

    hours: float
    jobs: int
    travel_minutes: int
    travel_km: float
    unknown_ways: int
    overridden: tuple[JobId, ...]
    overrides_unknown: int


class DayLoadDocument(LoadDocument, frozen=True, kw_only=True):
    """One day."""

    date: str


class MemberLoadDocument(LoadDocument, frozen=True, kw_only=True):
    """One technician: the sum, and the days."""

    technician_id: UserId
    full_name: str
    timezone: str
    days: tuple[DayLoadDocument, ...]


class SpreadDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The spread of hours and of jobs over so many technicians."""

    technicians: int
    hours: Spread
    jobs: Spread


class WorkloadDocument(msgspec.Struct, frozen=True, kw_only=True, rename={"since": "from", "until": "to"}):
    """The workload of [from, to), as it was *at* some time."""

    since: str
    until: str
    at: str
    technicians: tuple[MemberLoadDocument, ...]
    spread: SpreadDocument


def workload_document(period: Window, workload: Workload, at: Millis) -> WorkloadDocument:
    """How the report looks outside."""
    return WorkloadDocument(
        since=to_text(period.start),
        until=to_text(period.end),
        at=to_text(at),
        technicians=tuple(_member(each) for each in workload.members),
        spread=SpreadDocument(
            technicians=len(workload.members), hours=_rounded(workload.hours), jobs=_rounded(workload.jobs)
        ),
    )


def _member(load: MemberLoad) -> MemberLoadDocument:
    member = load.member
    return MemberLoadDocument(
        technician_id=member.id,
        full_name=member.full_name,
        timezone=member.timezone,
        days=tuple(DayLoadDocument(date=day.date, **_told(day.load)) for day in load.days),
        **_told(load.sum),
    )


def _told(load: Load) -> dict[str, Any]:
    return {
        "hours": round(load.work / HOUR, 2),
        "jobs": load.jobs,
        "travel_minutes": round(load.travel_seconds / 60),
        "travel_km": round(load.travel_metres / 1000, 1),
        "unknown_ways": load.unknown_ways,
        "overridden": load.overridden,
        "overrides_unknown": load.overrides_unknown,
    }


def _rounded(spread: Spread) -> Spread:
    """To the hundredth."""
    ratio = spread.most_to_mean
    return Spread(
        mean=round(spread.mean, 2),
        least=round(spread.least, 2),
        most=round(spread.most, 2),
        standard_deviation=round(spread.standard_deviation, 2),
        most_to_mean=None if ratio is None else round(ratio, 2),
    )
