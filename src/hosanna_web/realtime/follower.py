"""The one follower of the feed in this process: a thread that reads, looks, and hands over what it found."""

from __future__ import annotations

import asyncio
import logging
import time
from threading import Event, Thread
from typing import TYPE_CHECKING, Final, NamedTuple

from hosanna_core.errors import Busy, CursorLost
from hosanna_core.usecases.telling import Looked, look
from hosanna_web.realtime.suspicion import Suspicion

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping
    from typing import Any

    from hosanna_core.model.feed import Cursor, Stretch
    from hosanna_core.model.ids import UserId
    from hosanna_core.model.people import Role
    from hosanna_core.ports import Ports
    from hosanna_core.rules.sealing import Sealer

TURN: Final = 0.5
"""Seconds that it waits for an event before it looks whether it should stop."""
_SHORTEST_REST: Final = 0.1
_LONGEST_REST: Final = 2.0
_log = logging.getLogger("hosanna.web")


class Batch(NamedTuple):
    """What came in one turn of the follower."""

    turn: int
    stretch: Stretch
    looked: Looked


class Follower:
    """Follows the feed from a place on until it is stopped.

    Of each batch it awaits that *deliver*, on the event loop, is done: so nobody is handed more than they can send.
    Where the store does not answer it tries again; where it has lost its place *lost* is called, and it goes on from
    the end of the feed. Behind an event that cannot be looked at, however often it is tried, it goes on without it:
    *passed* is called with the place from which on everything can be told again.
    """

    def __init__(
        self,
        ports: Ports,
        sealer: Sealer,
        *,
        present: Mapping[UserId, Role],
        deliver: Callable[[Batch], Coroutine[Any, Any, None]],
        lost: Callable[[Cursor], Coroutine[Any, Any, None]],
        passed: Callable[[Cursor], Coroutine[Any, Any, None]],
    ) -> None:
        self._ports = ports
        self._sealer = sealer
        self._present = present
        self._deliver = deliver
        self._lost = lost
        self._passed = passed
        self._suspicion = Suspicion()
        self._stopping = Event()
        self._thread: Thread | None = None
        self.turn = 0
        """How many times it has asked who is present."""
        self._told_at = time.monotonic()

    @property
    def lag(self) -> float:
        """Seconds since everything was told that had happened by then; up to `TURN` where all is well."""
        return time.monotonic() - self._told_at

    def start(self, place: Cursor, loop: asyncio.AbstractEventLoop) -> None:
        """Begin behind *place*."""
        self._thread = Thread(target=self._run, args=(place, loop), name="following", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it; blocks for a moment."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self, place: Cursor, loop: asyncio.AbstractEventLoop) -> None:
        rest = _SHORTEST_REST
        while not self._stopping.is_set() and not loop.is_closed():
            try:
                place = self._turn(place, loop)
                rest = _SHORTEST_REST
            except (
                Exception
            ) as error:  # whatever it is, it may pass: nothing is lost as long as the place is kept
                # That a place is lost the next turn finds, and says.
                if not isinstance(error, Busy | CursorLost):
                    _log.exception("The feed could not be followed; it is tried again.")
                self._stopping.wait(rest)
                rest = min(2 * rest, _LONGEST_REST)

    def _turn(self, place: Cursor, loop: asyncio.AbstractEventLoop) -> Cursor:
        self.turn += 1
        began = time.monotonic()
        # Whoever comes after this is told of these events from memory, by themselves.
        present = dict(self._present)
        stretch = self._read(place)
        if stretch is None:
            head = self._ports.store.feed.head()
            self._hand_over(self._lost(head), loop)
            self._suspicion.passed()
            return head
        looked = self._looked(stretch, present)
        if looked is None:
            self._hand_over(self._passed(stretch.cursor), loop)
        elif stretch.cursor != place:
            self._hand_over(self._deliver(Batch(self.turn, stretch, looked)), loop)
        self._suspicion.passed()
        if not stretch.told:
            # Nothing was left to tell when this turn began.
            self._told_at = began
            self._ports.store.feed.wait(stretch.cursor, TURN)
        return stretch.cursor

    def _read(self, place: Cursor) -> Stretch | None:
        """What comes behind a place; None where that is gone, or cannot be read however often it is tried."""
        try:
            return self._ports.store.feed.after(place, self._suspicion.limit(place))
        except CursorLost:
            _log.warning("The feed was followed too slowly, or was replaced: clients fetch anew.")
        except Busy:
            raise
        except Exception:
            if not self._suspicion.failed():
                raise
            _log.exception(
                "What comes next in the feed cannot be read: it is passed over, and clients come back."
            )
        return None

    def _looked(self, stretch: Stretch, present: Mapping[UserId, Role]) -> Looked | None:
        """What came, looked at; None where it is one event that cannot be, however often it is tried."""
        if not (stretch.told and present):
            return Looked((), {})
        try:
            return look(self._ports, self._sealer, stretch.told, present)
        except Busy:
            raise
        except Exception:
            if not self._suspicion.failed(stretch.told):
                raise
            key = stretch.told[0].event.key
            _log.exception(
                "The event %s cannot be looked at: it is passed over, and clients fetch anew.", key
            )
        return None

    def _hand_over(self, work: Coroutine[Any, Any, None], loop: asyncio.AbstractEventLoop) -> None:
        done = asyncio.run_coroutine_threadsafe(work, loop)
        while not self._stopping.is_set():
            try:
                done.result(TURN)
            except TimeoutError:
                continue
            return
        done.cancel()
