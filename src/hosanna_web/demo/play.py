"""The play: a clock that is moved by hand, and everybody doing what is due, in the order of the calendar."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, Protocol

from hosanna_core.errors import HosannaError
from hosanna_core.model.ids import LATEST, MINUTE, Millis
from hosanna_core.model.instants import to_text
from hosanna_core.model.people import Actor
from hosanna_core.model.status import Action, Status
from hosanna_core.usecases.fieldwork import transition_job
from hosanna_core.usecases.importing import BATCH, Outcome, import_rows
from hosanna_core.usecases.judging import Unparsed
from hosanna_web.demo.diary import Diary, at
from hosanna_web.demo.mistakes import DOUBLE_BOOKING, MISTAKES, Mistake, body_of, culprit
from hosanna_web.demo.script import Course, steps_of

if TYPE_CHECKING:
    from datetime import date

    from hosanna_core.model.ids import UserId
    from hosanna_core.model.schedule import Window
    from hosanna_core.ports import Ports
    from hosanna_web.demo.people import Cast
    from hosanna_web.demo.permits import Permit

MISTAKES_A_PLAY: Final = 240
SHORTEST_DISTANCE: Final = 4
"""Between two jobs that something goes wrong with."""
_ENTERED_AT: Final = 7.5
_NOTICE: Final = 12 * 60 * MINUTE
"""Between assigning a technician and the visit."""
_OFFICE_ACTIONS: Final = frozenset({Action.DISPATCH, Action.BILL})
_FIELD_ACTIONS: Final = frozenset({Action.START, Action.COMPLETE, Action.HOLD})


class MovableClock(Protocol):
    """The clock of the ports, from the side that moves it."""

    def move_to(self, instant: Millis) -> None:
        """Move it on; an instant that is past already changes nothing."""


class NotRefused(Exception):
    """Something was accepted, or refused for another reason, that the rules forbid: a bug of the system."""


class Play:
    """Plays permits through the use cases; *accepted* and *refused* count by month, *codes* by the refusal's code."""

    def __init__(
        self, ports: Ports, clock: MovableClock, cast: Cast, told: Callable[[int], None] = lambda _: None
    ) -> None:
        self._ports = ports
        self._clock = clock
        self._cast = cast
        self._told = told
        self._diary = Diary()
        self._due: list[tuple[Millis, int, Course]] = []
        self._entered = 0
        self._distance = SHORTEST_DISTANCE
        self._without_contractor = 0
        self._planned: dict[int, Mistake] = {}
        self._owed: list[Mistake] = []
        self._taken: dict[UserId, Window] = {}
        self.accepted: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.codes: Counter[str] = Counter()
        self.not_taken: list[str] = []

    def run(self, permits: Sequence[Permit]) -> None:
        """Play all of *permits*, which are in the order of their days. Raises NotRefused."""
        self._distance = max(SHORTEST_DISTANCE, len(permits) // MISTAKES_A_PLAY)
        for day, issued in groupby(permits, key=lambda permit: permit.issued):
            opening = at(day, _ENTERED_AT)
            self._play_until(opening)
            self._clock.move_to(opening)
            self._enter(list(issued), day)
        self._play_until(LATEST)

    def _enter(self, permits: Sequence[Permit], day: date) -> None:
        """A day's permits become jobs."""
        administrator = self._cast.administrator
        for first in range(0, len(permits), BATCH):
            batch = permits[first : first + BATCH]
            answers = import_rows(self._ports, administrator, [permit.row for permit in batch])
            for permit, answer in zip(batch, answers, strict=True):
                if answer.outcome is Outcome.ADDED and answer.job_id is not None:
                    self._count(at(day, _ENTERED_AT))
                    self._follow(permit, answer.job_id, day)
                else:
                    self.not_taken.append(f"{permit.row.get('external_ref')} {_why(answer.flaws)}")

    def _follow(self, permit: Permit, job_id: str, day: date) -> None:
        self._entered += 1
        course = Course(
            job_id=job_id,
            permit=permit,
            technician=self._technician(permit),
            steps=steps_of(permit),
            at=at(day, 8) + self._entered % 240 * MINUTE,
        )
        if permit.end is Status.BILLED and self._entered % self._distance == 0:
            self._planned[self._entered] = MISTAKES[self._entered // self._distance % len(MISTAKES)]
        if course.steps:
            heappush(self._due, (course.at, self._entered, course))

    def _technician(self, permit: Permit) -> Actor:
        if permit.contractor is not None:
            return self._cast.contractors[permit.contractor]
        self._without_contractor += 1
        return self._cast.house[self._without_contractor % len(self._cast.house)]

    def _play_until(self, instant: Millis) -> None:
        while self._due and self._due[0][0] <= instant:
            due, number, course = heappop(self._due)
            self._clock.move_to(due)
            self._step(course, number)
            if course.next is not None:
                heappush(self._due, (course.at, number, course))

    def _step(self, course: Course, number: int) -> None:
        action = course.steps[course.done]
        mistake = self._planned.get(number)
        if mistake is not None and mistake.before is action:
            self._plan_or_err(mistake, course)
        if action is Action.ASSIGN and self._owed and self._is_taken(course):
            self._err(self._owed.pop(), course)
        if action is Action.ASSIGN:
            course.window = self._diary.book(course.technician.id, course.at + _NOTICE, course.minutes)
            if course.keeps_its_visit:
                self._taken[course.technician.id] = course.window
        self._act(self._actor(action, course, number), course, action, course.body(action))
        self._count(course.at)
        course.moved_on()

    def _actor(self, action: Action, course: Course, number: int) -> Actor:
        if action in _FIELD_ACTIONS:
            return course.technician
        office = self._cast.office
        return office[number % len(office)] if action in _OFFICE_ACTIONS else self._cast.administrator

    def _act(self, actor: Actor, course: Course, action: Action, body: dict[str, Any]) -> None:
        transition_job(self._ports, actor, course.job_id, action, Unparsed.of(body))

    def _plan_or_err(self, mistake: Mistake, course: Course) -> None:
        """A double booking waits for the next technician who is taken; all else goes wrong at once."""
        if mistake.code == DOUBLE_BOOKING:
            self._owed.append(mistake)
        else:
            self._err(mistake, course)

    def _is_taken(self, course: Course) -> bool:
        taken = self._taken.get(course.technician.id)
        return taken is not None and taken.end > course.at

    def _err(self, mistake: Mistake, course: Course) -> None:
        """Somebody tries what must be refused, and is."""
        taken = self._taken.get(course.technician.id)
        try:
            self._act(
                culprit(mistake, course, self._cast), course, mistake.action, body_of(mistake, course, taken)
            )
        except HosannaError as refusal:
            if refusal.code != mistake.code:
                raise NotRefused(f"{mistake} was refused as {refusal.code}: {refusal}") from refusal
            self.refused[_month(course.at)] += 1
            self.codes[refusal.code] += 1
        else:
            raise NotRefused(f"{mistake} was accepted for job {course.job_id}")

    def _count(self, instant: Millis) -> None:
        self.accepted[_month(instant)] += 1
        self._told(1)


def _month(instant: Millis) -> str:
    return to_text(instant)[:7]


def _why(flaws: Sequence[Any]) -> str:
    reasons = "; ".join(f"{flaw.pointer} {flaw.message}" for flaw in flaws)
    return reasons or "is there already"
