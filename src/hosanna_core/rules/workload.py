"""Adding up who works how much, and how evenly that is spread. Pure: the ways are asked of whoever knows them."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from statistics import fmean, pstdev
from typing import TYPE_CHECKING, Final

from hosanna_core.model.workload import DayLoad, Load, MemberLoad, Spread, Workload
from hosanna_core.rules.assignment.hours import day_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from hosanna_core.model.travel import Leg, Point
    from hosanna_core.model.workload import BookedVisit, Member

    Legs = Callable[[Sequence[Point | None], Sequence[Point | None]], Sequence[Sequence[Leg]]]
AT_ONCE: Final = 16
"""So many ways of a day are asked for at once: all from each to each, of which those that follow one another count."""
_HOUR: Final = 3_600_000


def workload(members: Iterable[Member], visits: Iterable[BookedVisit], legs: Legs) -> Workload:
    """The work of each member by day; *visits* of nobody among them count for nobody.

    A visit belongs, whole, to the day on which it starts where its technician lives.
    """
    of: dict[str, list[BookedVisit]] = defaultdict(list)
    for visit in visits:
        of[visit.technician_id].append(visit)
    named = sorted(members, key=lambda member: (member.full_name.casefold(), member.id))
    loads = tuple(_of_member(member, of[member.id], legs) for member in named)
    return Workload(
        loads,
        hours=spread([load.sum.work / _HOUR for load in loads]),
        jobs=spread([load.sum.jobs for load in loads]),
    )


def spread(numbers: Sequence[float]) -> Spread:
    """Mean, extremes, standard deviation (of all, not of a sample), and how the most compares with the mean.

    >>> spread([10, 20, 30]).most_to_mean, spread([]).mean, spread([0, 0]).most_to_mean
    (1.5, 0.0, None)
    """
    if not numbers:
        return Spread(mean=0.0, least=0.0, most=0.0, standard_deviation=0.0, most_to_mean=None)
    mean, most = fmean(numbers), max(numbers)
    return Spread(
        mean=mean,
        least=float(min(numbers)),
        most=float(most),
        standard_deviation=pstdev(numbers),
        most_to_mean=most / mean if mean else None,
    )


def _of_member(member: Member, visits: Iterable[BookedVisit], legs: Legs) -> MemberLoad:
    by_day: dict[str, list[BookedVisit]] = defaultdict(list)
    for visit in sorted(visits, key=lambda visit: (visit.window, visit.job_id)):
        by_day[day_text(visit.window.start, member.timezone)].append(visit)
    days = tuple(DayLoad(day, _of_day(member, by_day[day], legs)) for day in sorted(by_day))
    return MemberLoad(member, days, _sum(day.load for day in days))


def _of_day(member: Member, visits: Sequence[BookedVisit], legs: Legs) -> Load:
    """From home from one visit to the next, and home again."""
    stops = [member.home, *(visit.place for visit in visits), member.home]
    ways = list(_ways(stops, legs))
    return Load(
        work=sum(visit.window.end - visit.window.start for visit in visits),
        jobs=len(visits),
        travel_seconds=sum(way.seconds for way in ways),
        travel_metres=sum(way.metres for way in ways),
        unknown_ways=sum(here is None or there is None for here, there in pairwise(stops)),
        overridden=tuple(visit.job_id for visit in visits if visit.override),
        overrides_unknown=sum(visit.override is None for visit in visits),
    )


def _ways(stops: Sequence[Point | None], legs: Legs) -> Iterator[Leg]:
    for first in range(0, len(stops) - 1, AT_ONCE):
        origins = stops[first : min(first + AT_ONCE, len(stops) - 1)]
        table = legs(origins, stops[first + 1 : first + 1 + len(origins)])
        yield from (row[number] for number, row in enumerate(table))


def _sum(loads: Iterable[Load]) -> Load:
    every = tuple(loads)
    return Load(
        work=sum(load.work for load in every),
        jobs=sum(load.jobs for load in every),
        travel_seconds=sum(load.travel_seconds for load in every),
        travel_metres=sum(load.travel_metres for load in every),
        unknown_ways=sum(load.unknown_ways for load in every),
        overridden=tuple(job_id for load in every for job_id in load.overridden),
        overrides_unknown=sum(load.overrides_unknown for load in every),
    )
