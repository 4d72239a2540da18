"""Where blocking work runs: threads of our own, and no more waiting in front of them than they can serve soon."""

from __future__ import annotations

import asyncio
from collections import deque
from contextvars import Context, copy_context
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar, TypeVarTuple

from hosanna_core.errors import Busy

if TYPE_CHECKING:
    from collections.abc import Callable

A = TypeVarTuple("A")
T = TypeVar("T")


LONGEST_WAIT: Final = 2.0
"""Seconds that work waits for a thread at most: who waited longer has given up, or will."""
_TOO_MANY: Final = "Too many requests are waiting: nothing was changed."


class _Task(NamedTuple):
    loop: asyncio.AbstractEventLoop
    since: float
    future: asyncio.Future[Any]
    work: Callable[..., Any]
    given: tuple[Any, ...]
    context: Context


_Inbox = SimpleQueue[_Task | None]


class Pool:
    """Some threads and a bounded queue before them; who finds it full, or waits too long, is told to come back.

    For one event loop. *turned_away* hears of everybody who is told so.

    All book-keeping happens on the loop, so it needs no lock. The thread that was idle for the shortest time gets the
    work: its caches are warm. A hop costs a third less processor time than by `concurrent.futures`.
    """

    def __init__(
        self,
        name: str,
        *,
        threads: int,
        most_waiting: int,
        turned_away: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.name = name
        self.most = threads
        self._turned_away = turned_away
        self._most_waiting = most_waiting
        self._threads: list[tuple[Thread, _Inbox]] = []
        self._idle: list[_Inbox] = []
        self._waiting: deque[_Task] = deque()
        self._served: dict[asyncio.Future[Any], float] = {}
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> int:
        """How much waits for a thread."""
        return len(self._waiting)

    @property
    def busy(self) -> int:
        """How many threads work."""
        return len(self._threads) - len(self._idle)

    @property
    def oldest(self) -> float | None:
        """Since when, by the loop's clock, the oldest of what is `serve`d has been here; None: there is nothing."""
        return next(iter(self._served.values()), None)

    async def serve(self, work: Callable[[*A], T], *given: *A) -> T:
        """As `run`, for somebody who may be told meanwhile that it came to nothing: see `give_up`."""
        future = self._begin(work, given)
        self._served[future] = asyncio.get_running_loop().time()
        try:
            return await future
        finally:
            del self._served[future]

    def give_up(self, error: Exception) -> None:
        """Tell everybody whose work is served here that it came to *error*. Their threads go on by themselves."""
        for future in self._served:
            if not future.done():
                future.set_exception(error)

    async def run(self, work: Callable[[*A], T], *given: *A) -> T:
        """What *work* answers or raises, done in one hop to a thread. Raises Busy where too many wait, or too long."""
        return await self._begin(work, given)

    def _begin(self, work: Callable[[*A], T], given: tuple[*A]) -> asyncio.Future[T]:
        inbox = self._idle.pop() if self._idle else self._hired()
        if inbox is None and len(self._waiting) >= self._most_waiting:
            self._turned_away(self.name)
            raise Busy(_TOO_MANY)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        task = _Task(loop, loop.time(), future, work, given, copy_context())
        if inbox is None:
            self._waiting.append(task)
            if self._timer is None:
                self._timer = loop.call_at(task.since + LONGEST_WAIT, self._refuse_late, loop)
        else:
            inbox.put(task)
        return future

    def close(self) -> None:
        """Let what has begun come to its end, then let the threads go. Blocks. Work that comes later hires anew.

        What still waits for a thread is refused: nobody is left to do it.
        """
        leaving, self._threads, self._idle = self._threads, [], []
        while self._waiting:
            task = self._waiting.popleft()
            task.loop.call_soon_threadsafe(_refuse, task.future)
        for _, inbox in leaving:
            inbox.put(None)
        for thread, _ in leaving:
            thread.join()

    def _hired(self) -> _Inbox | None:
        """A new thread's inbox; None where there are threads enough."""
        if len(self._threads) == self.most:
            return None
        inbox: _Inbox = SimpleQueue()
        name = f"{self.name}-{len(self._threads)}"
        thread = Thread(target=self._serve, args=(inbox,), name=name, daemon=True)
        self._threads.append((thread, inbox))
        thread.start()
        return inbox

    def _serve(self, inbox: _Inbox) -> None:
        while (task := inbox.get()) is not None:
            result, error = None, None
            try:
                result = task.context.run(task.work, *task.given)
            except BaseException as raised:  # whatever it is, whoever awaits the work is told
                error = raised
            task.loop.call_soon_threadsafe(self._done, inbox, task.future, result, error)
            # Nothing is kept alive while this thread waits for the next.
            del task, result, error

    def _done(
        self, inbox: _Inbox, future: asyncio.Future[Any], result: object, error: BaseException | None
    ) -> None:
        if (task := self._next()) is not None:
            inbox.put(task)
        else:
            self._idle.append(inbox)
        if future.done():
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)

    def _next(self) -> _Task | None:
        """The first that still waits with good reason; those before it are told to come back."""
        while self._waiting:
            task = self._waiting.popleft()
            if task.future.done():
                continue
            if task.loop.time() - task.since <= LONGEST_WAIT:
                return task
            self._refuse_one(task)
        return None

    def _refuse_late(self, loop: asyncio.AbstractEventLoop) -> None:
        """Tell those to come back who have waited for too long, also while every thread is stuck."""
        self._timer = None
        now = loop.time()
        while self._waiting and (
            self._waiting[0].future.done() or now - self._waiting[0].since >= LONGEST_WAIT
        ):
            self._refuse_one(self._waiting.popleft())
        if self._waiting:
            self._timer = loop.call_at(self._waiting[0].since + LONGEST_WAIT, self._refuse_late, loop)

    def _refuse_one(self, task: _Task) -> None:
        if not task.future.done():
            self._turned_away(self.name)
            _refuse(task.future)


def _refuse(future: asyncio.Future[Any]) -> None:
    if not future.done():
        future.set_exception(Busy(_TOO_MANY))
