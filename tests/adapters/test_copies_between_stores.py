"""What one store gives, every other takes, and gives again."""

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from tests.adapters.sqlite.rings import OLD, ring
from tests.wire import wire_client, wire_uri

from hosanna_adapters.memory import MemoryStore
from hosanna_adapters.mongo import MongoStore
from hosanna_adapters.sqlite import SqliteStore
from hosanna_core.model.query import Sort
from hosanna_core.ports import Store
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.testing.reading import ANYTHING, walk
from hosanna_core.testing.snapshot_samples import a_snapshot, sorted_by_kind

__all__ = ["wire_client", "wire_uri"]
KINDS = ("memory", "sqlite", "encrypted sqlite", "mongodb", "encrypted mongodb")
Opener = Callable[[str], Store]


PAIRS = [
    pair if "memory" in pair else pytest.param(*pair, marks=pytest.mark.deep)
    for pair in product(KINDS, repeat=2)
]
"""From memory and back each kind is always tried."""


@pytest.fixture
def opened(
    tmp_path: Path, wire_client: MongoClient[dict[str, Any]], request: pytest.FixtureRequest
) -> Opener:
    """An empty store of a kind."""
    number = iter(range(9))

    def open_one(kind: str) -> Store:
        encryption = ring(OLD) if kind.startswith("encrypted") else None
        name = f"copy_{abs(hash(str(tmp_path)))}_{next(number)}"
        if kind == "memory":
            return MemoryStore().ports()
        if kind.endswith("sqlite"):
            store = SqliteStore.open(tmp_path / name, encryption=encryption)
            request.addfinalizer(store.close)
            return store.ports()
        return MongoStore(wire_client[name], encryption=encryption).ports()

    return open_one


def shown(store: Store) -> list[tuple[str, bytes]]:
    return [(row.id, row.body) for sort in Sort for row in walk(store, SEES_ALL, ANYTHING, sort)]


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_a_copy_from_one_store_into_another_is_the_same(opened: Opener, source: str, target: str) -> None:
    one, other = opened(source), opened(target)
    one.snapshots.load(a_snapshot(120))
    other.snapshots.load(one.snapshots.dump())
    assert sorted_by_kind(other.snapshots.dump()) == sorted_by_kind(one.snapshots.dump())
    assert shown(other) == shown(one)
    assert other.feed.epoch != one.feed.epoch
