"""Asking something that may be away or silent, and never waiting for it longer than one is willing to."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

from hosanna_core.model.condition import Condition, Mode

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable
    from concurrent.futures import Future

S = TypeVar("S")
T = TypeVar("T")

PATIENCE: Final = 0.2
"""Seconds that one call waits for it, whatever it has to ask."""
A_STEP: Final = 0.75
"""The part of it after which a connection or a single answer is given up."""
_PAUSE: Final = 2.0
"""Seconds between two tries to reach it again."""
AT_THE_START: Final = 2.0
"""Seconds that a process which starts waits for it, unless it can do without from the first."""
_THREADS: Final = 4


class Opened(NamedTuple, Generic[S]):
    """What is ready to be asked, and how to let it go."""

    asked: S
    close: Callable[[], None]


class Distant(Generic[S]):
    """Asks on threads of its own, so that nobody waits for it longer than they are willing to.

    One answer that fails or comes late, and it is *away*: nobody asks or waits any more, and every few seconds one
    thread in the background looks whether it is back. Socket time-outs alone would not do: they add up over the
    steps of a connection, and the look-up of a name has none.
    """

    def __init__(
        self,
        name: str,
        opening: Callable[[], Opened[S]],
        look: Callable[[S], object],
        *,
        called: str,
        without: str,
        log: logging.Logger,
        patience: float = PATIENCE,
        at_the_start: float = AT_THE_START,
    ) -> None:
        """*name* is where it is, without credentials; *opening* may take its time and may fail; *look* asks anything.

        The *log* calls it *called*, and tells what happens *without* it. Until it is open it is away: a process that
        starts waits for it for so many seconds.
        """
        self.patience = patience
        self._name = name
        self._called = called
        self._without = without
        self._error: str | None = None
        self._latency: float | None = None
        self._opening = opening
        self._asks = look
        self._opened: Opened[S] | None = None
        self._log = log
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix=log.name.replace(".", "-"))
        self._lock = threading.Lock()
        self._away = True
        self._said_away = False
        self._probing = False
        self._next_probe = 0.0
        first = self._probe()
        if first is not None:
            wait([first], at_the_start)
        if at_the_start and self._away and not self._said_away:
            self._say_away("it could not be reached")

    @property
    def away(self) -> bool:
        """Whether it would not be asked now; noticing that is also what has it looked for."""
        if self._away and time.monotonic() >= self._next_probe:
            self._probe()
        return self._away

    def condition(self) -> Condition:
        """How it is, without asking it; while it is away everything goes on without it."""
        return Condition(
            name=self._name.partition("://")[0],
            mode=Mode.AWAY if self.away else Mode.OK,
            latency_ms=None if self._latency is None else round(self._latency * 1000, 3),
            error=self._error,
        )

    def close(self) -> None:
        """Let the threads and the connections go; from then on it is away."""
        with self._lock:
            self._away, self._next_probe = True, float("inf")
        self._threads.shutdown(wait=True, cancel_futures=True)
        if self._opened is not None:
            self._opened.close()

    def ask(self, question: Callable[[S], T], deadline: float) -> T | None:
        """The answer, which is never None; None if it is away."""
        opened = self._opened
        if self.away or opened is None or time.monotonic() >= deadline:
            return None

        def on_its_thread() -> T | None:
            # What waited in line for too long is of no use to anybody.
            return question(opened.asked) if time.monotonic() < deadline else None

        began = time.monotonic()
        try:
            answer = self._threads.submit(on_its_thread).result(deadline - time.monotonic())
        except Exception as error:  # whatever it is, our caller's answer must not depend on it
            self._lose(type(error).__name__)
            return None
        if answer is None:
            self._lose("TimeoutError")
        else:
            self._latency = time.monotonic() - began
        return answer

    def _lose(self, why: str) -> None:
        with self._lock:
            if self._away:
                return
            self._away, self._next_probe = True, time.monotonic() + _PAUSE
            self._error = why
        self._say_away(why)

    def _say_away(self, why: str) -> None:
        self._said_away = True
        self._log.warning(
            "%s at %s does not answer (%s): %s until it is back.",
            self._called,
            self._name,
            why,
            self._without,
        )

    def _probe(self) -> Future[None] | None:
        with self._lock:
            if self._probing or time.monotonic() < self._next_probe:
                return None
            self._probing, self._next_probe = True, time.monotonic() + _PAUSE
            return self._threads.submit(self._look)

    def _look(self) -> None:
        try:
            if self._opened is None:
                self._opened = self._opening()
            self._asks(self._opened.asked)
            there = True
        except Exception as error:  # whatever it is, it is not back
            there = False
            self._error = type(error).__name__
            if not self._said_away:
                self._say_away(self._error)
        with self._lock:
            self._probing = False
            if self._next_probe == float("inf"):
                return
            self._away, self._next_probe = not there, time.monotonic() + _PAUSE
            news = there and self._said_away
            self._said_away = self._said_away and not there
        if news:
            self._log.info("%s at %s is back.", self._called, self._name)
