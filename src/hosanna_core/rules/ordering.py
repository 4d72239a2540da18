"""The sort keys of a job: never null, all whole numbers, the same on every store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from hosanna_core.model.ids import FAR_FUTURE, Millis
from hosanna_core.model.query import Position, Sort

if TYPE_CHECKING:
    from hosanna_core.model.job import Job


class Keys(msgspec.Struct, frozen=True):
    """What lists sort by; stored beside the job. Every order ends in the id, in the direction of the sort."""

    created_at: Millis
    window_key: Millis
    """The window's start, `FAR_FUTURE` without one: those come last."""
    priority_rank: int

    def of(self, sort: Sort) -> tuple[int, ...]:
        """The keys of *sort*, most significant first; `Sort.NEWEST` runs through them backwards."""
        if sort is Sort.WINDOW:
            return (self.window_key,)
        return (self.priority_rank, self.created_at) if sort is Sort.PRIORITY else (self.created_at,)


def keys_of(job: Job) -> Keys:
    """The sort keys of a job."""
    return Keys(job.created_at, FAR_FUTURE if job.window is None else job.window.start, job.priority.rank)


def position_of(sort: Sort, job: Job) -> Position:
    """Where a job stands in a list sorted by *sort*."""
    return Position(keys_of(job).of(sort), job.id)


def descending(sort: Sort) -> bool:
    """Whether *sort* runs from the greatest keys to the smallest."""
    return sort is Sort.NEWEST
