"""What plugins add to the ports: policy, scores, planners and messengers, each behind its time limit."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any, Final

from hosanna_core.errors import PlannerFailed, PluginFailed
from hosanna_core.rules.assignment.plans import plan_of
from hosanna_core.rules.assignment.score import Rated
from hosanna_core.rules.verdicts import Narrowed
from hosanna_web.plugins.lent import crew_lent, job_lent, problem_lent, user_lent
from hosanna_web.plugins.values import Crew, Score

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hosanna_core.model.ids import UserId
    from hosanna_core.model.job import Job
    from hosanna_core.model.notification import NotificationDocument
    from hosanna_core.model.people import Actor, User
    from hosanna_core.model.planning import Plan, Problem
    from hosanna_core.model.schedule import Window
    from hosanna_core.model.status import Action
    from hosanna_core.ports import Planner, Ports, Store
    from hosanna_core.ports.planners import Progress
    from hosanna_core.rules.assignment.candidates import Member
    from hosanna_web.plugins.plugin import Plugin

REFUSE: Final = "hosanna_refuse"
SCORES: Final = "hosanna_scores"
PLANNERS: Final = "hosanna_planners"
TELL: Final = "hosanna_tell"
ONCE: Final = 10.0
"""Seconds for what is asked once, at the start."""
REFUSING: Final = 1.0
RATING: Final = 2.0
TELLING: Final = 5.0
GRACE: Final = 10.0
"""Seconds that a planner may take beyond the fifth that all of them may."""
LONGEST_REASON: Final = 500
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_HEAVIEST: Final = 100
_SILENT: Final = "This cannot be allowed while the plugin '{}' does not answer as it should."


class PluginAddition:
    """An addition to the policy: who does not answer, or answers nonsense, refuses."""

    def __init__(self, plugin: Plugin, store: Store) -> None:
        self._plugin = plugin
        self._store = store
        self._rule = f"plugin.{plugin.name}"

    def __call__(self, actor: Actor, action: Action, job: Job | None) -> Narrowed | None:
        """As the rule."""
        lent = None if job is None else job_lent(job)

        def work() -> str | None:
            refuse = self._plugin.implements[REFUSE]
            return _reason(refuse(actor=actor, action=action, job=lent, store=self._store))

        try:
            reason = self._plugin.ask(REFUSE, work, REFUSING)
        except PluginFailed:
            name = self._plugin.name
            return Narrowed(f"{self._rule}.failed", _SILENT.format(name), name, failed=True)
        return None if reason is None else Narrowed(self._rule, reason, self._plugin.name)


def _reason(answer: object) -> str | None:
    if answer is None:
        return None
    if not isinstance(answer, str) or not answer.strip():
        raise TypeError(f"{REFUSE} answers None or a reason in words, not {type(answer).__name__}")
    return _words(answer)


def _words(text: str) -> str:
    """What may be shown; raises UnicodeEncodeError for halves of characters, of which no answer could be made."""
    text.encode()
    return text.strip()[:LONGEST_REASON]


class PluginScorer:
    """A score of a plugin."""

    def __init__(self, plugin: Plugin, score: Score, store: Store) -> None:
        self._plugin = plugin
        self._score = score
        self._store = store
        self.name = f"{plugin.name}.{score.name}"
        self.weight = score.weight

    def rate(self, job: Job, window: Window | None, crew: Sequence[Member]) -> Mapping[UserId, Rated] | None:
        """As the port."""
        asked = Crew(job=job_lent(job), window=window, members=crew_lent(crew), store=self._store)

        def work() -> dict[UserId, Rated]:
            return {who: _rated(each) for who, each in self._score.rate(asked).items()}

        try:
            return self._plugin.ask(SCORES, work, RATING)
        except PluginFailed:
            return None


def _rated(answer: Any) -> Rated:
    value, why = answer
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError("a score is a number from 0 to 1")
    if not isinstance(why, str):
        raise TypeError("a score says why in words")
    return Rated(float(value), _words(why))


class PluginPlanner:
    """A planner of a plugin. Its orders are timed, weighed and judged here: no plan leaves that breaks a hard rule."""

    def __init__(self, plugin: Plugin, planner: Planner) -> None:
        self._plugin = plugin
        self._planner = planner

    def plan(
        self,
        problem: Problem,
        seconds: float,
        *,
        seed: int = 0,
        progress: Progress | None = None,
        start: Plan | None = None,
    ) -> Plan:
        """As the port; raises PlannerFailed."""
        lent = problem_lent(problem)

        def work() -> Plan:
            found = self._planner.plan(lent, seconds, seed=seed, progress=progress, start=start)
            return plan_of(problem, {route.member: route.steps for route in found.routes})

        try:
            return self._plugin.ask(PLANNERS, work, 1.2 * seconds + GRACE)
        except PluginFailed as failed:
            raise PlannerFailed(str(failed)) from None


class PluginMessenger:
    """A plugin's way of telling people."""

    def __init__(self, plugin: Plugin) -> None:
        self._plugin = plugin

    def tell(self, user: User, notification: NotificationDocument) -> bool:
        """As the port."""
        lent = user_lent(user)
        try:
            self._plugin.ask(
                TELL, lambda: self._plugin.implements[TELL](user=lent, notification=notification), TELLING
            )
        except PluginFailed:
            return False
        return True


