"""Whoever listens: who they are, how far they have come, and their way out."""

from __future__ import annotations

import asyncio
from math import inf
from typing import TYPE_CHECKING, Any, Final

from hosanna_core.model.messages import Heartbeat, Hello, TokenExpiring
from hosanna_core.rules.sealing import InFeed
from hosanna_core.usecases.telling import begun
from hosanna_web.realtime.closing import Close
from hosanna_web.realtime.outlets import MOST_UNTAKEN
from hosanna_web.realtime.wording import Wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.model.feed import Cursor
    from hosanna_core.model.ids import Millis
    from hosanna_core.rules.sealing import Sealer
    from hosanna_core.usecases.access import Identity
    from hosanna_core.usecases.telling import Line, Telling
    from hosanna_web.realtime.outlets import Outlet

HEARTBEAT: Final = 25.0
"""Seconds between two heartbeats."""
WARNING: Final[Millis] = 60_000
"""So long before a token's time is over its holder is told."""
STUCK: Final = 20.0
"""Seconds in which a client that has something to take must have taken some of it."""


class Client:
    """One open connection."""

    __slots__ = (
        "_beat_due", "_moved_at", "_untaken", "_warned", "born", "closed", "greeted", "identity", "joined_at", "line",
        "outlet", "place", "ready",
    )  # fmt: skip

    def __init__(
        self, identity: Identity, line: Line, outlet: Outlet, place: Cursor | None, *, born: int, now: float
    ) -> None:
        self.identity = identity
        self.line = line
        self.outlet = outlet
        self.place = place
        """Up to where they were told everything; None until that is known."""
        self.born = born
        """The follower's turn in which they came: from the next one on it knows of them."""
        self.joined_at = now
        self.greeted = False
        self.closed = False
        self.ready = asyncio.Event()
        """Set once they were greeted, or sent away."""
        self._beat_due = now + HEARTBEAT
        self._moved_at = now
        self._untaken = 0
        self._warned = False

    def say(self, message: Any, sealer: Sealer, now: Millis) -> None:
        """Send them a message that is for nobody else, with the cursor of where they are."""
        sealed = sealer.seal(InFeed(self.place or b"", now))
        self.send(Wording([begun(message, sealed)]))

    def greet(self, sealer: Sealer, now: Millis, *, recovered: bool) -> None:
        """The first message."""
        self.greeted = True
        self.line.sure = recovered
        self.ready.set()
        self.say(Hello(recovered), sealer, now)

    def tell(self, tellings: Sequence[Telling], most: float = inf) -> int:
        """Send what of some events is for them, no more of it once that is *most* bytes; how many events that were.

        Where one of those cannot be put into words, nothing is sent.
        """
        lacking = self.line.lacking.copy()
        said: list[bytes] = []
        count = size = 0
        try:
            for telling in tellings:
                count += 1
                if (each := self.line.hear(telling)) is not None:
                    said.append(each)
                    size += len(each)
                if size >= most:
                    break
        except Exception:
            self.line.lacking = lacking
            raise
        if said:
            self.send(Wording(said))
        return count

    def send(self, wording: Wording) -> None:
        """Send messages, or end the connection of a client who leaves too much untaken."""
        if self.outlet.untaken > MOST_UNTAKEN:
            self.close(Close.TOO_SLOW)
        elif not self.closed:
            self.outlet.send(wording, self.line.mark)

    def close(self, why: Close) -> None:
        """End the connection. Again changes nothing."""
        if not self.closed:
            self.closed = True
            self.ready.set()
            self.outlet.close(why)

    def renew(self, identity: Identity) -> None:
        """Go on under a new token."""
        self.identity = identity
        self._warned = False

    def look(self, sealer: Sealer, at: Millis, now: float) -> None:
        """What is due by the clock: to be called about once a second."""
        left = self.identity.expires_at - at
        if left <= 0:
            self.close(Close.LOG_IN)
        elif left <= WARNING and not self._warned:
            self._warned = True
            self.say(TokenExpiring(left // 1000), sealer, at)
        if now >= self._beat_due and self.greeted:
            self._beat_due = now + HEARTBEAT
            self.say(Heartbeat(), sealer, at)
        self._look_whether_it_takes(now)

    def _look_whether_it_takes(self, now: float) -> None:
        untaken = self.outlet.untaken
        if not untaken or untaken < self._untaken:
            self._moved_at = now
        elif now - self._moved_at > STUCK:
            self.close(Close.TOO_SLOW)
        self._untaken = untaken
