"""A shared counter that is dead, or silent, or comes back."""

import logging
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.limits.conftest import RedisServer

from hosanna_adapters.distant import Opened, asking
from hosanna_adapters.limits import LimitsThrottles
from hosanna_adapters.limits.mongo import mongo_counter
from hosanna_adapters.limits.redis import redis_counter
from hosanna_adapters.limits.shared import SharedCounter
from hosanna_core.model.limits import Limit, Use

FEW = Use(Limit("few", 3, 60), "somebody")
MANY = Use(Limit("many", 6_000, 60), "somebody")
# Long for a promise of a quarter of a second: what is shown is that nobody waited for a system's own time-outs.
AT_ONCE = 10.0


@pytest.fixture(autouse=True)
def heard(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "hosanna.throttles")
    return caplog


@contextmanager
def nobody_waits() -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < AT_ONCE


@contextmanager
def a_silent_port() -> Iterator[int]:
    """Takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def until(true: Callable[[], bool]) -> None:
    for _ in range(400):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("it never happened")


def wears_out(throttles: LimitsThrottles, use: Use) -> bool:
    """Whether exactly the limit is admitted."""
    return [bool(throttles.count([use])) for _ in range(use.limit.most + 1)] == [True] * use.limit.most + [
        False
    ]


@pytest.mark.parametrize("fault", [RedisServer.kill, RedisServer.silence])
def test_when_redis_dies_or_falls_silent_each_process_counts_for_itself(
    redis_alone: RedisServer, fault: Callable[[RedisServer], None], heard: pytest.LogCaptureFixture
) -> None:
    counter = redis_counter(redis_alone.url)
    throttles = LimitsThrottles(counter)
    assert throttles.count([FEW])
    until(lambda: not counter.away)
    heard.clear()
    fault(redis_alone)
    with nobody_waits():
        assert throttles.count([FEW])
    assert counter.away
    with nobody_waits():
        assert throttles.count([FEW])
        assert throttles.count([FEW]) is None, "what was counted before is not forgotten"
        assert throttles.begin([Use(FEW.limit, "other")])
        throttles.end([Use(FEW.limit, "other")], failed=True)
        assert throttles.left([Use(FEW.limit, "other")]).remaining == 2
        assert wears_out(throttles, MANY)
    assert len(heard.records) == 1, "it is said once"
    throttles.close()


def test_the_first_of_many_callers_waits_and_the_others_do_not(redis_alone: RedisServer) -> None:
    counter = redis_counter(redis_alone.url)
    throttles = LimitsThrottles(counter)
    redis_alone.silence()
    with nobody_waits():
        for n in range(100):
            assert throttles.begin([Use(FEW.limit, f"{n}"), Use(MANY.limit, f"{n}")])
    throttles.close()


@pytest.mark.parametrize("fault", [RedisServer.kill, RedisServer.silence])
def test_when_it_is_back_it_is_shared_again_and_nobody_waited_for_that(
    redis_alone: RedisServer,
    fault: Callable[[RedisServer], None],
    monkeypatch: pytest.MonkeyPatch,
    heard: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(asking, "_PAUSE", 0.05)
    counter = redis_counter(redis_alone.url, patience=1.0)
    one, other = LimitsThrottles(counter), LimitsThrottles(redis_counter(redis_alone.url, patience=1.0))
    fault(redis_alone)
    one.count([FEW])
    assert counter.away
    redis_alone.start() if fault is RedisServer.kill else redis_alone.wake()
    until(lambda: not counter.away)
    until(lambda: other.count([Use(FEW.limit, "is it back?")]) is not None and not other._shared.away)
    fresh = Use(FEW.limit, "fresh")
    assert [bool((one, other)[n % 2].count([fresh])) for n in range(4)] == [True, True, True, False]
    said = [record.getMessage() for record in heard.records]
    assert sum("is back" in line for line in said) >= 1
    for throttles in (one, other):
        throttles.close()


def test_nothing_that_is_logged_tells_the_password(
    redis_alone: RedisServer, heard: pytest.LogCaptureFixture
) -> None:
    throttles = LimitsThrottles(redis_counter(redis_alone.url))
    redis_alone.kill()
    throttles.count([FEW])
    throttles.close()
    assert "redis://127.0.0.1" in heard.text
    assert "pa55word" not in heard.text


def test_a_wrong_password_is_a_counter_that_is_away(redis_alone: RedisServer) -> None:
    counter = redis_counter(redis_alone.url.replace("pa55word", "wrong"))
    assert counter.away
    assert wears_out(LimitsThrottles(counter), FEW)
    counter.close()


@pytest.mark.parametrize("opens", [
    lambda port: redis_counter(f"redis://127.0.0.1:{port}/0"),
    lambda port: mongo_counter(f"mongodb://127.0.0.1:{port}/?directConnection=true", "test"),
])  # fmt: skip
def test_a_process_starts_with_a_silent_counter_and_counts_alone(
    opens: Callable[[int], SharedCounter],
) -> None:
    with a_silent_port() as port:
        throttles = LimitsThrottles(opens(port))
        with nobody_waits():
            assert wears_out(throttles, FEW)
        throttles.close()


MONGO = """
import sys, threading
from secantus import SecantusDBServer
server = SecantusDBServer(storage_path=sys.argv[1])
server.start()
print(server.uri, flush=True)
threading.Event().wait()
"""


@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP], ids=["dead", "silent"])
def test_when_mongodb_dies_or_falls_silent_each_process_counts_for_itself(
    fault: signal.Signals, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", MONGO, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            counter = mongo_counter(server.stdout.readline().strip(), "test")
            throttles = LimitsThrottles(counter)
            until(lambda: not counter.away)
            server.send_signal(fault)
            with nobody_waits():
                assert wears_out(throttles, FEW)
                assert wears_out(throttles, MANY)
            assert counter.away
            throttles.close()
        finally:
            server.kill()


def test_a_name_that_is_looked_up_for_ever_holds_nobody_up() -> None:
    asked, answered = threading.Event(), threading.Event()

    def opening() -> Opened[Any]:
        asked.set()
        answered.wait(60)
        raise OSError("no such host")

    counter = SharedCounter("nowhere", opening)
    assert asked.is_set()
    throttles = LimitsThrottles(counter)
    with nobody_waits():
        assert wears_out(throttles, FEW)
    answered.set()
    throttles.close()


def test_after_it_was_closed_it_still_counts(redis_for_all: RedisServer) -> None:
    throttles = LimitsThrottles(redis_counter(redis_for_all.url))
    throttles.close()
    with nobody_waits():
        assert wears_out(throttles, Use(FEW.limit, "closed"))
