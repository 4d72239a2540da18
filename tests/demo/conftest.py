from collections.abc import Iterator
from typing import Any

import pytest
from pymongo.database import Database
from tests.wire import wire_client, wire_database, wire_uri

from hosanna_adapters.memory import MemoryStore
from hosanna_adapters.mongo import MongoStore
from hosanna_adapters.sqlite import SqliteStore
from hosanna_core.ports import Store

__all__ = ["wire_client", "wire_database", "wire_uri"]


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty store of each kind that is quick."""
    if request.param == "memory":
        yield MemoryStore().ports()
        return
    sqlite = SqliteStore.open(request.getfixturevalue("tmp_path") / "demo.db")
    yield sqlite.ports()
    sqlite.close()


@pytest.fixture
def mongodb(wire_database: Database[dict[str, Any]]) -> Store:
    """An empty store on the real wire."""
    return MongoStore(wire_database).ports()
