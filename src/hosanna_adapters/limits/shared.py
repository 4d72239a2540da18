"""A counter that several processes share, behind a deadline and a circuit breaker."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from hosanna_core.model.condition import Condition, Mode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from limits.storage import MovingWindowSupport

    from hosanna_adapters.limits.terms import Terms

T = TypeVar("T")

PATIENCE: Final = 0.2
"""Seconds that one call to the throttles waits for the shared counter, whatever it has to ask."""
A_STEP: Final = 0.75
"""The part of it after which a connection or a single answer is given up."""
_PAUSE: Final = 2.0
"""Seconds between two tries to reach it again."""
_AT_THE_START: Final = 2.0
"""Seconds that a process which starts waits for it."""
_THREADS: Final = 4

_log = logging.getLogger("hosanna.throttles")


class Holding(NamedTuple):
    """What the shared counter holds of a key: units *got* for us just now, *held* by all, seconds until one is free."""

    got: int
    held: int
    reset_in: float


class Opened(NamedTuple):
    """A storage that is ready to be asked, and how to let it go."""

    storage: MovingWindowSupport
    close: Callable[[], None]


class SharedCounter:
    """Asks a storage of `limits` on threads of its own, so that nobody waits for it longer than they are willing to.

    One answer that fails or comes late, and it is *away*: nobody asks or waits any more, and every few seconds one
    thread in the background looks whether it is back. Socket time-outs alone would not do: they add up over the
    steps of a connection, and the look-up of a name has none.
    """

    def __init__(self, name: str, opening: Callable[[], Opened], *, patience: float = PATIENCE) -> None:
        """*name* is what the log calls it, without credentials; *opening* may take its time and may fail."""
        self.patience = patience
        self._name = name
        self._error: str | None = None
        self._latency: float | None = None
        self._opening = opening
        self._opened: Opened | None = None
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="hosanna-throttles")
        self._lock = threading.Lock()
        self._away = True
        self._said_away = False
        self._probing = False
        self._next_probe = 0.0
        first = self._probe()
        if first is not None:
            wait([first], _AT_THE_START)
        if self._away:
            self._say_away("it could not be reached")

    @property
    def away(self) -> bool:
        """Whether it would not be asked now; noticing that is also what has it looked for."""
        if self._away and time.monotonic() >= self._next_probe:
            self._probe()
        return self._away

    def take(self, terms: Terms, key: str, units: int, deadline: float) -> Holding | None:
        """Lease up to *units*; None if it is away."""
        return self._ask(lambda storage: _take(storage, terms, key, units), deadline)

    def take_one_of_each(self, keys: Sequence[tuple[Terms, str]], deadline: float) -> None:
        """Count one of each, as far as the limits go."""
        self._ask(lambda storage: [_take(storage, terms, key, 1) for terms, key in keys], deadline)

    def read(self, keys: Sequence[tuple[Terms, str]], deadline: float) -> list[Holding] | None:
        """What is held of each; None if it is away."""
        return self._ask(lambda storage: [_read(storage, terms, key) for terms, key in keys], deadline)

    def condition(self) -> Condition:
        """How it is, without asking it; while it is away everything goes on, counted by each process alone."""
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

    def _ask(self, question: Callable[[MovingWindowSupport], T], deadline: float) -> T | None:
        opened = self._opened
        if self.away or opened is None or time.monotonic() >= deadline:
            return None

        def on_its_thread() -> T | None:
            # What waited in line for too long is of no use to anybody.
            return question(opened.storage) if time.monotonic() < deadline else None

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
        _log.warning(
            "The shared counter at %s does not answer (%s): each process counts for itself until it is back.",
            self._name,
            why,
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
            self._opened.storage.get_moving_window("is it there?", 1, 1)
            there = True
        except Exception as error:  # whatever it is, it is not back
            there = False
            self._error = type(error).__name__
        with self._lock:
            self._probing = False
            if self._next_probe == float("inf"):
                return
            self._away, self._next_probe = not there, time.monotonic() + _PAUSE
            news = there and self._said_away
            self._said_away = self._said_away and not there
        if news:
            _log.info("The shared counter at %s is back.", self._name)


def _take(storage: MovingWindowSupport, terms: Terms, key: str, units: int) -> Holding:
    name = terms.name + key
    if storage.acquire_entry(name, terms.units_most, terms.expiry, units):
        return _read(storage, terms, key)._replace(got=units)
    found = _read(storage, terms, key)
    # MongoDB refuses, too, when two make the document of a new key at once; and the end of a limit is small.
    rest = min(units, terms.units_most - found.held)
    if rest > 0 and storage.acquire_entry(name, terms.units_most, terms.expiry, rest):
        return _read(storage, terms, key)._replace(got=rest)
    return found


def _read(storage: MovingWindowSupport, terms: Terms, key: str) -> Holding:
    # Asked of the storage, not of the strategy: where all entries are too old MongoDB has no beginning of the
    # window to tell, and the strategy adds to it.
    start, held = storage.get_moving_window(terms.name + key, terms.units_most, terms.expiry)
    reset_in = start + terms.expiry - time.time() if held else 0.0
    return Holding(0, held, min(max(reset_in, 0.0), float(terms.expiry)))
