"""The soft scores: who should go, of those who can. Each is from 0 to 1, times its weight."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.model.ids import DAY, HOUR, JobId, Millis, UserId
from hosanna_core.model.travel import Leg
from hosanna_core.rules.assignment.hours import days_of
from hosanna_core.rules.assignment.margins import in_hours, lasting
from hosanna_core.rules.assignment.skills import asked, counts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hosanna_core.model.firm import Scores
    from hosanna_core.model.schedule import Skill, Visit

HALF_WAY: Final = 1_800
"""Seconds on the road that halve the score of travel."""
MIDDLING: Final = 0.5
"""What travel counts where it is not known."""
FULL_FORTNIGHT: Final[Millis] = 80 * HOUR
FULL_DAY: Final[Millis] = 8 * HOUR
FORTNIGHT: Final = 14
"""Days."""
NAMES: Final = ("travel", "fortnight", "day", "continuity", "rarity")
"""The scores in the order in which they are told: the names of their weights in the settings."""


class Score(msgspec.Struct, frozen=True):
    """One soft score: *contribution* is value times weight."""

    name: str
    value: float
    weight: int
    contribution: float
    why: str


class Rated(msgspec.Struct, frozen=True):
    """How much speaks for somebody by a score that is not of the house, from 0 to 1, and why."""

    value: float
    why: str


class Extra(msgspec.Struct, frozen=True):
    """A score that is not of the house, and what it says of the crew."""

    name: str
    weight: int
    rated: Mapping[UserId, Rated]

    def of(self, technician_id: UserId) -> Score:
        """What it says of one of them.

        >>> Extra("permits.master", 10, {}).of("t").contribution
        5.0
        """
        value, why = MIDDLING, "nothing is known: counts as middling"
        if (found := self.rated.get(technician_id)) is not None:
            value, why = found.value, found.why
        return Score(self.name, round(value, 4), self.weight, round(value * self.weight, 4), why)


class Path(msgspec.Struct, frozen=True, gc=False):
    """The way that a visit costs: to it, on from it, and what is saved by not going straight on. None: not known.

    *start* and *end* are `visit`, `home`, or nothing where neither is known.
    """

    there: Leg | None = None
    back: Leg | None = None
    direct: Leg | None = None
    start: str = ""
    end: str = ""

    @property
    def detour(self) -> int | None:
        """Seconds more on the road than without the visit; None: not known."""
        if self.there is None and self.back is None:
            return None
        seconds = (self.there.seconds if self.there else 0) + (self.back.seconds if self.back else 0)
        return max(0, seconds - (self.direct.seconds if self.direct else 0))


class Familiar(msgspec.Struct, frozen=True):
    """How many earlier jobs of this customer, and at this site, somebody did, and how many jobs those are."""

    customer: int = 0
    site: int = 0
    jobs: int = 0


class Measures(msgspec.Struct, frozen=True, gc=False):
    """What the scores of one technician are made of."""

    path: Path
    fortnight: Millis
    day: Millis
    familiar: Familiar
    rarest: tuple[str, float] | None
    """The rarest skill that is held and not asked for, and the share of the crew that holds it."""

    @property
    def values(self) -> tuple[float, float, float, float, float]:
        """The scores, in the order of `NAMES`.

        >>> idle = Measures(Path(), 0, 0, Familiar(), None)
        >>> idle.values
        (0.5, 1.0, 1.0, 0.0, 1.0)
        """
        detour, jobs = self.path.detour, self.familiar.jobs
        return (
            MIDDLING if detour is None else 0.5 ** (detour / HALF_WAY),
            1.0 - min(1.0, self.fortnight / FULL_FORTNIGHT),
            1.0 - min(1.0, self.day / FULL_DAY),
            jobs / (jobs + 1),
            1.0 if self.rarest is None else self.rarest[1],
        )


def weights_of(scores: Scores) -> tuple[int, ...]:
    """The weights, in the order of `NAMES`."""
    return tuple(getattr(scores, name) for name in NAMES)


def total_of(measures: Measures, weights: Sequence[int]) -> float:
    """The sum of all contributions."""
    return sum(value * weight for value, weight in zip(measures.values, weights, strict=True))


def workload(
    visits: Iterable[Visit], job_id: JobId | None, at: Millis, timezone: str
) -> tuple[Millis, Millis]:
    """The time booked in the two weeks that end with the day of *at*, and on that day, the job itself left out."""
    (day,) = days_of(at, at + 1, timezone)
    # Its first day is that of a noon: midnights are not always whole days apart.
    noon = day.start - (FORTNIGHT - 1) * DAY + DAY // 2
    first, day_start, end = days_of(noon, noon + 1, timezone)[0].start, day.start, day.end
    booked = [
        visit.window
        for visit in visits
        if visit.window.end > first and visit.window.start < end and visit.job_id != job_id
    ]
    # What reaches over the edges is taken off: few do, and of all others only the length is asked.
    fortnight = sum([span.end - span.start for span in booked])
    fortnight -= sum([first - span.start for span in booked if span.start < first])
    fortnight -= sum([span.end - end for span in booked if span.end > end])
    on_the_day = sum(
        [min(span.end, end) - max(span.start, day_start) for span in booked if span.end > day_start]
    )
    return fortnight, on_the_day


def shares(crew: Iterable[tuple[Sequence[Skill], str]]) -> Mapping[str, float]:
    """What share of a crew holds each skill; each comes with the skills held and the day on which they must count."""
    holders: dict[str, int] = {}
    size = 0
    for held, day in crew:
        size += 1
        for name in {skill.name.casefold() for skill in held if counts(skill, day)}:
            holders[name] = holders.get(name, 0) + 1
    return {name: count / size for name, count in holders.items()}


def rarest_spent(
    held: Iterable[Skill], required: Sequence[str], day: str, crew: Mapping[str, float]
) -> tuple[str, float] | None:
    """The rarest of the skills that the job does not ask for, and the share of the crew that holds it."""
    needed = {asked(name).name for name in required}
    spent = [
        (crew[name], skill.name)
        for skill in held
        if counts(skill, day) and (name := skill.name.casefold()) not in needed
    ]
    if not spent:
        return None
    share, name = min(spent)
    return name, share


def scores_of(measures: Measures, weights: Sequence[int]) -> tuple[Score, ...]:
    """Each score with its contribution, and why."""
    words = (
        _on_the_road(measures.path),
        f"{in_hours(measures.fortnight)} of {in_hours(FULL_FORTNIGHT)} booked in the two weeks that end with the day",
        f"{in_hours(measures.day)} of {in_hours(FULL_DAY)} booked on the day",
        _known(measures.familiar),
        _spent(measures.rarest),
    )
    return tuple(
        Score(name, round(value, 4), weight, round(value * weight, 4), why)
        for name, value, weight, why in zip(NAMES, measures.values, weights, words, strict=True)
    )


def _on_the_road(path: Path) -> str:
    detour = path.detour
    if detour is None:
        return "the way is not known: counts as middling"
    ends = {"visit": "the visit {}", "home": "home"}
    start = f"from {ends[path.start].format('before')}" if path.there is not None else ""
    end = f"on to {ends[path.end].format('after')}" if path.back is not None else ""
    unknown = "" if start and end else " (the other way is not known)"
    return f"{lasting(detour * 1000)} more on the road, {' and '.join(part for part in (start, end) if part)}{unknown}"


def _known(familiar: Familiar) -> str:
    if not familiar.jobs:
        return "has not worked for this customer or at this site"
    parts = [(familiar.customer, "for this customer"), (familiar.site, "at this site")]
    told = [f"{count} earlier {'job' if count == 1 else 'jobs'} {where}" for count, where in parts if count]
    return " and ".join(told)


def _spent(rarest: tuple[str, float] | None) -> str:
    if rarest is None:
        return "holds no skill that the job does not ask for"
    name, share = rarest
    return f"holds {name}, which the job does not ask for and {share:.0%} of the crew hold"
