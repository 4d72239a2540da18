"""Who may take a job on a day whatever else is planned, asked of the hard rules themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_core.model.schedule import Window
from hosanna_core.model.travel import point_of
from hosanna_core.rules.assignment.fit import fit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.model.job import Job
    from hosanna_core.model.schedule import Calendar
    from hosanna_core.rules.assignment.dayplan.question import Question
    from hosanna_core.rules.assignment.fit import RuleVerdict

TIMED: Final = frozenset({"hours", "time_off", "overlap", "daily_maximum"})
"""The rules that depend on when exactly a visit is, and on what else there is: the planner works them out."""


def refusals(calendar: Calendar, job: Job, window: Window | None, now: int) -> list[RuleVerdict]:
    """The hard rules that keep a technician from a job in *window*."""
    verdicts = fit(calendar, job.required_skills, window, job.id, now, point_of(job.site))
    return [verdict for verdict in verdicts if not verdict.holds]


class Eligible:
    """Remembers its answers: thousands of jobs ask for a handful of skills, and few technicians keep to an area."""

    def __init__(self, question: Question) -> None:
        self._question = question
        # What is not valid for the whole day is not planned with.
        self._probe = Window(question.day.end - 1, question.day.end)
        self._placed = any(each.availability.service_area_km is not None for each in question.calendars)
        self._known: dict[object, tuple[RuleVerdict | None, ...]] = {}

    def verdicts(self, job: Job) -> Sequence[RuleVerdict | None]:
        """For each of the crew the first rule that keeps them from the job at any time of the day; None: none does."""
        key = (tuple(sorted(job.required_skills)), point_of(job.site) if self._placed else None)
        if key not in self._known:
            self._known[key] = tuple(self._first(calendar, job) for calendar in self._question.calendars)
        return self._known[key]

    def members(self, job: Job) -> frozenset[int]:
        """The positions of those who may take it."""
        return frozenset(n for n, verdict in enumerate(self.verdicts(job)) if verdict is None)

    def _first(self, calendar: Calendar, job: Job) -> RuleVerdict | None:
        found = refusals(calendar, job, self._probe, self._question.now)
        return next((verdict for verdict in found if verdict.rule not in TIMED), None)
