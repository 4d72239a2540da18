"""Who can take a job, who should, and why not: what is loaded, and what is asked of the rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.errors import Flaw, Invalid, NoCandidate
from hosanna_core.model.details import Order
from hosanna_core.model.documents import WindowDocument, window_document
from hosanna_core.model.firm import Scores
from hosanna_core.model.ids import MINUTE, JobId, Millis, UserId
from hosanna_core.model.people import Duty
from hosanna_core.model.query import CREW
from hosanna_core.model.schedule import Calendar, Window
from hosanna_core.model.status import Action
from hosanna_core.model.travel import point_of
from hosanna_core.rules.assignment import candidates as rules
from hosanna_core.rules.assignment import relaxing
from hosanna_core.rules.assignment.candidates import Candidate, Ground, Judged, Member, Runner, Who
from hosanna_core.rules.assignment.fit import Wanted
from hosanna_core.rules.assignment.neighbours import neighbours_of
from hosanna_core.rules.assignment.relaxing import ConflictSet, Opening, Relaxation
from hosanna_core.rules.assignment.roads import all_roads
from hosanna_core.rules.assignment.score import Extra
from hosanna_core.rules.decisions import long_enough, too_short
from hosanna_core.rules.permissions import may
from hosanna_core.usecases.acquaintance import familiar_with
from hosanna_core.usecases.judging import judge_query
from hosanna_core.usecases.page_by_page import users_by_page
from hosanna_core.usecases.permitting import demand, seen
from hosanna_core.usecases.queries import CandidatesQuery
from hosanna_core.usecases.sites import spots_of

if TYPE_CHECKING:
    from hosanna_core.model.job import Job
    from hosanna_core.model.people import Actor
    from hosanna_core.ports import Ports

AT_ONCE: Final = 1_000
"""How many technicians are read in one go."""


class CandidateList(msgspec.Struct, frozen=True, kw_only=True):
    """The crew, ranked: who fits first. *conflicts* and *relaxations* are there where nobody does."""

    items: list[Candidate]
    action: Action | None
    """What would take one of them: assign, or reassign; null where the job's status has neither."""
    window: WindowDocument | None
    """The window that was asked about."""
    runner_up_margin: float | None
    """How much the best is ahead of the next who fits."""
    conflicts: list[ConflictSet]
    relaxations: list[Relaxation]
    earliest: list[Opening]
    """Windows of the next two weeks, where the job has none or nobody fits."""
    weights: Scores
    scores_left_out: list[str]
    """Scores of plugins that did not work as they should."""


class Race(msgspec.Struct, frozen=True, kw_only=True):
    """A crew that was ranked for a job."""

    wanted: Wanted
    ground: Ground
    runners: list[Runner]
    numbers: Mapping[JobId, str]
    """The numbers of the neighbouring visits."""
    silent: tuple[str, ...] = ()
    """The scores that did not work as they should."""

    @property
    def won(self) -> bool:
        """Whether anybody fits."""
        return bool(self.runners) and self.runners[0].fits


class Chosen(msgspec.Struct, frozen=True):
    """The order with the best candidate in it, and the calendar that they were chosen by."""

    order: Order
    calendar: Calendar


def job_candidates(
    ports: Ports, actor: Actor, job_id: JobId, query: Mapping[str, Sequence[str]]
) -> CandidateList:
    """Every active technician for the job in its window, or in the one that *query* asks about.

    Asking changes nothing, so it may be asked whatever the job's status. Raises NotFound, PermissionDenied, Invalid.
    """
    job = seen(ports, actor, job_id)
    demand(may(actor, Duty.SEE_CANDIDATES))
    asked = judge_query(CandidatesQuery, query)
    window = asked.window() or job.window
    if asked.window_end is not None and window is not None and too_short(window, job.duration_minutes):
        raise Invalid((Flaw("/window_end", long_enough(job.duration_minutes)),))
    race = ranked(ports, job, window, asked.limit)
    stuck = not race.won
    windows, numbers = _elsewhere(ports, job, race) if stuck or window is None else ({}, race.numbers)
    scores = race.ground.scores
    return CandidateList(
        items=rules.shown(race.runners[: asked.limit], race.wanted, scores, job.technician_id),
        action=_action(ports, job),
        window=window_document(window),
        runner_up_margin=rules.lead(race.runners),
        conflicts=relaxing.conflict_sets(race.runners) if stuck else [],
        relaxations=relaxing.relaxations(race.runners, race.wanted, windows, numbers) if stuck else [],
        earliest=relaxing.opening_documents(windows),
        weights=scores,
        scores_left_out=list(race.silent),
    )


