"""Redis is stopped, killed, refusing or silent: that costs speed, and nobody an answer."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.adapters.limits.conftest import RedisServer, new_redis
from tests.broken.house import ALIVE, BACK, Answer, House, crowd, house, kinds, slowest
from tests.broken.proxy import Proxy
from tests.cli.lines import API

pytestmark = pytest.mark.deep

AWAY = 3.0
"""Seconds that it stays away."""
FAST = 6.0
"""Seconds in which everything is answered while it is away: some try it before it is known to be away, a fifth of a
second each; the rest is for other tests that run beside these."""
ALLOWED = 10
"""Failed logins a minute."""


@dataclass
class Counter:
    """The Redis, and the proxy before it."""

    redis: RedisServer
    proxy: Proxy

    @property
    def url(self) -> str:
        return self.redis.url.replace(str(urlsplit(self.redis.url).port), str(self.proxy.port))


WAYS: dict[str, tuple[Callable[[Counter], None], Callable[[Counter], None]]] = {
    "stopped": (lambda it: it.redis.silence(), lambda it: it.redis.wake()),
    "killed": (lambda it: it.redis.kill(), lambda it: it.redis.start()),
    "refusing": (lambda it: it.proxy.refuse(), lambda it: it.proxy.mend()),
    "silent": (lambda it: it.proxy.silence(), lambda it: it.proxy.mend()),
}


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    redis = new_redis(tmp_path_factory.mktemp("redis"))
    port = urlsplit(redis.url).port
    assert port is not None
    found = Counter(redis, Proxy(lambda: port))
    yield found
    found.proxy.close()
    redis.kill()


@pytest.fixture(scope="module")
def served(counter: Counter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("house"), REDIS_URL=counter.url) as found:
        yield found


@dataclass
class Outage:
    heard: list[Answer]
    away: dict[str, Any]
    """What readiness said of Redis while it was away."""
    status: str
    tried: list[int]
    back: float
    """Seconds from its return until it is used again."""


@pytest.fixture(scope="module", params=WAYS)
def outage(request: pytest.FixtureRequest, counter: Counter, served: House) -> Outage:
    """One outage, from well to well, while a crowd asks."""
    break_it, mend_it = WAYS[request.param]
    assert served.condition("redis")["mode"] == "ok"
    with crowd(served.list, served.log_in, served.make, served.live) as heard:
        time.sleep(1)
        break_it(counter)
        time.sleep(AWAY)
        away, status = served.condition("redis"), json.loads(served.ready().body)["status"]
        tried = [wrong(served, request.param) for _ in range(ALLOWED + 2)]
        mend_it(counter)
        mended = time.monotonic()
        while served.condition("redis")["mode"] != "ok" and time.monotonic() < mended + 2 * BACK:
            time.sleep(0.1)
        back = time.monotonic() - mended
    print(request.param, slowest(heard), back)
    return Outage(heard, away, status, tried, back)


def wrong(house: House, name: str) -> int:
    who = {"email": f"{name}@example.com", "password": "not the right one"}
    return house.ask("wrong", "POST", f"{API}/auth/login", who, bare=True).status


def test_every_request_is_answered_well_and_soon(outage: Outage) -> None:
    assert kinds(outage.heard) == {"list": {200}, "login": {200}, "make": {201}, "live": {200}}
    assert max(slowest(outage.heard).values()) < FAST, slowest(outage.heard)
    assert slowest(outage.heard)["live"] < ALIVE


def test_readiness_names_it_and_stays_ready(outage: Outage) -> None:
    assert outage.status == "degraded"
    assert outage.away["mode"] == "away"
    assert outage.away["error"]


def test_who_tries_passwords_is_throttled_by_this_process_alone(outage: Outage) -> None:
    assert outage.tried == [401] * ALLOWED + [429] * 2


def test_it_is_used_again_within_five_seconds_of_its_return(outage: Outage) -> None:
    assert outage.back < BACK
