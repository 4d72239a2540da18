from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.monitoring import CommandListener, CommandStartedEvent
from tests.wire import ANSWERS_IN, wire_client, wire_database, wire_uri

from hosanna_adapters.mongo import MongoStore

__all__ = ["operations", "watched", "wire_client", "wire_database", "wire_uri"]


class Operations(CommandListener):
    """What the driver sends."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def started(self, event: CommandStartedEvent) -> None:
        self.sent.append(dict(event.command))

    def succeeded(self, event: object) -> None:
        pass

    def failed(self, event: object) -> None:
        pass

    @property
    def names(self) -> list[str]:
        return [next(iter(command)) for command in self.sent]

    def forget(self) -> None:
        self.sent.clear()


@pytest.fixture
def operations() -> Operations:
    return Operations()


@pytest.fixture
def watched_database(
    wire_uri: str, wire_database: Database[dict[str, Any]], operations: Operations
) -> Iterator[Database[dict[str, Any]]]:
    """A database on the wire whose operations are written down."""
    with MongoClient[dict[str, Any]](
        wire_uri, timeoutMS=ANSWERS_IN * 1000, event_listeners=[operations]
    ) as client:
        yield client[wire_database.name]


@pytest.fixture
def watched(watched_database: Database[dict[str, Any]]) -> MongoStore:
    """A store on the wire whose operations are written down."""
    return MongoStore(watched_database)
