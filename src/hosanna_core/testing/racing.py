"""Many threads that start at the same moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any, TypeVar

from hosanna_core.errors import Busy, CommitRefused

if TYPE_CHECKING:
    from hosanna_core.model.change import Change
    from hosanna_core.ports import Store

T = TypeVar("T")
MOST_TRIES = 200
"""A store may say Busy; this often in a row it must not."""


def race(tasks: Sequence[Callable[[], T]]) -> list[T]:
    """Run every task in a thread of its own, all from the same moment; answers what each returned, in order.

    What a task raises is raised here.
    """
    barrier = Barrier(len(tasks))

    def run(task: Callable[[], T]) -> T:
        barrier.wait(timeout=60)
        return task()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))


def persistent(task: Callable[[], T]) -> T:
    """Do *task* again for as long as the store is Busy, which changes nothing."""
    for _ in range(MOST_TRIES):
        try:
            return task()
        except Busy:
            continue
    raise AssertionError(f"the store was busy {MOST_TRIES} times in a row")


def attempt(store: Store, change: Change[Any]) -> str:
    """Commit; answers "stored", or the code of the refusal."""
    try:
        persistent(lambda: store.ledger.commit(change))
    except CommitRefused as refusal:
        return refusal.code
    return "stored"
