"""Who can take a visit and who should: a whole crew, ranked, each with a verdict rule by rule and score by score.

`judged` looks at everybody, by numbers alone; `neighbours_of` says which sites are worth knowing; `rank` puts those in
order who come into question; and `shown` says in words what is looked at. All is pure, as far as the ways are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from hosanna_core.model.firm import Scores
from hosanna_core.model.ids import Millis, UserId
from hosanna_core.model.schedule import Calendar
from hosanna_core.rules.assignment.fit import (
    RuleVerdict,
    Wanted,
    findings,
    on_the_road,
    surroundings_of,
    worded,
)
from hosanna_core.rules.assignment.hours import day_text
from hosanna_core.rules.assignment.margins import Finding
from hosanna_core.rules.assignment.neighbours import Around
from hosanna_core.rules.assignment.roads import Legs, Sites, paths, roads_to
from hosanna_core.rules.assignment.score import (
    Extra,
    Familiar,
    Measures,
    Path,
    Score,
    rarest_spent,
    scores_of,
    shares,
    total_of,
    weights_of,
    workload,
)

_STRANGER: Final = Familiar()


class Who(msgspec.Struct, frozen=True, gc=False):
    """A technician, as they are named."""

    id: UserId
    full_name: str


class Member(msgspec.Struct, frozen=True, gc=False):
    """One of the crew."""

    who: Who
    calendar: Calendar


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """What is known beside the crew: where the neighbouring visits are, the ways, and who knows customer or site."""

    now: Millis
    legs: Legs
    sites: Sites = {}
    familiar: Mapping[UserId, Familiar] = {}
    scores: Scores = Scores()
    extras: tuple[Extra, ...] = ()
    """Scores that are not of the house."""


class Runner(msgspec.Struct, frozen=True, gc=False):
    """A technician in the race."""

    member: Member
    findings: Sequence[Finding]
    broken: frozenset[str]
    measures: Measures
    total: float
    extras: tuple[Score, ...] = ()

    @property
    def fits(self) -> bool:
        """Whether every hard rule holds."""
        return not self.broken


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A technician, what each rule and score says of them, and how they stand to the others."""

    technician: Who
    fits: bool
    assigned: bool
    """Whether the job is theirs at present."""
    verdicts: tuple[RuleVerdict, ...]
    scores: tuple[Score, ...]
    total: float
    behind: float | None
    """How much less they have than the best; None of who does not fit."""


class Judged(msgspec.Struct, frozen=True, gc=False):
    """A technician by the rules that ask for no way."""

    member: Member
    around: Around
    findings: Sequence[Finding]
    broken: frozenset[str]


_HOLDS: Final[frozenset[str]] = frozenset()


def judged(crew: Sequence[Member], wanted: Wanted, now: Millis) -> list[Judged]:
    """The whole crew by the rules that ask for no way: who breaks fewer first, then by id."""
    found = [_judged(member, wanted, now) for member in crew]
    found.sort(key=lambda each: (len(each.broken), each.member.who.id))
    return found


def _judged(member: Member, wanted: Wanted, now: Millis) -> Judged:
    around = surroundings_of(member.calendar, wanted)
    found = findings(member.calendar, wanted, around, now)
    return Judged(member, around, found, _broken(found))


def _broken(found: Sequence[Finding]) -> frozenset[str]:
    broken = [each.rule for each in found if not each.holds]
    return frozenset(broken) if broken else _HOLDS


def contenders(judged: Sequence[Judged], most: int) -> Sequence[Judged]:
    """Those who are worth ranking: all who may fit, and of the others so many that there are *most*.

    Everybody, where nobody may fit: then it is told what would have to give.
    """
    fit = sum(not each.broken for each in judged)
    return judged[: max(fit, most)] if fit else judged


def rank(
    contenders: Sequence[Judged], crew: Sequence[Member], wanted: Wanted, ground: Ground
) -> list[Runner]:
    """The *contenders* of a *crew* in order: who fits before who does not, and the fewer rules broken, the more scored.

    Ties are broken by fewer hours in the fortnight, then by id.
    """
    at = ground.now if wanted.window is None else wanted.window.end - 1
    held = shares(
        (
            member.calendar.availability.skills,
            day_text(at, member.calendar.availability.timezone),
        )
        for member in crew
    )
    spots = [each.around for each in contenders]
    roads = roads_to(wanted.place, spots, ground.sites, ground.legs)
    homes = [each.member.calendar.availability.home for each in contenders]
    ways = paths(homes, spots, wanted.place, roads, ground.sites, ground.legs)
    weights = weights_of(ground.scores)
    runners = []
    for each, way in zip(contenders, ways, strict=True):
        found = on_the_road(each.findings, wanted, each.around, roads)
        measures = _measures(each.member, way, wanted, at, held, ground)
        extras = tuple(extra.of(each.member.who.id) for extra in ground.extras)
        total = total_of(measures, weights) + sum(score.contribution for score in extras)
        runners.append(Runner(each.member, found, _broken(found), measures, total, extras))
    runners.sort(key=_standing)
    return runners


def _measures(
    member: Member, way: Path, wanted: Wanted, at: Millis, held: Mapping[str, float], ground: Ground
) -> Measures:
    available = member.calendar.availability
    day = day_text(at, available.timezone)
    return Measures(
        way,
        *workload(member.calendar.visits, wanted.job_id, at, available.timezone),
        ground.familiar.get(member.who.id, _STRANGER),
        rarest_spent(available.skills, wanted.required_skills, day, held),
    )


def _standing(runner: Runner) -> tuple[int, float, Millis, UserId]:
    return len(runner.broken), -runner.total, runner.measures.fortnight, runner.member.who.id


def shown(
    runners: Sequence[Runner], wanted: Wanted, scores: Scores, assigned: UserId | None
) -> list[Candidate]:
    """The technicians in words; the first of *runners* is the best."""
    best = round(runners[0].total, 4) if runners else 0.0
    return [_shown(runner, wanted, weights_of(scores), best, assigned) for runner in runners]


def _shown(
    runner: Runner, wanted: Wanted, weights: Sequence[int], best: float, assigned: UserId | None
) -> Candidate:
    who, total = runner.member.who, round(runner.total, 4)
    timezone = runner.member.calendar.availability.timezone
    return Candidate(
        technician=who,
        fits=runner.fits,
        assigned=who.id == assigned,
        verdicts=worded(runner.findings, wanted.window, timezone),
        scores=(*scores_of(runner.measures, weights), *runner.extras),
        total=total,
        behind=round(best - total, 4) if runner.fits else None,
    )


def lead(runners: Sequence[Runner]) -> float | None:
    """How much the best is ahead of the next who fits; None where there are no two."""
    if len(runners) > 1 and runners[1].fits:
        return round(round(runners[0].total, 4) - round(runners[1].total, 4), 4)
    return None


def told(runners: Sequence[Runner], scores: Scores) -> str:
    """Why the first of *runners* was chosen, without a name: this is kept in the history."""
    fit = sum(runner.fits for runner in runners)
    parts = ", ".join(
        f"{score.name} {score.contribution:.1f} of {score.weight}"
        for score in (*scores_of(runners[0].measures, weights_of(scores)), *runners[0].extras)
    )
    ahead = lead(runners)
    margin = (
        "the only one who fits"
        if ahead is None
        else f"the best of {fit} who fit, {ahead:.1f} ahead of the next"
    )
    return f"Chosen automatically: {margin}. Score {runners[0].total:.1f}: {parts}."
