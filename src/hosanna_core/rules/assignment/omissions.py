"""Why a visit was left out of a plan: every member, by the first rule that keeps them from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_core.model.planning import RESTOCK, LeftOut, Reason
from hosanna_core.rules.assignment.eligibility import demands, overdone, refusal
from hosanna_core.rules.assignment.routes import objective

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from hosanna_core.model.planning import Route, Step
    from hosanna_core.rules.assignment.eligibility import Refusal
    from hosanna_core.rules.assignment.routes import Rounds

TEXTS: Final[dict[str, str]] = {
    "no_crew": "There is nobody to plan for.",
    "pinned": "The visit is pinned to somebody else.",
    "eligible": "They may not take this visit.",
    "skills": "They do not hold: {lacking}.",
    "stock": "They do not carry: {lacking}, and there is no place to restock at.",
    "capacity": "It is more than they can carry.",
    "most": "They have as many visits as they may have.",
    "no_shift": "They do not work at all.",
    "window": "They cannot be there in time, or not finish while they work, even without any other planned visit.",
    "taken": "They have other visits to make.",
    "full": "There is no room left between their other visits.",
    "displaces": "Taking it would displace another visit that is worth no less.",
    "dear": "Taking it would cost more than leaving it out.",
}
"""The rules in the order in which they are told. *{lacking}* is what the reason lists."""
LOOKED_THROUGH: Final = 10_000
"""So many steps of rounds are timed to find what one visit would displace: long rounds have too many ways."""


class Explaining:
    """Explains what a plan leaves out."""

    def __init__(self, rounds: Rounds, routes: Iterable[Route]) -> None:
        self._rounds = rounds
        self._problem = rounds.problem
        self._steps = {route.member: route.steps for route in routes}
        self._refusals: dict[object, list[Refusal | None]] = {}
        self._costs = {route.member: objective(rounds.problem, [route], ()).total for route in routes}

    def left_out(self, visit: int, *, brief: bool = False) -> LeftOut:
        """Why nobody takes *visit*; *brief*: without looking for what it would displace, or cost."""
        refused: dict[Refusal, list[int]] = {}
        for member, never in enumerate(self._refusals_of(visit)):
            refused.setdefault(never or self._refused(visit, member, brief=brief), []).append(member)
        reasons = [
            Reason(rule=rule, text=_text(rule, lacking), members=tuple(members), lacking=lacking)
            for (rule, lacking), members in refused.items()
        ]
        if not reasons:
            reasons = [Reason(rule="no_crew", text=TEXTS["no_crew"])]
        if not brief:
            reasons = [self._weighed(visit, reason) for reason in reasons]
        order = list(TEXTS)
        return LeftOut(visit, tuple(sorted(reasons, key=lambda reason: order.index(reason.rule))))

    def _refusals_of(self, visit: int) -> list[Refusal | None]:
        """What keeps each member from it whatever the time, worked out once for all visits that ask for the same."""
        wanted = self._problem.visits[visit]
        key = demands(wanted)
        if key not in self._refusals:
            self._refusals[key] = [
                refusal(self._problem, member, wanted) or (("no_shift", ()) if clock is None else None)
                for member, clock in enumerate(self._rounds.clocks)
            ]
        return self._refusals[key]

    def _refused(self, visit: int, member: int, *, brief: bool) -> Refusal:
        if not self._reaches(visit, member):
            return "window", ()
        if brief:
            busy = member in self._steps or self._problem.crew[member].booked
            return ("taken" if busy else "dear"), ()
        if self._cost_of(visit, member, self._now(member)) is None:
            return "full", ()
        return "dear", ()

    def _reaches(self, visit: int, member: int) -> bool:
        """Whether the member could take it with nothing else but what they have booked."""
        wanted = self._problem.visits[visit]
        if not wanted.tools and not wanted.parts:
            return self._rounds.reaches(member, visit)
        return self._cost_of(visit, member, self._rounds.booked(member)) is not None

    def _now(self, member: int) -> tuple[Step, ...]:
        return self._steps.get(member) or self._rounds.booked(member)

    def _cost_of(self, visit: int, member: int, steps: Sequence[Step]) -> int | None:
        """What the member's round costs with the visit in it, where it costs least; None if it does not go in."""
        costs = []
        for tried in self._with(visit, steps):
            if overdone(self._problem, member, tried):
                continue
            route = self._rounds.timed(member, tried)
            if route is not None:
                costs.append(objective(self._problem, [route], ()).total)
        return min(costs, default=None)

    def _with(self, visit: int, steps: Sequence[Step]) -> Iterator[tuple[Step, ...]]:
        """The round with the visit anywhere in it, and with a stop to restock where it helps."""
        wanted = self._problem.visits[visit]
        for at in range(len(steps) + 1):
            yield (*steps[:at], visit, *steps[at:])
        if self._problem.restock is not None and RESTOCK not in steps and (wanted.tools or wanted.parts):
            for at in range(len(steps) + 1):
                for stop in range(at + 1):
                    yield (*steps[:stop], RESTOCK, *steps[stop:at], visit, *steps[at:])

    def _weighed(self, visit: int, reason: Reason) -> Reason:
        """With what it would cost, and what would have to go."""
        if reason.rule == "dear":
            costs = [
                cost - self._costs.get(member, 0)
                for member in reason.members
                if (cost := self._cost_of(visit, member, self._now(member))) is not None
            ]
            return _with_cost(reason, min(costs, default=None), ())
        if reason.rule == "full":
            cost, other = min(self._exchanges(visit, reason.members), default=(None, None))
            if other is not None:
                return _with_cost(reason, cost, (other,), rule="displaces")
        return reason

    def _exchanges(self, visit: int, members: Sequence[int]) -> Iterator[tuple[int, int]]:
        """What it would cost more to take it in place of another visit, and which: the cheapest to lose first."""
        mine, left = self._problem.visits[visit].penalty, LOOKED_THROUGH
        for loss, member, other in sorted(self._losses(mine, members)):
            steps = tuple(step for step in self._now(member) if step != other)
            cost = self._cost_of(visit, member, steps)
            if cost is not None:
                yield cost - self._costs.get(member, 0) + loss - (mine or 0), other
            left -= (len(steps) + 1) ** 2
            if left <= 0:
                return

    def _losses(self, mine: int | None, members: Sequence[int]) -> Iterator[tuple[int, int, int]]:
        """What may go, by what it costs to leave it out; what has no penalty stays, unless *mine* has none either."""
        for member in members:
            for other in self._now(member):
                loss = self._problem.visits[other].penalty if other >= 0 else None
                if other >= 0 and (loss is not None or mine is None):
                    yield loss or 0, member, other


def _with_cost(reason: Reason, cost: int | None, instead: tuple[int, ...], rule: str | None = None) -> Reason:
    rule = rule or reason.rule
    return Reason(
        rule=rule,
        text=_text(rule, reason.lacking),
        members=reason.members,
        lacking=reason.lacking,
        instead=instead,
        cost=cost,
    )


def _text(rule: str, lacking: Sequence[str]) -> str:
    return TEXTS[rule].format(lacking=", ".join(lacking))
