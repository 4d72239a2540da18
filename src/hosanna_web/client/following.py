"""Following the feed for as long as one wants, through lost networks, restarts and tokens that end."""

from __future__ import annotations

import logging
import threading
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Literal

from hosanna_web.client.backing_off import LONGEST, SHORTEST, BackOff
from hosanna_web.client.connections import SILENCE, Ended, events_of, socket_to
from hosanna_web.client.refusals import Offline, Refused
from hosanna_web.client.session import EARLY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from hosanna_web.client.connections import Connection
    from hosanna_web.client.copying import LocalCopy
    from hosanna_web.client.outbox import Outbox
    from hosanna_web.client.session import Session

    Opening = Callable[[Session, str, str | None], AbstractContextManager[Connection]]

Message = dict[str, Any]
LIVELY: Final = 5.0
"""Seconds after which a connection was a good one."""
_BETWEEN_US: Final = frozenset({"hello", "heartbeat", "token.expiring", "authenticated", "pong", "error"})
"""Messages that are about the connection: nobody else needs to hear of them."""
_LOG_IN: Final = 4401
_FORBIDDEN: Final = 4403
_TOO_MANY: Final = 4429
_RESUME: Final = 4409
_AT_ONCE: Final = frozenset({4408, _RESUME, _LOG_IN})
"""Too slow, the server lost its place, or only the token's end: connect again at once.

Not so after 1001 and 1012: a server that stops sends everybody away in the same moment."""
_PATIENCE: Final = 5.0
"""Seconds in which queued commands are tried again while messages wait."""
_SECOND: Final = 1.0
_SEVERAL: Final = 2
_A_LITTLE: Final = 10.0
"""Seconds to wait after too many messages."""
_OPENINGS: Final[dict[str, Opening]] = {"websocket": socket_to, "sse": events_of}
_log = logging.getLogger("hosanna.client")


