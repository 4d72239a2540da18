"""What the growth bench asks of a store, small and large alike."""

from __future__ import annotations

import itertools
import random
import time
from typing import TYPE_CHECKING

from bench.house import RARE_EVERY, House, rare
from hosanna_core.model.query import JobFilter, Position, Sort
from hosanna_core.model.status import Priority, Status
from hosanna_core.rules.visibility import scope_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PAGE = 50
_STATUSES = (None, frozenset({Status.BILLED}), frozenset({Status.CONFIRMED, Status.ASSIGNED, Status.ON_HOLD}))


def lists(house: House) -> Iterator[Callable[[], object]]:
    """First and second pages over role, status, priority, technician and sort: 360 questions."""
    jobs = house.ports.store.jobs
    actors = (
        house.administrator,
        house.office,
        house.technicians[0],
        house.technicians[1],
        house.technicians[2],
    )
    for actor, statuses, priority, technician, sort in itertools.product(
        actors,
        _STATUSES,
        (None, Priority.EMERGENCY),
        (None, house.technicians[0].id, house.technicians[5].id),
        Sort,
    ):
        wanted = JobFilter(statuses=statuses, priority=priority, technician_id=technician)
        scope = scope_of(actor).narrow(wanted)
        if scope is None:
            continue
        first = jobs.page(scope, wanted, sort, None, PAGE)
        for after in (None, first.next):
            yield _page(house, scope, wanted, sort, after)


def _page(
    house: House, scope: object, wanted: JobFilter, sort: Sort, after: Position | None
) -> Callable[[], object]:
    jobs = house.ports.store.jobs
    return lambda: jobs.page(scope, wanted, sort, after, PAGE)  # type: ignore[arg-type]  # a Scope, as narrow gave it


def searches(house: House, count: int) -> Iterator[Callable[[], object]]:
    """Rare words (500 jobs each), alone and beside a frequent one, for each role."""
    chance = random.Random(1)  # the same questions in every run
    for actor in (house.administrator, house.office, house.technicians[0]):
        for _ in range(40):
            lot = rare(chance.randrange(count // RARE_EVERY))
            for words in ((lot,), (lot, "panl7")):
                wanted = JobFilter(words=words)
                yield _page(house, scope_of(actor), wanted, Sort.NEWEST, None)


def gets(house: House, ids: list[str]) -> Iterator[Callable[[], object]]:
    """One job each, some of them hidden from the caller."""
    jobs = house.ports.store.jobs
    for job_id in ids:
        for actor in (house.administrator, house.office, house.technicians[0]):
            scope = scope_of(actor)
            yield lambda job_id=job_id, scope=scope: jobs.get(job_id, scope)


def timed(questions: list[Callable[[], object]], rounds: int = 3) -> list[float]:
    """Milliseconds of each question, the best of *rounds*: a noisy neighbour is not the store's."""
    best = [float("inf")] * len(questions)
    for _ in range(rounds):
        for index, ask in enumerate(questions):
            start = time.perf_counter()
            ask()
            best[index] = min(best[index], (time.perf_counter() - start) * 1000)
    return best
