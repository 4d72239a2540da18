"""A MongoDB server that is killed and started again is followed on without a gap."""

import time
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from tests.adapters.mongo.test_feed import LONG, numbers
from tests.adapters.mongo.test_kill import Server

from hosanna_adapters.mongo import MongoStore, patience
from hosanna_core.errors import Busy
from hosanna_core.testing.contracts.base import stored
from hosanna_core.testing.following import follow
from hosanna_core.testing.samples import a_job, id_of

SETTLES = 1.0
"""Seconds after which a server that is not durable has kept what it was given before."""
SHOWN = 20
"""Operations that it shows and does not keep: more than a commit has."""


@pytest.mark.deep
def test_a_server_that_was_killed_and_started_again_is_followed_on_without_a_gap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "OPERATION", 1.0)
    server = Server(tmp_path)
    server.start()
    store = MongoStore.open(server.uri)
    try:
        start = store.feed.head()
        store.feed.wait(start, 0)
        stored(store.ports(), a_job(1))
        first = follow(store.ports(), start)
        server.kill()
        for ask in (lambda: store.feed.after(start, 10), lambda: store.feed.wait(first[-1].cursor, 0.1)):
            with pytest.raises(Busy):
                ask()
        server.start()
        stored(store.ports(), a_job(2))
        told = follow(store.ports(), start)
        assert told[:1] == first
        assert numbers(told) == [id_of(1), id_of(2)]
        assert store.feed.wait(first[-1].cursor, LONG)
    finally:
        server.kill()
    begun = time.monotonic()
    store.close()
    assert time.monotonic() - begun < LONG, "who leaves does not wait for a server that is gone"


@pytest.mark.deep
def test_a_server_that_showed_what_it_did_not_keep_is_followed_on_without_a_gap(tmp_path: Path) -> None:
    server = Server(tmp_path, durable=False)
    server.start()
    store = MongoStore.open(server.uri)
    try:
        start = store.feed.head()
        time.sleep(SETTLES)
        with MongoClient[dict[str, Any]](server.uri) as client:
            client["hosanna"]["others"].insert_many([{} for _ in range(SHOWN)])
        assert store.feed.after(start, 1).told == ()
        server.kill()
        server.start()
        stored(store.ports(), a_job(1))
        assert numbers(follow(store.ports(), start)) == [id_of(1)]
    finally:
        server.kill()
        store.close()