class Follower:
    """Keeps a copy up to date, and tells what happens.

    Iterating yields messages: those of the feed that are news, `{"type": "sync", ...}` with each page by which the copy
    was brought up to date, and, where there is an *outbox*, `{"type": "verdict", "verdict": Verdict}` for each command
    that was decided. A message is in the copy when it is yielded, and its cursor is stored when the next one is asked
    for: whoever breaks off in between is told it again.

    It ends when it is told to `stop`, and by LoggedOut or Refused where only a person can help.
    """

    def __init__(
        self,
        session: Session,
        copy: LocalCopy,
        *,
        outbox: Outbox | None = None,
        transport: Literal["websocket", "sse"] = "websocket",
        silence: float = SILENCE,
        shortest: float = SHORTEST,
        longest: float = LONGEST,
    ) -> None:
        self.connected = threading.Event()
        """Set while what happens is told as it happens."""
        self._session = session
        self._copy = copy
        self._outbox = outbox
        self._open = _OPENINGS[transport]
        self._silence = silence
        self._waits = BackOff(shortest, longest)
        self._stopping = threading.Event()
        self._connection: Connection | None = None
        self._stale: str | None = None
        """A token that is not good any more."""
        self._anew = copy.cursor is None
        """Whether the copy is to be fetched before anything is followed."""

    def run(self, callback: Callable[[Message], object]) -> None:
        """Hand every message to *callback*, until it is stopped."""
        for message in self:
            callback(message)

    def catch_up(self) -> list[Message]:
        """Bring queue and copy up to date without staying connected; what there was to tell. Raises what asking does.

        For a program that looks in now and then. Not while the same follower is iterated.
        """
        told = [*self._sent(patience=_PATIENCE)]
        while not self._stopping.is_set():
            pages = [*self._fetched()]
            told += pages
            # Several lead to where the first one began: what has come since is told by the next.
            if len(pages) < _SEVERAL:
                break
        return told

    def stop(self) -> None:
        """End it, from any thread; for good."""
        self._stopping.set()
        if self._connection is not None:
            self._connection.close()

    def __iter__(self) -> Iterator[Message]:
        while not self._stopping.is_set():
            try:
                yield from self._followed()
                wait = 0.0
            except Ended as ended:
                wait = self._after(ended)
            except Offline as offline:
                wait = self._waits.next()
                _log.info("The server is not reached, and tried again in %.1f s: %s", wait, offline)
            except Refused as refused:
                if not refused.passes and refused.status != HTTPStatus.UNAUTHORIZED:
                    raise
                wait = max(refused.retry_after or 0.0, self._waits.next())
            finally:
                self.connected.clear()
            self._stopping.wait(wait)

    def _followed(self) -> Iterator[Message]:
        """One connection, from its beginning to its end."""
        self._session.demand(self._copy.user_id)
        yield from self._sent(patience=0.0)
        if self._anew:
            yield from self._fetched()
        token = self._session.fresh(self._stale)
        try:
            with self._open(self._session, token, self._copy.cursor) as connection:
                self._connection = connection
                if not self._stopping.is_set():
                    yield from self._told(connection, _Watch(token, self._silence))
        except Refused as refused:
            if refused.status == HTTPStatus.UNAUTHORIZED:
                self._stale = token
            raise

    def _told(self, connection: Connection, watch: _Watch) -> Iterator[Message]:
        """What is said over one connection."""
        try:
            while True:
                message = self._heard(connection, watch)
                if message["type"] == "hello":
                    self._greet(message)
                self._copy.apply(message)
                if message["type"] not in _BETWEEN_US:
                    yield message
                self._copy.advance(message["cursor"])
                yield from self._sent(patience=_PATIENCE)
        except Ended as ended:
            self._stale = watch.token if ended.code == _LOG_IN else None
            raise
        finally:
            if watch.lived >= LIVELY:
                self._waits.reset()

    def _greet(self, hello: Message) -> None:
        if not hello["recovered"]:
            self._anew = True
            raise Ended(_RESUME)
        self.connected.set()

    def _heard(self, connection: Connection, watch: _Watch) -> Message:
        """The next message; the token is renewed meanwhile."""
        while True:
            if watch.due:
                self._renew(connection, watch)
            try:
                message = connection.receive(watch.timeout)
            except TimeoutError:
                if watch.silent:
                    raise Ended(None) from None
            else:
                watch.hear(message)
                return message

    def _renew(self, connection: Connection, watch: _Watch) -> None:
        """Go on under a new token, or on a new connection where this one cannot be told."""
        try:
            token = self._session.fresh(watch.token)
        except (Offline, Refused) as error:
            if isinstance(error, Refused) and not error.passes:
                raise
            watch.put_off()
        else:
            if not connection.renew(token):
                raise Ended(_RESUME)
            watch.go_on(token)

    def _fetched(self) -> Iterator[Message]:
        """The copy, brought up to date page by page."""
        more = True
        while more and not self._stopping.is_set():
            params = {} if self._copy.cursor is None else {"cursor": self._copy.cursor}
            page = self._session.request("GET", "/sync", params=params, patience=0)
            self._copy.apply_page(page)
            yield {"type": "sync", **page}
            self._copy.advance(page["cursor"])
            more = page["more"]
        self._anew = False

    def _sent(self, *, patience: float) -> Iterator[Message]:
        """What waited to be sent."""
        if self._outbox is not None and self._outbox.due:
            for verdict in self._outbox.sending(patience=patience):
                yield {"type": "verdict", "verdict": verdict}

    def _after(self, ended: Ended) -> float:
        """How long to wait once a connection has ended; raises where there is no use in waiting."""
        _log.info("The connection ended: %s", ended.code)
        if ended.code == _FORBIDDEN:
            raise Refused(403, {"code": "forbidden", "detail": "This account may not follow any more."})
        if ended.code == _TOO_MANY:
            return max(_A_LITTLE, self._waits.next())
        # Once: who is sent away again and again waits longer each time, like everybody else.
        rested, wait = self._waits.rested, self._waits.next()
        return 0.0 if ended.code in _AT_ONCE and rested else wait


class _Watch:
    """The clock of one connection: when it was too silent, and when its token is to be renewed."""

    def __init__(self, token: str, silence: float) -> None:
        self.token = token
        self._silence = silence
        self._opened = self._heard = time.monotonic()
        self._renew_at: float | None = None

    @property
    def lived(self) -> float:
        """Seconds since it was opened."""
        return time.monotonic() - self._opened

    @property
    def silent(self) -> bool:
        """Whether nothing came for too long."""
        return time.monotonic() - self._heard >= self._silence

    @property
    def due(self) -> bool:
        """Whether its token is to be renewed now."""
        return self._renew_at is not None and time.monotonic() >= self._renew_at

    @property
    def timeout(self) -> float:
        """Seconds until either may be so."""
        until = self._heard + self._silence
        if self._renew_at is not None:
            until = min(until, self._renew_at)
        return max(until - time.monotonic(), 0.0)

    def hear(self, message: Message) -> None:
        """A message came."""
        self._heard = time.monotonic()
        if message["type"] == "token.expiring" and self._renew_at is None:
            left = float(message["expires_in"])
            # Not at once: of a token that lives for a minute this is said as soon as it is there.
            self._renew_at = self._heard + max(left - EARLY, left / 2)
        if message["type"] == "error":
            _log.warning("The server did not take what was said: %s", message.get("detail"))

    def put_off(self) -> None:
        """It could not be renewed yet."""
        self._renew_at = time.monotonic() + _SECOND

    def go_on(self, token: str) -> None:
        """It was renewed."""
        self.token = token
        self._renew_at = None
