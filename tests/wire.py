"""A server that speaks the real MongoDB wire protocol: one per test process, one database per test.

A conftest that wants it imports the fixtures: `from tests.wire import wire_client, wire_database, wire_uri`.

Databases are never dropped: they have names of their own, the folder goes at the end, and dropping one can stop
this server for good (it waits for its storage with its lock held while other connections wait for that lock).
"""

import contextlib
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pymongo import MongoClient
from pymongo.database import Database

__all__ = ["wire_client", "wire_database", "wire_server", "wire_uri"]

# Reads to the end of what it is given, so that it never outlives the tests, not even those that were killed. One that
# is killed itself must be durable: else what it acknowledged, and showed in streams, stays in the process for a moment.
SERVE = """
import os, sys
from secantus import SecantusDBServer
server = SecantusDBServer(
    storage_path=sys.argv[1], cache_size="512M", ttl_sweep_seconds=3600.0,
    transaction_lifetime_seconds=float(sys.argv[2]), sync_on_commit="durable" in sys.argv,
)
server.start()
print(server.uri, flush=True)
sys.stdin.read()
os._exit(0)
"""
STARTS_IN = 120
"""Seconds; it takes one or two on a machine that has nothing else to do."""
ANSWERS_IN = 60
"""Seconds for any one operation of a test: longer than a busy machine needs, and no hang."""
LIFETIME = 60.0
"""Seconds after which the transaction of a client that is gone is given up, as of a server that nobody has tuned."""


@contextlib.contextmanager
def wire_server(folder: Path, *, lifetime: float = LIFETIME) -> Iterator[str]:
    """Where a server of its own listens, a process that is killed at the end."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, str(folder), str(lifetime)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            assert server.stdout
            assert select.select([server.stdout], [], [], STARTS_IN)[0], "the wire server did not start"
            yield server.stdout.readline().strip()
        finally:
            server.kill()


@pytest.fixture(scope="session")
def wire_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the server of all tests listens."""
    folder = tmp_path_factory.mktemp("wire")
    with wire_server(folder) as uri:
        yield uri
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def wire_client(wire_uri: str) -> Iterator[MongoClient[dict[str, Any]]]:
    """One client for all tests, with the time limits of a store."""
    with MongoClient(wire_uri, timeoutMS=ANSWERS_IN * 1000) as client:
        yield client


@pytest.fixture
def wire_database(wire_client: MongoClient[dict[str, Any]]) -> Database[dict[str, Any]]:
    """An empty database."""
    return wire_client[f"test_{uuid4().hex}"]
