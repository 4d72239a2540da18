"""Gathering what a plan needs: the jobs of a day, the crew and their calendars, and what is known of the customers."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.errors import Flaw, Invalid
from hosanna_core.model.dayplan import Pinned
from hosanna_core.model.instants import to_millis
from hosanna_core.model.people import Role
from hosanna_core.model.query import CREW, JobFilter, Sort
from hosanna_core.model.schedule import Window
from hosanna_core.model.status import Status
from hosanna_core.rules.assignment.dayplan.day import Day, day_of
from hosanna_core.rules.assignment.dayplan.question import SECOND, Question
from hosanna_core.rules.assignment.hours import local_day
from hosanna_core.rules.visibility import scope_of
from hosanna_core.usecases.acquaintance import familiar_with
from hosanna_core.usecases.page_by_page import jobs_by_page, users_by_page
from hosanna_core.usecases.plan_forms import MOST_JOBS, MOST_TECHNICIANS
from hosanna_core.usecases.sites import spots_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from hosanna_core.model.dayplan import DayPlan
    from hosanna_core.model.ids import JobId, UserId
    from hosanna_core.model.job import Job
    from hosanna_core.model.people import Actor
    from hosanna_core.model.schedule import Calendar
    from hosanna_core.ports import Ports
    from hosanna_core.usecases.plan_forms import PlanForm

MOST_OF_ANY_DAY: Final = 500
"""So many jobs that are promised for no day a plan of a date takes, the most urgent and the oldest first."""
MOST_LOOKED_AT: Final = 50_000
MOST_NAMED: Final = 1_000
MOST_CUSTOMERS: Final = 500
"""For so many jobs it is looked up who knows the customer or the site."""
_WAITING: Final = JobFilter(statuses=frozenset({Status.CONFIRMED}))


class Gathered(msgspec.Struct, frozen=True):
    """The question, and the jobs of the day that it passes over."""

    question: Question
    passed_over: tuple[JobId, ...]
    more: int
    named_day: bool
    """Whether somebody said which day it is."""
    larger_crew: bool = False
    """Whether there are more technicians than one plan is made for."""


def gather(ports: Ports, actor: Actor, form: PlanForm) -> Gathered:
    """All that a plan is made of. Raises Invalid, with every id that is none."""
    return _Gathering(ports, actor, form).all()


class _Gathering:
    def __init__(self, ports: Ports, actor: Actor, form: PlanForm) -> None:
        self._ports = ports
        self._scope = scope_of(actor)
        self._form = form
        self._now = ports.outside.now()
        self._firm = ports.store.firms.get()
        self._flaws: list[Flaw] = []
        self._jobs: dict[JobId, Job | None] = {}
        self._larger_crew = False

    def all(self) -> Gathered:
        form = self._form
        before = self._before()
        calendars = self._crew(before)
        wanted = dict.fromkeys(form.job_ids or (() if before is None or form.date else before.job_ids))
        self._read((*wanted, *(pin.job_id for pin in form.pins)))
        for number, job_id in enumerate(form.job_ids or ()):
            if self._jobs[job_id] is None:
                self._flaws.append(Flaw(f"/job_ids/{number}", "must be the id of a job"))
        named = form.date or (before.date if before is not None else None)
        day = self._day(named, list(wanted))
        passed_over: list[JobId] = []
        if not wanted:
            chosen, passed_over = self._of_the_day(day)
            wanted = dict.fromkeys(chosen)
            self._read(chosen)
        pins = self._pins({calendar.technician_id for calendar in calendars})
        wanted.update(dict.fromkeys(pins))
        if self._flaws:
            raise Invalid(self._flaws)
        booked = [visit.job_id for each in calendars for visit in each.visits if _on(day, visit.window)]
        taken = frozenset(booked)
        jobs = self._seen(each for each in wanted if each not in taken)
        question = Question(
            day=day,
            now=self._now,
            firm=self._firm,
            jobs=tuple(jobs),
            calendars=calendars,
            pins={job_id: pin for job_id, pin in pins.items() if job_id not in taken},
            sites=spots_of(self._ports, booked).points,
            known=self._known(jobs),
            before=before,
        )
        named_over = tuple(passed_over[:MOST_NAMED])
        return Gathered(question, named_over, len(passed_over), named is not None, self._larger_crew)

    def _read(self, job_ids: Sequence[JobId]) -> None:
        """Look at jobs, all in one go: None of those that are not in view."""
        found = self._ports.store.jobs.get_many(job_ids, self._scope) if job_ids else {}
        self._jobs.update((each, found.get(each)) for each in job_ids)

    def _seen(self, job_ids: Iterable[JobId]) -> list[Job]:
        """Those in view of jobs that were looked at, in the order in which they are named."""
        return [job for each in job_ids if (job := self._jobs[each]) is not None]

    def _before(self) -> DayPlan | None:
        if self._form.based_on is None:
            return None
        found = self._ports.store.dayplans.get(self._form.based_on)
        if found is None:
            raise Invalid((Flaw("/based_on", "must be the id of a plan"),))
        return found

    def _crew(self, before: DayPlan | None) -> tuple[Calendar, ...]:
        given = self._form.technician_ids
        if given is not None:
            ids = list(dict.fromkeys(given))
            users = self._ports.store.users.get_many(ids)
            for number, technician_id in enumerate(given):
                user = users.get(technician_id)
                if user is None or user.role is not Role.TECHNICIAN:
                    self._flaws.append(Flaw(f"/technician_ids/{number}", "must be the id of a Technician"))
        else:
            ids = list(self._active() if before is None else before.crew)
        known = self._ports.store.calendars.of(ids)
        return tuple(known[each] for each in ids if each in known)

    def _active(self) -> Sequence[UserId]:
        """The active technicians, at most as many as may be named; the oldest accounts first."""
        active = chain.from_iterable(users_by_page(self._ports, CREW))
        found = [user.id for user in islice(active, MOST_TECHNICIANS + 1)]
        self._larger_crew = len(found) > MOST_TECHNICIANS
        return found[:MOST_TECHNICIANS]

    def _day(self, named: str | None, wanted: Sequence[JobId]) -> Day:
        """The day that is named, or the first that a job names and that is not over, or tomorrow."""
        timezone = self._firm.company.timezone
        if named is not None:
            return day_of(date.fromisoformat(named), timezone)
        today = local_day(self._now, timezone)
        jobs = self._seen(wanted)
        windows = [job.window or job.arrival_window for job in jobs]
        days = [local_day(each.start, timezone) for each in windows if each is not None]
        return day_of(min((day for day in days if day >= today), default=today + timedelta(1)), timezone)

    def _of_the_day(self, day: Day) -> tuple[list[JobId], list[JobId]]:
        """The confirmed jobs of that day, and some of those of no day; and those that are passed over."""
        fixed: list[JobId] = []
        of_any_day: list[JobId] = []
        for job_id, waiting in self._waiting():
            window = waiting.occupied or waiting.promised
            if window is None:
                of_any_day.append(job_id)
            elif window.overlaps(day.window):
                fixed.append(job_id)
        room = min(MOST_OF_ANY_DAY, max(0, MOST_JOBS - len(fixed)))
        return fixed[:MOST_JOBS] + of_any_day[:room], fixed[MOST_JOBS:] + of_any_day[room:]

    def _waiting(self) -> Iterator[tuple[JobId, _Waiting]]:
        scope = self._scope.narrow(_WAITING)
        if scope is None:
            return
        rows = chain.from_iterable(jobs_by_page(self._ports, scope, _WAITING, Sort.PRIORITY))
        for row in islice(rows, MOST_LOOKED_AT):
            yield row.id, _waiting_from(row.body)

    def _pins(self, crew: set[UserId]) -> Mapping[JobId, Pinned]:
        pins: dict[JobId, Pinned] = {}
        for number, pin in enumerate(self._form.pins):
            job = self._jobs[pin.job_id]
            if job is None:
                self._flaws.append(Flaw(f"/pins/{number}/job_id", "must be the id of a job"))
            elif job.window is not None and pin.start not in (None, job.window.start):
                self._flaws.append(Flaw(f"/pins/{number}/start", "must be the start of the job's own window"))
            elif job.window is None and (pin.start or 0) % SECOND:
                self._flaws.append(Flaw(f"/pins/{number}/start", "must be a whole second"))
            if pin.technician_id not in crew:
                self._flaws.append(Flaw(f"/pins/{number}/technician_id", "must be one of the crew"))
            pins[pin.job_id] = Pinned(pin.job_id, pin.technician_id, pin.start)
        return pins

    def _known(self, jobs: Sequence[Job]) -> Mapping[JobId, frozenset[UserId]]:
        """Who has worked for the customers, or at the sites, before."""
        if not self._firm.costs.continuity:
            return {}
        return {job.id: frozenset(familiar_with(self._ports, job)) for job in jobs[:MOST_CUSTOMERS]}


def _on(day: Day, window: Window) -> bool:
    """Whether a visit belongs to the day: what goes on into the next one does."""
    return window.overlaps(day.window)


class _Stretch(msgspec.Struct):
    start: str
    end: str

    def value(self) -> Window:
        return Window(to_millis(self.start), to_millis(self.end))


class _Waiting(msgspec.Struct):
    """What the document of a confirmed job says of its time."""

    window: _Stretch | None = None
    arrival_window: _Stretch | None = None

    @property
    def occupied(self) -> Window | None:
        return None if self.window is None else self.window.value()

    @property
    def promised(self) -> Window | None:
        return None if self.arrival_window is None else self.arrival_window.value()


_waiting_from = msgspec.json.Decoder(_Waiting).decode
