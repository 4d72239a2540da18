"""The feed: the change stream is the queue, and what the server's log of operations keeps is what can be followed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from hosanna_adapters.mongo.bell import Bell
from hosanna_adapters.mongo.patience import farewell, in_time
from hosanna_adapters.mongo.places import Now, place_at, time_of
from hosanna_adapters.mongo.schema import META
from hosanna_adapters.mongo.streams import EventStream
from hosanna_adapters.mongo.tail import Tail
from hosanna_core.errors import CursorLost, HosannaError

if TYPE_CHECKING:
    from bson import Timestamp
    from pymongo.database import Database

    from hosanna_adapters.mongo.places import Place
    from hosanna_adapters.mongo.schema import Document
    from hosanna_core.model.feed import Cursor, Stretch


_EPOCH_HOLDS: Final = 1.0
"""Seconds after which it is read again: another process may have restored the store."""


class NoChangeStreams(HosannaError):
    """Only a server has change streams: on mongomock nobody can follow what happens."""

    code = "no_change_streams"

    def __init__(self) -> None:
        super().__init__("mongomock has no change streams: nothing can be followed here.")


class MongoFeed:
    """The feed of a `MongoStore`."""

    def __init__(self, database: Database[Document]) -> None:
        self._database = database
        self._epoch = Epoch(database)
        self._tail = Tail(self._now, self._follow)
        self._bell = Bell(database)

    @property
    def epoch(self) -> bytes:
        return self._epoch.value()

    def begin_anew(self) -> None:
        """The store was restored by this process."""
        self._epoch = Epoch(self._database)

    @in_time()
    def head(self) -> Cursor:
        return self._tail.end()

    @in_time()
    def after(self, cursor: Cursor, limit: int) -> Stretch:
        place = place_at(cursor)
        found = self._tail.after(cursor, limit)
        if found is None:
            return self._read_apart(place, limit)
        if not found.told and self._tail.is_behind(cursor):
            self._refuse_the_future(place)
        return found

    @in_time()
    def wait(self, cursor: Cursor, timeout: float) -> bool:
        place, end = place_at(cursor), time.monotonic() + timeout
        while True:
            rung = self._bell.rung()
            if self.after(cursor, 1).told:
                return True
            heard = self._bell.heard(rung, place.time, end - time.monotonic())
            if heard is None:
                return False
            if heard > place.time:
                return True

    def close(self) -> None:
        """Close the streams; whoever waits is not woken. Where the server is away it will forget them by itself."""
        with farewell():
            self._hello()
            self._bell.close()
            self._tail.close()

    def _follow(self, start: Place) -> EventStream:
        return EventStream(self._database, start)

    def _read_apart(self, place: Place, limit: int) -> Stretch:
        """From a place that is older than what is remembered."""
        stream = self._follow(place)
        try:
            return stream.read(self._now(), limit)
        finally:
            stream.close()

    def _now(self) -> Now:
        """Behind what a majority has: of the commits that are still under way none can turn up before that.

        A sharded cluster has no such time for all shards: there it is the latest that is known, and any of its routers
        may answer.
        """
        hello = self._hello()
        if "lastWrite" not in hello:
            return Now(time_of(_latest(hello)), decided=False)
        last = hello["lastWrite"]["majorityOpTime"]["ts"]
        return Now(time_of(last), server=hello.get("topologyVersion", {}).get("processId"))

    def _refuse_the_future(self, place: Place) -> None:
        """Raises CursorLost for what lies beyond all that any server has ever heard of; others may be ahead of us."""
        if place.time > time_of(_latest(self._hello())) + 1:
            raise CursorLost

    def _hello(self) -> Document:
        hello: Document = self._database.client.admin.command("hello")
        return hello


class UnfollowedFeed:
    """In the place of the feed on mongomock: it knows which store it is of, and no more."""

    def __init__(self, database: Database[Document]) -> None:
        self._database = database
        self.epoch = _epoch_of(database)

    def begin_anew(self) -> None:
        """The store was restored by this process."""
        self.epoch = _epoch_of(self._database)

    def head(self) -> Cursor:
        raise NoChangeStreams

    def after(self, cursor: Cursor, limit: int) -> Stretch:  # noqa: ARG002  # from nowhere
        raise NoChangeStreams

    def wait(self, cursor: Cursor, timeout: float) -> bool:  # noqa: ARG002  # in vain
        raise NoChangeStreams

    def close(self) -> None:
        """Nothing is open."""


def _latest(hello: Document) -> Timestamp:
    """The latest cluster time that the server has heard of."""
    latest: Timestamp = hello["$clusterTime"]["clusterTime"]
    return latest


class Epoch:
    """What tells this store from one that was restored in its place, remembered for a few seconds."""

    def __init__(self, database: Database[Document]) -> None:
        self._database = database
        self._value = _epoch_of(database)
        self._read_at = time.monotonic()

    def value(self) -> bytes:
        """The epoch; raises Busy."""
        if time.monotonic() > self._read_at + _EPOCH_HOLDS:
            with in_time():
                self._value = _epoch_of(self._database)
            self._read_at = time.monotonic()
        return self._value


def _epoch_of(database: Database[Document]) -> bytes:
    document = database[META].find_one({"_id": "epoch"})
    return document["value"] if document else b""
