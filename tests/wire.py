"""A server that speaks the real MongoDB wire protocol: one per test process, one database per test.

A conftest that wants it imports the fixtures: `from tests.wire import wire_client, wire_database, wire_uri`.
"""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from pymongo import MongoClient
from pymongo.database import Database
from secantus import SecantusDBServer

__all__ = ["wire_client", "wire_database", "wire_uri"]


@pytest.fixture(scope="session")
def wire_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the server listens."""
    server = SecantusDBServer(storage_path=str(tmp_path_factory.mktemp("wire")))
    server.start()
    yield server.uri
    server.stop()


@pytest.fixture(scope="session")
def wire_client(wire_uri: str) -> Iterator[MongoClient[dict[str, Any]]]:
    """One client for all tests, with the time limits of a store."""
    with MongoClient(wire_uri, timeoutMS=20_000) as client:
        yield client


@pytest.fixture
def wire_database(wire_client: MongoClient[dict[str, Any]]) -> Iterator[Database[dict[str, Any]]]:
    """An empty database that is gone after the test."""
    database = wire_client[f"test_{uuid4().hex}"]
    yield database
    wire_client.drop_database(database)
