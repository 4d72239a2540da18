"""Where blocking work runs: threads of our own, and no more waiting in front of them than they can serve soon."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple

from hosanna_core.errors import Busy

if TYPE_CHECKING:
    from collections.abc import Callable

A = TypeVarTuple("A")
T = TypeVar("T")


class Pool:
    """Some threads and a bounded queue before them; whoever finds it full is told to come back. For one event loop."""

    def __init__(self, name: str, *, threads: int, most_waiting: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._room = threads + most_waiting

    async def run(self, work: Callable[[*A], T], *given: *A) -> T:
        """What *work* answers or raises, done in one hop to a thread. Raises Busy where too many wait already."""
        if self._room <= 0:
            raise Busy("Too many requests are waiting: nothing was changed.")
        self._room -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *given)
        finally:
            self._room += 1

    def close(self) -> None:
        """Let what has begun come to its end, then let the threads go. Blocks."""
        self._threads.shutdown(wait=True)
