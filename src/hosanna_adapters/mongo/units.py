"""Several writes that happen whole or not at all: a transaction, or on mongomock one lock and an undo."""

from __future__ import annotations

import random
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol

import pymongo
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.write_concern import WriteConcern

from hosanna_adapters.mongo.patience import (
    COMMIT,
    SETTLE,
    UNKNOWN,
    farewell,
    too_slow,
    transient,
    unanswered,
)
from hosanna_adapters.mongo.schema import META
from hosanna_core.errors import NOBODY_KNOWS, Busy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pymongo.client_session import ClientSession
    from pymongo.database import Database

    from hosanna_adapters.mongo.schema import Document

DURABLE: Final = WriteConcern(w="majority", j=True)
_SNAPSHOT: Final = ReadConcern("snapshot")
_LONGEST_PAUSE: Final = 0.05
_LEAST: Final = 0.001
"""Seconds for what is begun when the time is just over: none at all would be for ever."""


class Unit(Protocol):
    """One run of writes. Each is told of before it is done, and done with the session."""

    session: ClientSession | None
    """What the writes belong to; None where there is only one, and on mongomock, which knows no sessions."""

    def touch(self, collection: str, document_id: str) -> None:
        """The document is about to be written."""

    def touch_all(self, collection: str, query: Document) -> None:
        """Whatever fulfils *query* is about to be written."""


class Disturbed(Exception):
    """Another writer moved what these writes stand on: begin them again."""


class Units(Protocol):
    """A way of writing several documents as one."""

    def run(self, writes: Callable[[Unit], None]) -> None:
        """Call *writes* until it went through undisturbed; whatever it raises leaves nothing behind."""

    def single(self, write: Callable[[Unit], None]) -> None:
        """Call *write*, which is one write of one document and no more."""


class _Alone:
    session: ClientSession | None = None

    def touch(self, collection: str, document_id: str) -> None:
        """One atomic write needs nobody to remember it."""

    def touch_all(self, collection: str, query: Document) -> None:
        """Nor do several."""


ALONE: Final[Unit] = _Alone()
"""For a single write, which a real server does whole by itself."""


class _Transaction:
    def __init__(self, session: ClientSession) -> None:
        self.session: ClientSession | None = session
        self.touched: tuple[str, Document] = (META, {})

    def touch(self, collection: str, document_id: str) -> None:
        """The server remembers what there was; we, where."""
        self.touched = (collection, {"_id": document_id})

    def touch_all(self, collection: str, query: Document) -> None:
        """And of these, too."""
        self.touched = (collection, query)


class Transactions:
    """Transactions of a replica set or a sharded cluster, tried for `COMMIT` seconds at most.

    A write conflict begins the same writes again: each carries the version that it was decided on, so that what
    changed meanwhile is refused, never overwritten. What is given up because its answer did not come is overtaken:
    once that is answered it is either done or never will be.
    """

    def __init__(self, database: Database[Document]) -> None:
        self._database = database

    def run(self, writes: Callable[[Unit], None]) -> None:
        end = time.monotonic() + COMMIT
        pause = 0.001
        while True:
            try:
                self._once(writes, end)
                return
            except Disturbed:
                if time.monotonic() + pause > end:
                    raise Busy from None
            except PyMongoError as error:
                if not transient(error) or time.monotonic() + pause > end:
                    raise
            time.sleep(random.uniform(0, pause))  # noqa: S311  # spreads rivals, keeps no secret
            pause = min(2 * pause, _LONGEST_PAUSE)

    def single(self, write: Callable[[Unit], None]) -> None:
        with self._session() as session:
            unit = _Transaction(session)
            try:
                write(unit)
            except PyMongoError as error:
                if unanswered(error):
                    self._overtake(session, unit.touched)
                raise

    def _session(self) -> ClientSession:
        return self._database.client.start_session(causal_consistency=False)

    def _once(self, writes: Callable[[Unit], None], end: float) -> None:
        with self._session() as session:
            unit = _Transaction(session)
            try:
                with pymongo.timeout(max(end - time.monotonic(), _LEAST)):
                    _begin(session)
                    writes(unit)
                    _commit(session, end)
            except BaseException as error:
                if not session.in_transaction and isinstance(error, PyMongoError) and unanswered(error):
                    self._overtake(session, unit.touched)
                _end(session)
                raise

    def _overtake(self, session: ClientSession, touched: tuple[str, Document]) -> None:
        """Go on in the session: what is still on its way in it, MongoDB refuses from then on (`TransactionTooOld`).

        It reads what was written last: of a cluster, the shard that has that must hear of it. Without one of its
        shards no transaction is committed. The driver asks nothing again within a transaction: what only was in the
        way is asked again here. Raises Busy where nobody answers this, either.
        """
        collection, query = touched
        end = time.monotonic() + SETTLE
        while True:
            try:
                with pymongo.timeout(max(end - time.monotonic(), _LEAST)):
                    _begin(session)
                    self._database[collection].find_one(query, {"_id": 1}, session=session)
                return
            except PyMongoError as error:
                if not transient(error) or time.monotonic() + _LONGEST_PAUSE > end:
                    raise Busy(NOBODY_KNOWS) from error
            finally:
                _end(session)
            time.sleep(_LONGEST_PAUSE)


def _begin(session: ClientSession) -> None:
    session.start_transaction(_SNAPSHOT, DURABLE, ReadPreference.PRIMARY)


def _end(session: ClientSession) -> None:
    """End a transaction that is open: its time may be over, and the server would keep for a minute what it holds.

    By itself the driver does so when the session ends, and waits for the answer as long as for any other.
    """
    if session.in_transaction:
        with farewell():
            session.abort_transaction()


def _commit(session: ClientSession, end: float) -> None:
    while True:
        try:
            session.commit_transaction()
            return
        except PyMongoError as error:
            # Asking again is harmless: a transaction that is committed stays so.
            if not error.has_error_label(UNKNOWN) or too_slow(error) or time.monotonic() > end:
                raise
        time.sleep(_LEAST)


class _Undo:
    session: ClientSession | None = None

    def __init__(self, database: Database[Document]) -> None:
        self._database = database
        self._before: list[tuple[str, str, Document | None]] = []

    def touch(self, collection: str, document_id: str) -> None:
        """Keep what is there."""
        before = self._database[collection].find_one({"_id": document_id})
        self._before.append((collection, document_id, before))

    def touch_all(self, collection: str, query: Document) -> None:
        """Keep all that there is."""
        for before in self._database[collection].find(query):
            self._before.append((collection, before["_id"], before))

    def restore(self) -> None:
        """Put everything back, the last first."""
        for collection, document_id, before in reversed(self._before):
            if before is None:
                self._database[collection].delete_one({"_id": document_id})
            else:
                self._database[collection].replace_one({"_id": document_id}, before, upsert=True)


class OneLock:
    """For mongomock: one writer at a time, and what it did is undone where it is refused half-way.

    Readers may see a half, and a process that dies leaves one: the ability `transactions` is absent.
    """

    _lock = threading.Lock()
    """One for all stores of the process: mongomock loses updates under threads."""

    def __init__(self, database: Database[Document]) -> None:
        self._database = database

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep writers away."""
        with self._lock:
            yield

    def single(self, write: Callable[[Unit], None]) -> None:
        self.run(write)

    def run(self, writes: Callable[[Unit], None]) -> None:
        with self._lock:
            while True:
                undo = _Undo(self._database)
                try:
                    writes(undo)
                    return
                except Disturbed:
                    undo.restore()  # another store of this process came first: only once, for the lock is held
                except BaseException:
                    undo.restore()
                    raise
