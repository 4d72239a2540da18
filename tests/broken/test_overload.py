"""Many times more ask than can be served: some are, the others are told soon to come back, and the process lives."""

import json
import time
from pathlib import Path

import pytest
from tests.broken.house import AT_ONCE, Answer, House, crowd, house, well_after
from tests.broken.throng import Tally, spelled, throng
from tests.broken.wired import wired
from tests.cli.lines import API

from hosanna_web.first_administrator import DEVELOPMENT_EMAIL

pytestmark = pytest.mark.deep

CLIENTS = 400
SECONDS = 6.0
ALIVE_P99 = 3.0
"""Seconds; the clients take as much of the machine as the server does."""
MORE_MEMORY = 150
"""MiB that so many requests may take at once."""
SLOW = 0.15
"""Seconds that every word to the store, and from it, is on its way."""


def memory(served: House) -> int:
    """MiB that the server has in memory."""
    status = Path(f"/proc/{served.server.process.pid}/status").read_text(encoding="utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) // 1024


def overrun(served: House, request: bytes) -> tuple[Tally, list[Answer], int]:
    """What the throng was answered, what `live` was meanwhile, and how much memory that took."""
    before = memory(served)
    with crowd(served.live, pause=0.02) as alive:
        tally = throng(served.server.url, request, clients=CLIENTS, seconds=SECONDS)
        over = time.monotonic()
        after = memory(served)
    back = well_after(served.list, over), well_after(served.log_in, over)
    lives = sorted(each.seconds for each in alive)
    print(tally, f"live p99 {lives[len(lives) * 99 // 100]:.3f} of {len(lives)}", before, after, back)
    return tally, alive, after - before


def judge(tally: Tally, alive: list[Answer], more: int) -> None:
    assert set(tally.counts) == {200, 503}, tally
    assert tally.longest[503] < AT_ONCE, tally
    assert not tally.unhinted
    lives = sorted(each.seconds for each in alive)
    assert {each.status for each in alive} == {200}
    assert lives[len(lives) * 99 // 100] < ALIVE_P99
    assert more < MORE_MEMORY


def test_four_hundred_who_log_in_at_once(tmp_path: Path) -> None:
    with house(tmp_path, RATE_LIMIT="off") as served:
        who = json.dumps({"email": DEVELOPMENT_EMAIL, "password": served.secret}).encode()
        judge(*overrun(served, spelled("POST", f"{API}/auth/login", who)))


def test_four_hundred_who_list_from_a_slow_store(tmp_path: Path) -> None:
    (tmp_path / "wire").mkdir()
    with (
        wired(tmp_path / "wire") as store,
        house(tmp_path, MONGODB_URI=store.uri, RATE_LIMIT="off") as served,
    ):
        store.proxy.slow_down(SLOW)
        judge(*overrun(served, spelled("GET", f"{API}/jobs?limit=5", token=served.token)))
