"""Several processes write to one database and others follow it: all hear the same, whoever is killed meanwhile."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database
from tests.adapters.mongo import listeners, tellers
from tests.adapters.sqlite.test_feed_processes import Child, heard
from tests.wire import ANSWERS_IN, wire_server

from hosanna_adapters.mongo import MongoStore
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.testing.following import follow

Documents = Database[dict[str, Any]]
FORGETS_IN = 5.0
"""Seconds after which the server gives up what a process that was killed had begun."""


class Office:
    """A database, and the processes that are at work on it."""

    def __init__(self, uri: str, database: Documents) -> None:
        self.store = MongoStore(database)
        self.start = self.store.feed.head()
        self.children: list[Child] = []
        self._where = (uri, database.name)

    def follower(self, seed: int, cursor: bytes | None = None) -> Child:
        """One more who follows."""
        return self._child(listeners, (self.start if cursor is None else cursor).hex(), seed)

    def writer(self, first: int, kind: str) -> Child:
        """One more who writes."""
        return self._child(tellers, first, kind)

    def _child(self, script: Any, *arguments: object) -> Child:
        self.children.append(Child(script, *self._where, *arguments))
        return self.children[-1]

    def feed(self, acknowledged: list[str]) -> list[tuple[bytes, str]]:
        """All that was told; nothing that was acknowledged is missing, nothing that was rolled back is there."""
        store = self.store.ports()
        told = follow(store, self.start)
        keys = Counter(each.event.key for each in told)
        assert set(keys.values()) == {1}
        assert [key for key in acknowledged if key not in keys] == []
        jobs = {each.event.subject.id for each in told if each.event.subject.kind == "job"}
        assert all(store.jobs.get(each, SEES_ALL) is not None for each in jobs)
        written = {each.id for each in store.inboxes.notices(tellers.READER, None, 100_000)}
        assert {
            each.event.subject.id for each in told if each.event.subject.kind == "notification"
        } == written
        return [(each.cursor, each.event.key) for each in told]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """On a server of its own: who is killed leaves transactions open. Whoever is at work in the end is killed, too."""
    with (
        wire_server(tmp_path / "wire", lifetime=FORGETS_IN) as uri,
        MongoClient[dict[str, Any]](uri, timeoutMS=ANSWERS_IN * 1000) as client,
    ):
        office = Office(uri, client["hosanna"])
        try:
            yield office
        finally:
            for child in office.children:
                child.kill()


def check_order(feed: list[tuple[bytes, str]], writer: Child) -> None:
    """What one process was acknowledged one after the other stands in that order."""
    own = set(writer.lines)
    assert [key for _, key in feed if key in own] == writer.lines


@pytest.mark.deep
def test_two_who_write_and_one_who_follows_agree_on_one_order(office: Office) -> None:
    following = office.follower(1)
    writing = [office.writer(1_000, "clerk"), office.writer(1_000, "importer")]
    for writer in writing:
        writer.said(60)
    for child in (*writing, following):
        child.end()
    feed = office.feed([key for writer in writing for key in writer.lines])
    assert heard(following) == feed
    for writer in writing:
        check_order(feed, writer)


def killed_again_and_again(office: Office, times: int, chance: Random) -> None:
    """Writers are killed at whatever moment, and so is a follower, who goes on from the last that it said."""
    steady, restless = office.follower(1), office.follower(2)
    acknowledged: list[str] = []
    told: list[tuple[bytes, str]] = []
    for turn in range(1, times + 1):
        writing = [office.writer(1_000 * turn, "clerk"), office.writer(1_000 * turn, "importer")]
        for writer in writing:
            writer.said(chance.randrange(1, 90))
        for writer in writing:
            writer.kill()
            acknowledged += writer.lines
        restless.kill()
        told += heard(restless)
        restless = office.follower(turn, told[-1][0] if told else None)
    for child in (steady, restless):
        child.end()
    feed = office.feed(acknowledged)
    assert heard(steady) == feed
    assert told + heard(restless) == feed


@pytest.mark.deep
def test_whoever_is_killed_again_and_again_loses_nothing_that_was_told(office: Office) -> None:
    killed_again_and_again(office, 8, Random())
