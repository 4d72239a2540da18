"""What plugins are given of what the house goes on working with: copies, as far as anything in it can be changed.

Our values are frozen, but for the dictionaries and lists that some of them hold. A plugin that sorts a list or drops a
key for its own ends changes nothing of ours, also where it does so after its time is over.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from hosanna_core.model.planning import Member, Visit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.model.job import Job
    from hosanna_core.model.people import User
    from hosanna_core.model.planning import Matrix, Problem
    from hosanna_core.rules.assignment import candidates

T = TypeVar("T", Member, Visit)


def job_lent(job: Job) -> Job:
    """A job with stages of its own."""
    return replace(job, stages=dict(job.stages))


def user_lent(user: User) -> User:
    """A user with preferences of their own."""
    return replace(user, preferences=deepcopy(user.preferences))


def crew_lent(crew: Sequence[candidates.Member]) -> tuple[candidates.Member, ...]:
    """A crew whose hours are its own, in an order that nobody changes."""
    return tuple(_candidate_lent(each) for each in crew)


def problem_lent(problem: Problem) -> Problem:
    """A problem of planning with ways and needs of its own: what comes of it is judged by ours."""
    distances = problem.distances
    return replace(
        problem,
        times=_matrix_lent(problem.times),
        distances=None if distances is None else _matrix_lent(distances),
        crew=tuple(_with_own_parts(each) for each in problem.crew),
        visits=tuple(replace(_with_own_parts(each), soft=dict(each.soft)) for each in problem.visits),
    )


def _candidate_lent(member: candidates.Member) -> candidates.Member:
    calendar = member.calendar
    availability = replace(calendar.availability, hours=dict(calendar.availability.hours))
    return replace(member, calendar=replace(calendar, availability=availability))


def _matrix_lent(matrix: Matrix) -> Matrix:
    return [list(row) for row in matrix]


def _with_own_parts(each: T) -> T:
    return replace(each, parts=dict(each.parts))