def added_to(ports: Ports, plugins: Sequence[Plugin]) -> Ports:
    """The ports with all that the plugins add. Those that fail when they are asked what it is add nothing of that."""
    return dataclasses.replace(
        ports,
        additions=(
            *ports.additions,
            *(PluginAddition(each, ports.store) for each in plugins if each.has(REFUSE)),
        ),
        scorers=(*ports.scorers, *(scorer for each in plugins for scorer in _scorers(each, ports.store))),
        messengers=(*ports.messengers, *(PluginMessenger(each) for each in plugins if each.has(TELL))),
        planners={**ports.planners, **{k: v for each in plugins for k, v in _planners(each, ports.planners)}},
    )


def _scorers(plugin: Plugin, store: Store) -> list[PluginScorer]:
    if not plugin.has(SCORES):
        return []
    try:
        scores = plugin.ask(SCORES, lambda: _sound_scores(plugin.implements[SCORES]()), ONCE)
    except PluginFailed:
        return []
    return [PluginScorer(plugin, each, store) for each in scores]


def _sound_scores(answer: Any) -> list[Score]:
    scores = list(answer)
    for each in scores:
        if not isinstance(each, Score):
            raise TypeError(f"{SCORES} answers Scores, not {type(each).__name__}")
        _demand_name(each.name)
        if type(each.weight) is not int or not 0 <= each.weight <= _HEAVIEST:
            raise ValueError(f"the weight of a score is 0 to {_HEAVIEST}, not {each.weight!r}")
    if len({each.name for each in scores}) < len(scores):
        raise ValueError("two scores have one name")
    return scores


def _planners(plugin: Plugin, there: Mapping[str, Planner]) -> Iterator[tuple[str, Planner]]:
    if not plugin.has(PLANNERS):
        return
    try:
        brought = plugin.ask(
            PLANNERS, lambda: _sound_planners(plugin.implements[PLANNERS](planners=dict(there))), ONCE
        )
    except PluginFailed:
        return
    for name, planner in brought.items():
        yield f"{plugin.name}.{name}", PluginPlanner(plugin, planner)


def _sound_planners(answer: Any) -> dict[str, Planner]:
    planners = dict(answer)
    for name, planner in planners.items():
        _demand_name(name)
        if not callable(getattr(planner, "plan", None)):
            raise TypeError(f"the planner '{name}' cannot plan")
    return planners


def _demand_name(name: Any) -> None:
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        raise ValueError(
            f"a name begins with a small letter, and goes on with letters, digits, - and _: {name!r}"
        )
