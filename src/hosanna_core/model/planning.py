"""A planning problem and its answer: who goes where, in which order, and when.

It knows nothing of jobs and users: places, members and visits are positions in a sequence. Times, distances and
costs are whole numbers; the unit is the caller's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

Matrix = Sequence[Sequence[int]]
"""`matrix[a][b]` leads from place *a* to place *b*. Rows may be made when they are asked for."""
Step = int
"""What a member does next: a visit by its position, `RESTOCK`, or a booked visit (`booked_step`)."""
RESTOCK: Final[Step] = -1


def booked_step(position: int) -> Step:
    """The step of a member's booked visit at *position*.

    >>> booked_step(0), booked_step(1), booked_position(booked_step(1))
    (-2, -3, 1)
    """
    return -2 - position


def booked_position(step: Step) -> int:
    """Which of a member's booked visits a step is; negative for any other step."""
    return -2 - step


class Span(msgspec.Struct, frozen=True, order=True):
    """A stretch of time, [start, end)."""

    start: int
    end: int


class Slot(msgspec.Struct, frozen=True, order=True):
    """When a service may begin: at *first* at the earliest, at *last* at the latest, both included."""

    first: int
    last: int


class Booked(msgspec.Struct, frozen=True):
    """A visit that stands in a member's calendar, a unit long at least: it is kept as it is, and judged by no rule."""

    place: int
    start: int
    duration: int


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One of the crew, and one round of theirs.

    Between two *shifts* lies a break: nothing is served in it, and a leg that reaches it is driven on after it.
    *most* visits are taken, booked ones included. *used* is what it costs to send the member out at all, *work*
    what each unit of working time costs beyond the weight that all have.
    """

    start: int
    end: int
    shifts: tuple[Span, ...]
    skills: frozenset[str] = frozenset()
    tools: frozenset[str] = frozenset()
    parts: Mapping[str, int] = {}
    capacity: int | None = None
    most: int | None = None
    booked: tuple[Booked, ...] = ()
    used: int = 0
    work: int = 0


class Pin(msgspec.Struct, frozen=True):
    """This member and nobody else; at this time, if one is given."""

    member: int
    start: int | None = None


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be served, once, by one member.

    Its service begins within one of *slots* (none: whenever somebody works) and ends before a break. *members*
    are those who may take it (None: everybody). *penalty* is what leaving it out costs; None: it is left out
    only if nothing else is possible. *soft* is what it costs to give it to a member: continuity, fairness, or
    that it was planned to another before.
    """

    place: int
    duration: int
    slots: tuple[Slot, ...] = ()
    skills: frozenset[str] = frozenset()
    members: frozenset[int] | None = None
    demand: int = 0
    tools: frozenset[str] = frozenset()
    parts: Mapping[str, int] = {}
    penalty: int | None = None
    soft: Mapping[int, int] = {}
    pin: Pin | None = None


class Restock(msgspec.Struct, frozen=True):
    """Where tools and parts are fetched: after one stop here a member has enough of all of them."""

    place: int
    duration: int = 0
    slots: tuple[Slot, ...] = ()


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """What a unit of each costs: distance, travel time, working time (travel, waiting, service), members sent out."""

    distance: int = 0
    travel: int = 0
    work: int = 0
    crew: int = 0


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """All that a planner is told. *distances* are the *times* where they are left out."""

    times: Matrix
    crew: tuple[Member, ...]
    visits: tuple[Visit, ...]
    weights: Weights
    distances: Matrix | None = None
    restock: Restock | None = None


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a route in time. *start* and *end* are those of the service; who arrives earlier waits."""

    step: Step
    place: int
    arrival: int
    start: int
    end: int


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """What one member does, from leaving the start to being back; breaks are no work."""

    member: int
    leaving: int
    stops: tuple[Stop, ...]
    back: int
    distance: int
    travel: int
    work: int

    @property
    def steps(self) -> tuple[Step, ...]:
        """The order alone."""
        return tuple(stop.step for stop in self.stops)


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why *members* do not take a visit: the first rule that keeps each of them from it.

    *lacking* names skills, tools or parts. With the rule `displaces`, *instead* are the visits that would have
    to go, and *cost* is what that would cost more; with `dear`, *cost* is what taking it would cost: more than
    leaving it out.
    """

    rule: str
    text: str
    members: tuple[int, ...] = ()
    lacking: tuple[str, ...] = ()
    instead: tuple[int, ...] = ()
    cost: int | None = None


class LeftOut(msgspec.Struct, frozen=True):
    """A visit that nobody takes, and why: every member is named under one rule."""

    visit: int
    reasons: tuple[Reason, ...]


class Objective(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan costs, in its parts, each weighed; *missing* counts the visits left out that have no penalty."""

    missing: int
    penalties: int
    distance: int
    travel: int
    work: int
    crew: int
    soft: int

    @property
    def total(self) -> int:
        """The sum of the parts that are costs."""
        return self.penalties + self.distance + self.travel + self.work + self.crew + self.soft

    @property
    def rank(self) -> tuple[int, int]:
        """Of two plans the better one has the smaller rank: first fewer visits missing, then less cost."""
        return self.missing, self.total


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The answer: every visit is either in one route or left out. Members who stay at home have no route."""

    routes: tuple[Route, ...]
    left_out: tuple[LeftOut, ...]
    objective: Objective
