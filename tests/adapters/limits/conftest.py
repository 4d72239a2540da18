"""Counters that processes share: a real Redis, and the MongoDB wire server."""

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisAway
from tests.wire import wire_uri

from hosanna_adapters.limits.mongo import mongo_counter
from hosanna_adapters.limits.redis import redis_counter
from hosanna_adapters.limits.shared import SharedCounter

__all__ = ["wire_uri"]

PATIENT = 20.0
"""Where a test is about counting, a busy machine must not make it one about patience."""
Counters = Callable[[], SharedCounter]


class RedisServer:
    """A redis-server that keeps nothing, on a port of its own; it can be silenced, killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.url = f"redis://:pa55word@127.0.0.1:{self._port}/0"
        self.start()

    def start(self) -> None:
        options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--requirepass", "pa55word"]
        self._process = subprocess.Popen(
            ["redis-server", "--port", str(self._port), "--dir", str(self._folder), *options],
            stdout=subprocess.DEVNULL,
        )
        with Redis.from_url(self.url) as client:
            for _ in range(600):
                try:
                    client.ping()
                except RedisAway:
                    time.sleep(0.05)
                else:
                    return
        raise AssertionError("redis-server did not start")

    def silence(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


def new_redis(folder: Path) -> RedisServer:
    if shutil.which("redis-server") is None:
        pytest.skip("there is no redis-server here (Debian: apt install redis-server)")
    return RedisServer(folder)


@pytest.fixture(scope="session")
def redis_for_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One for all tests that leave it as it is."""
    server = new_redis(tmp_path_factory.mktemp("redis"))
    yield server
    server.kill()


@pytest.fixture
def redis_alone(tmp_path: Path) -> Iterator[RedisServer]:
    """One that a test may maltreat."""
    server = new_redis(tmp_path)
    yield server
    server.kill()


@pytest.fixture(params=["redis", pytest.param("mongo", marks=pytest.mark.deep)])
def counters(request: pytest.FixtureRequest) -> Iterator[Counters]:
    """Opens further views of one shared counter, each as another process would; `flushed` before the test."""
    opened: list[SharedCounter] = []
    if request.param == "redis":
        server: RedisServer = request.getfixturevalue("redis_for_all")
        with Redis.from_url(server.url) as client:
            client.flushall()
    database = f"test_{uuid4().hex}"

    def another() -> SharedCounter:
        counter = (
            redis_counter(server.url, patience=PATIENT)
            if request.param == "redis"
            else mongo_counter(request.getfixturevalue("wire_uri"), database, patience=PATIENT)
        )
        opened.append(counter)
        return counter

    yield another
    for counter in opened:
        counter.close()