def choose(ports: Ports, job: Job, order: Order) -> Chosen:
    """The order, to the best candidate who has not the job already; raises NoCandidate where nobody fits."""
    race = ranked(ports, job, order.window or job.window, 1, without=job.technician_id)
    if not race.won:
        raise NoCandidate(relaxing.conflict_sets(race.runners))
    best = race.runners[0].member
    why = rules.told(race.runners, race.ground.scores)
    return Chosen(msgspec.structs.replace(order, technician_id=best.who.id, chosen=why), best.calendar)


def ranked(
    ports: Ports, job: Job, window: Window | None, most: int, *, without: UserId | None = None
) -> Race:
    """The crew in the order in which it comes into question for *job* in *window*; *without* is left out of it.

    All who fit are ranked, and of the others so many that there are *most*; everybody, where nobody fits.

    The store is asked as often for a thousand technicians as for two.
    """
    wanted = Wanted(
        job_id=job.id, window=window, required_skills=job.required_skills, place=point_of(job.site)
    )
    now = ports.outside.now()
    crew = [member for member in _crew(ports) if member.who.id != without]
    judged = rules.judged(crew, wanted, now)
    scores = ports.store.firms.get().scores
    extras, silent = _extras(ports, job, window, crew, scores)
    ground = Ground(
        now=now,
        legs=ports.travel.legs,
        familiar=familiar_with(ports, job),
        scores=scores,
        extras=extras,
    )
    some = rules.contenders(judged, most)
    race = _raced(ports, some, crew, wanted, ground)
    if len(some) < len(judged) and not race.won:
        # Nobody who is free has the time for the way: what would have to give is asked of everybody.
        race = _raced(ports, judged, crew, wanted, ground)
    return msgspec.structs.replace(race, silent=silent) if silent else race


def _extras(
    ports: Ports, job: Job, window: Window | None, crew: Sequence[Member], scores: Scores
) -> tuple[tuple[Extra, ...], tuple[str, ...]]:
    """The scores that are not of the house, and the names of those that did not answer."""
    extras: list[Extra] = []
    silent: list[str] = []
    for scorer in ports.scorers:
        rated = scorer.rate(job, window, crew)
        if rated is None:
            silent.append(scorer.name)
        else:
            extras.append(Extra(scorer.name, scores.plugins.get(scorer.name, scorer.weight), rated))
    return tuple(extras), tuple(silent)


def _raced(
    ports: Ports, some: Sequence[Judged], crew: Sequence[Member], wanted: Wanted, ground: Ground
) -> Race:
    spots = spots_of(ports, neighbours_of(each.around for each in some))
    ground = msgspec.structs.replace(ground, sites=spots.points)
    return Race(
        wanted=wanted, ground=ground, runners=rules.rank(some, crew, wanted, ground), numbers=spots.numbers
    )


def _crew(ports: Ports) -> list[Member]:
    crew: list[Member] = []
    for page in users_by_page(ports, CREW, AT_ONCE):
        calendars = ports.store.calendars.of([user.id for user in page])
        crew += [
            Member(Who(user.id, user.full_name), calendars[user.id]) for user in page if user.id in calendars
        ]
    return crew


def _elsewhere(ports: Ports, job: Job, race: Race) -> tuple[dict[Who, Window], Mapping[JobId, str]]:
    """Other windows for those whom one could make fit, with the ways between all of their visits in that time."""
    runners = relaxing.movable(race.runners)
    spots = spots_of(ports, (visit.job_id for each in runners for visit in each.member.calendar.visits))
    roads = all_roads(race.wanted.place, spots.points, race.ground.legs)
    found = relaxing.openings(runners, race.wanted, _length(job, race.wanted), roads, race.ground.now)
    return found, {**race.numbers, **spots.numbers}


def _length(job: Job, wanted: Wanted) -> Millis:
    window = wanted.window
    return job.duration_minutes * MINUTE if window is None else window.end - window.start


def _action(ports: Ports, job: Job) -> Action | None:
    ways = (Action.ASSIGN, Action.REASSIGN)
    return next((each for each in ways if ports.lifecycle.target(job.status, each) is not None), None)
