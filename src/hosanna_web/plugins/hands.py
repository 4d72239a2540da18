"""Waiting for somebody else's code, and no longer than one wants to."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from contextvars import Context, copy_context
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
MOST: Final = 8
"""Threads for one hook of one plugin."""
MOST_LATE: Final = 2
"""While so many calls do not come back nobody waits for another."""


class TooLate(Exception):
    """It did not come back in time, or others have not come back yet."""


class Crashed(Exception):
    """It wanted to end the whole process."""


class _Task(NamedTuple):
    context: Context
    work: Callable[[], Any]
    future: Future[Any]


class Hands:
    """Threads that work for whoever waits. Any thread may wait; one that never comes back is left behind.

    >>> Hands("adding").do(lambda: 1 + 1, 5.0)
    2
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._inbox: SimpleQueue[_Task] = SimpleQueue()
        self._lock = threading.Lock()
        self._threads = self._late = 0
        self._idle = 0
        """Threads for whom there is no work yet; below nought where work waits for them."""

    @property
    def stuck(self) -> bool:
        """Whether nobody waits at present."""
        return self._late >= MOST_LATE

    def do(self, work: Callable[[], T], seconds: float) -> T:
        """What *work* answers or raises, within so many seconds; raises TooLate."""
        if self.stuck:
            raise TooLate(f"{self._late} calls have not come back yet")
        task = _Task(copy_context(), work, Future())
        self._hire()
        self._inbox.put(task)
        try:
            return task.future.result(seconds)  # type: ignore[no-any-return]  # it is what *work* answers
        except TimeoutError:
            if task.future.done():
                raise
            self._leave(task)
            raise TooLate(f"it did not come back within {seconds:g} seconds") from None

    def _hire(self) -> None:
        """See to it that whatever is put down next finds somebody, if there may be so many."""
        with self._lock:
            self._idle -= 1
            if self._idle >= 0 or self._threads == MOST:
                return
            self._threads += 1
            self._idle += 1
            name = f"{self._name}-{self._threads}"
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def _leave(self, task: _Task) -> None:
        """Nobody waits for it any more: what has begun counts as late until it is done."""
        with self._lock:
            if not task.future.cancel() and not task.future.done():
                self._late += 1
                task.future.add_done_callback(self._back)

    def _back(self, _: Future[Any]) -> None:
        with self._lock:
            self._late -= 1

    def _work(self) -> None:
        while True:
            task = self._inbox.get()
            self._do(task)
            with self._lock:
                self._idle += 1
            # Nothing is kept alive while this thread waits for the next.
            del task

    def _do(self, task: _Task) -> None:
        if not task.future.set_running_or_notify_cancel():
            return
        try:
            answer = task.context.run(task.work)
        except Exception as error:  # whatever it is, whoever waits is told
            task.future.set_exception(error)
        except BaseException as error:  # such as SystemExit: one plugin ends no server
            task.future.set_exception(Crashed(type(error).__name__))
        else:
            task.future.set_result(answer)
