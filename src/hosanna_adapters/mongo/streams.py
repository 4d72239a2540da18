"""A change stream over everything that carries events.

It matches only documents that carry a `change`, as they are inserted or as one is set: what else is written beside
them is not told of. Neither the stored documents nor what they were before are ever looked up.
"""

from __future__ import annotations

import time
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from pymongo.errors import OperationFailure

from hosanna_adapters.mongo.documents import told_by
from hosanna_adapters.mongo.patience import farewell
from hosanna_adapters.mongo.places import Now, Place, cursor_at, reached, time_of, timestamp_at
from hosanna_adapters.mongo.schema import TELLING
from hosanna_core.errors import CursorLost
from hosanna_core.model.feed import Followed, Stretch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo.database import Database

    from hosanna_adapters.mongo.schema import Document
    from hosanna_core.model.feed import Cursor

_INSERTED: Final = "fullDocument.change"
_UPDATED: Final = "updateDescription.updatedFields.change"
TOLD: Final[Document] = {
    "$match": {
        "ns.coll": {"$in": list(TELLING)},
        "operationType": {"$in": ["insert", "update"]},
        "$or": [{_INSERTED: {"$exists": True}}, {_UPDATED: {"$exists": True}}],
    }
}
"""The commits that tell something."""
_WHAT: Final[Document] = {"$project": {"clusterTime": 1, _INSERTED: 1, _UPDATED: 1}}
_GLANCE: Final = 0.005
"""Seconds that the server waits before it says that there is nothing more."""
_STANDS_STILL: Final = 0.02
_LOOKS_ON: Final = 1.0
"""Seconds after which a server that is not MongoDB itself is believed that there is nothing more: where it stands
still, and where it goes on to pass over what tells nothing."""
_DECIDED_IN: Final = 1.0
"""Seconds within which such a server has decided all that was under way when it named an end."""
_OVER: Final = frozenset({136, 280, 286})
"""The server's codes for what its log of operations does not have any more."""


@contextmanager
def lost() -> Iterator[None]:
    """Turn what the server says of a time that its log of operations does not have any more into CursorLost."""
    try:
        yield
    except OperationFailure as error:
        if error.code in _OVER:
            raise CursorLost from error
        raise


class EventStream:
    """The events behind a place, as they come. One thread at a time may read it; whatever it raises, it is over.

    The driver takes a stream up again by itself where its connection broke or its primary changed.
    """

    def __init__(self, database: Database[Document], start: Place) -> None:
        self._start = start
        self._come = Place(start.time)
        self._waiting: deque[Followed] = deque()
        self._ends: deque[tuple[float, int]] = deque()
        self._silent_since = time.monotonic()
        with lost():
            self._stream = database.watch(
                [TOLD, _WHAT],
                start_at_operation_time=timestamp_at(start.time),
                max_await_time_ms=int(_GLANCE * 1000),
            )

    def read(self, now: Now, limit: int | None = None) -> Stretch:
        """The next events, at most *limit*: fewer only if none is left of what was acknowledged before *now*.

        Raises CursorLost.
        """
        told: list[Followed] = []
        self._silent_since = time.monotonic()
        with lost():
            while limit is None or len(told) < limit:
                if self._waiting:
                    told.append(self._waiting.popleft())
                elif self._come >= now.end or not self._fetch(now):
                    break
        return Stretch(tuple(told), told[-1].cursor if self._waiting else self._here())

    def close(self) -> None:
        """Let the server forget it, if it can be told."""
        with farewell():
            self._stream.close()

    def _fetch(self, now: Now) -> bool:
        """Take what comes next; False where there is nothing more, as far as can be told by now."""
        before = self._stream.resume_token
        document = self._stream.try_next()
        if document is not None:
            self._take(document)
            self._silent_since = time.monotonic()
            return True
        if not self._stream.alive:
            raise CursorLost  # the database is gone
        token, waited = self._stream.resume_token, time.monotonic() - self._silent_since
        come = reached(token).time
        return self._goes_on(now, come, waited) if come else self._may_go_on(now, token != before, waited)

    def _goes_on(self, now: Now, come: int, waited: float) -> bool:
        """MongoDB looks through all that there is before it says that there is no more, and tells how far it came.

        After the primary changed, the one that is read may be behind the one that named the end for a moment.
        """
        there = come >= now.latest
        if now.decided and not there and waited < _STANDS_STILL:
            return True
        self._go_on_to(max(come, now.end.time) if now.decided and there else come)
        return False

    def _may_go_on(self, now: Now, moved: bool, waited: float) -> bool:
        """Another server does not tell how far it came.

        It may have passed over a part only, or hold something back until what began before is decided.
        """
        if waited < (_LOOKS_ON if moved else _STANDS_STILL):
            return True
        if now.decided:
            self._ends.append((self._silent_since + _DECIDED_IN, now.end.time))
        while self._ends and self._ends[0][0] < time.monotonic():
            self._go_on_to(self._ends.popleft()[1])
        return False

    def _take(self, document: Document) -> None:
        """Keep the events of a commit, but for those that lie before the start."""
        # Times do not run backwards in a stream of MongoDB; where another server lets them, its order counts.
        at = max(time_of(document["clusterTime"]), self._come.time)
        self._go_on_to(at)
        fields = document.get("fullDocument") or document["updateDescription"]["updatedFields"]
        for event in told_by(fields["change"]):
            self._come = Place(at, self._come.count + 1)
            if self._come > self._start:
                self._waiting.append(Followed(cursor_at(self._come), event))

    def _go_on_to(self, at: int) -> None:
        """Raises CursorLost if events of the time of the start were given once, and are not there any more."""
        if at > self._come.time:
            if self._come < self._start:
                raise CursorLost
            self._come = Place(at)

    def _here(self) -> Cursor:
        """Behind all that was read, or as far as the server itself has come since, if it says so."""
        self._go_on_to(reached(self._stream.resume_token).time)
        return cursor_at(max(self._come, self._start))
