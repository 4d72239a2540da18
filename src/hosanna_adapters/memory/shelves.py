"""Jobs in the orders in which they are listed, apart by who may see them."""

from __future__ import annotations

from bisect import bisect_left, insort
from heapq import merge
from typing import TYPE_CHECKING

from hosanna_core.model.ids import FAR_FUTURE, JobId, UserId
from hosanna_core.model.query import JobFilter, Position, Sort
from hosanna_core.model.status import Priority, Standing
from hosanna_core.rules.ordering import descending, keys_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from hosanna_core.model.job import Job
    from hosanna_core.rules.visibility import Scope

Spot = tuple[int | str, ...]
"""Sort keys and id: where a job stands in an order."""
Bounds = tuple[Spot, Spot]
"""A stretch of an order, [from, to)."""


class Shelf:
    """The jobs of one standing, of one technician or of anybody.

    An order is sorted when it is first asked for and kept sorted from then on: whoever never lists never pays.
    """

    __slots__ = ("_orders", "ids")

    def __init__(self) -> None:
        self.ids: set[JobId] = set()
        self._orders: dict[Sort, list[Spot]] = {}

    def add(self, job: Job) -> None:
        """Put a job here."""
        self.ids.add(job.id)
        for sort, spots in self._orders.items():
            insort(spots, _spot(sort, job))

    def remove(self, job: Job) -> None:
        """Take a job away; *job* is as it was when it was put here."""
        self.ids.discard(job.id)
        for sort, spots in self._orders.items():
            del spots[bisect_left(spots, _spot(sort, job))]

    def order(self, sort: Sort, jobs: Mapping[JobId, Job]) -> list[Spot]:
        """The spots of all that is here, ascending."""
        spots = self._orders.get(sort)
        if spots is None:
            spots = self._orders[sort] = sorted(_spot(sort, jobs[job_id]) for job_id in self.ids)
        return spots


class Shelves:
    """One shelf for each standing and one for each standing and technician: every scope is some of them."""

    def __init__(self) -> None:
        self._shelves: dict[tuple[Standing, UserId | None], Shelf] = {}

    def put(self, before: Job | None, job: Job) -> None:
        """Note where a job stands now; *before* is where it stood."""
        if before is not None:
            if _stays(before, job):
                return
            for shelf in self._of(before):
                shelf.remove(before)
        for shelf in self._of(job):
            shelf.add(job)

    def walk(
        self, scope: Scope, wanted: JobFilter, sort: Sort, after: Position | None, jobs: Mapping[JobId, Job]
    ) -> Iterator[Spot]:
        """The spots of what *scope* admits, in the order of *sort*, from behind *after*.

        Of the filter only what is a stretch of the order is looked at.
        """
        backwards = descending(sort)
        ascending = Sort.OLDEST if backwards else sort
        stretches = _stretches(sort, wanted)
        last: Spot | None = None if after is None else (*after.keys, after.id)
        streams = [
            _stream(shelf.order(ascending, jobs), bounds, last, backwards)
            for standing in scope.standings
            if (shelf := self._shelves.get((standing, scope.technician_id))) is not None
            for bounds in stretches
        ]
        return merge(*streams, reverse=backwards)

    def _of(self, job: Job) -> Iterable[Shelf]:
        shelves = self._shelves
        anybodys = shelves.get((job.standing, None))
        if anybodys is None:
            anybodys = shelves[job.standing, None] = Shelf()
        if job.technician_id is None:
            return (anybodys,)
        own = shelves.get((job.standing, job.technician_id))
        if own is None:
            own = shelves[job.standing, job.technician_id] = Shelf()
        return (anybodys, own)


def _stays(before: Job, job: Job) -> bool:
    return (
        before.standing is job.standing
        and before.technician_id == job.technician_id
        and before.priority is job.priority
        and before.window == job.window
        and before.created_at == job.created_at
    )


def _spot(sort: Sort, job: Job) -> Spot:
    return (*keys_of(job).of(sort), job.id)


def _stretches(sort: Sort, wanted: JobFilter) -> list[Bounds]:
    """The parts of an order that the filter's ranges leave."""
    created = (wanted.created_from or 0, FAR_FUTURE if wanted.created_to is None else wanted.created_to)
    if sort is Sort.PRIORITY:
        ranks = range(len(Priority)) if wanted.priority is None else (wanted.priority.rank,)
        return [((rank, created[0]), (rank, created[1])) for rank in ranks]
    if sort is not Sort.WINDOW:
        return [((created[0],), (created[1],))]
    if wanted.window_from is None and wanted.window_to is None:
        return [((0,), (FAR_FUTURE + 1,))]
    return [((wanted.window_from or 0,), (FAR_FUTURE if wanted.window_to is None else wanted.window_to,))]


def _stream(spots: list[Spot], bounds: Bounds, last: Spot | None, backwards: bool) -> Iterator[Spot]:
    start, end = bisect_left(spots, bounds[0]), bisect_left(spots, bounds[1])
    if last is not None and not backwards:
        start = max(start, _behind(spots, last))
    if last is not None and backwards:
        end = min(end, bisect_left(spots, last))
    steps = range(end - 1, start - 1, -1) if backwards else range(start, end)
    return (spots[step] for step in steps)


def _behind(spots: list[Spot], last: Spot) -> int:
    """The first step behind *last*, which need not stand there any more."""
    step = bisect_left(spots, last)
    return step + 1 if step < len(spots) and spots[step] == last else step
