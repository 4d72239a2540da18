"""What a reader costs MongoDB: as many operations in a large firm as in a small one."""

from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database
from tests.adapters.mongo.conftest import Operations
from tests.web.test_statements import QUERIES, READS, FullFirm
from tests.wire import ANSWERS_IN, wire_client, wire_database, wire_uri

from hosanna_adapters.mongo import MongoStore

__all__ = ["wire_client", "wire_database", "wire_uri"]

UNCOUNTED = {"getMore", "hello"}
"""The driver waits with these for what happens: how often is a matter of time."""
MOST = 12
"""More than that, whoever reads asks of no store of any size."""

pytestmark = pytest.mark.deep


@pytest.fixture
def operations() -> Operations:
    return Operations()


@pytest.fixture
def client(wire_uri: str, operations: Operations) -> Iterator[MongoClient[dict[str, Any]]]:
    with MongoClient[dict[str, Any]](
        wire_uri, timeoutMS=ANSWERS_IN * 1000, event_listeners=[operations]
    ) as client:
        yield client


def costs(firm: FullFirm, operations: Operations) -> dict[str, list[str]]:
    """The operations of each reader, by what is asked and who asks."""
    found = {}
    for operation in READS:
        for query in QUERIES.get(operation.name, ("",)):
            for who in ("admin", "office", "tess"):
                operations.forget()
                firm.read(operation.path, query, who)
                found[f"{operation.name}{query} {who}"] = [
                    name for name in operations.names if name not in UNCOUNTED
                ]
    return found


def test_a_reader_asks_as_much_of_a_large_database_as_of_a_small_one(
    client: MongoClient[dict[str, Any]], wire_database: Database[dict[str, Any]], operations: Operations
) -> None:
    small, large = (
        costs(FullFirm(MongoStore(client[f"{wire_database.name}-{count}"]).ports(), count), operations)
        for count in (1, 7)
    )
    assert large == small
    assert {name: asked for name, asked in large.items() if len(asked) > MOST} == {}
