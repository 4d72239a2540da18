"""SIGTERM in the middle of everything: who is served gets their answer, who listens is told to come back, exit 0."""

import asyncio
import contextlib
import json
import queue
import signal
import socket
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.broken.house import House, crowd, handshake, house
from tests.broken.throng import answered, spelled
from tests.broken.wired import wired
from tests.cli.lines import API, Gone, Line, opened
from tests.cli.running import serving
from tests.web.firm import JOB

from hosanna_web.first_administrator import DEVELOPMENT_EMAIL

pytestmark = pytest.mark.deep

AT_WORK = 40
"""Connections on which something has been asked when the signal comes."""
DRAINED = 5.0
"""Seconds in which a server ends whose clients are well."""
GIVEN_UP = 15.0
"""Seconds in which it ends whatever a client does, or does not: ten, and what it takes to end."""
AWAY = 25.0
"""Seconds in which it ends while the store is silent: less than what a service manager waits for before it kills."""
RESTARTING = 1012


async def stopped_at_work(served: House) -> tuple[list[int], int, float]:
    """How all of those were answered whose requests were there when the server was told to stop."""
    who = json.dumps({"email": DEVELOPMENT_EMAIL, "password": served.secret}).encode()
    kinds = (
        spelled("POST", f"{API}/auth/login", who),
        spelled("POST", f"{API}/jobs", json.dumps(JOB).encode(), served.token),
        spelled("GET", f"{API}/jobs?limit=200", token=served.token),
    )
    ends = [await asyncio.open_connection(*served.address) for _ in range(AT_WORK)]
    # So that each is a connection that the server has taken, not one that waits to be.
    for reader, writer in ends:
        writer.write(spelled("GET", "/health/live"))
        assert (await answered(reader))[0] == 200
    for number, (_, writer) in enumerate(ends):
        writer.write(kinds[number % len(kinds)])
    # A moment in which they arrive, and the first of them are being served.
    await asyncio.sleep(0.05)
    served.server.process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    statuses = [(await answered(reader))[0] for reader, _ in ends]
    for _, writer in ends:
        writer.close()
    code = await asyncio.to_thread(served.server.process.wait, 60)
    return statuses, code, time.monotonic() - began


def the_end(line: Line) -> int | None:
    """The code by which it was closed, after all that was told before."""
    try:
        while True:
            line.take(DRAINED)
    except Gone as gone:
        return gone.code


def test_who_is_being_served_gets_their_answer_and_who_listens_is_told_to_come_back(tmp_path: Path) -> None:
    with house(tmp_path, RATE_LIMIT="off") as served:
        lines = [served.listen(events=events) for events in (False, True) * 5]
        cursors = [line.take()["cursor"] for line in lines]
        with crowd(served.make, served.make, served.list, pause=0.01) as heard:
            time.sleep(0.5)
            statuses, code, took = asyncio.run(stopped_at_work(served))
        print(Counter(statuses), code, took)
        assert code == 0
        assert took < DRAINED
        assert set(statuses) <= {200, 201, 503}
        assert set(statuses) & {200, 201}
        assert {the_end(line) for line in lines[::2]} == {RESTARTING}
        assert {the_end(line) for line in lines[1::2]} == {None}
        # Who knocks after the end finds nobody.
        assert {each.status for each in heard} <= {0, 200, 201, 503}
        assert not [word for word in ("WARNING", "ERROR", "Traceback") if word in served.server.complained]
    come_back(tmp_path, served, cursors[:2])


def come_back(folder: Path, served: House, cursors: list[str]) -> None:
    """All that was acknowledged is there, and who listened hears of it once, by their cursors."""
    known = {"Authorization": f"Bearer {served.token}"}
    with serving(folder) as again, again.client(known) as client:
        for job_id in served.jobs:
            assert client.get(f"{API}/jobs/{job_id}").status_code == 200
        for cursor, events in zip(cursors, (False, True), strict=True):
            line = opened(again.url, served.token, cursor, events=events)
            assert isinstance(line, Line)
            assert line.take()["recovered"]
            told: list[str] = []
            with contextlib.suppress(queue.Empty):
                while True:
                    message = line.take(2.0)
                    told += [message["job"]["id"]] if message["type"] == "job.created" else []
            assert set(told) >= set(served.jobs[1:])
            assert len(told) == len(set(told))


@contextlib.contextmanager
def hung(served: House) -> Iterator[None]:
    """One who sends half a request, one who reads no answer, and one who neither listens nor hangs up."""
    half = spelled("POST", f"{API}/auth/login", b'{"email": "somebody')[:-5]
    many = spelled("GET", f"{API}/jobs?limit=200", token=served.token) * 50
    with contextlib.ExitStack() as ends:
        for words in (half, many, handshake(served.token)):
            end = ends.enter_context(socket.create_connection(served.address))
            end.sendall(words)
        time.sleep(0.5)
        yield


def test_clients_that_hang_keep_it_for_as_long_as_it_gives_them_and_no_longer(tmp_path: Path) -> None:
    with house(tmp_path) as served, hung(served):
        began = time.monotonic()
        assert served.server.stop() == 0
        print(time.monotonic() - began)
        assert time.monotonic() - began < GIVEN_UP


def test_at_a_second_signal_it_waits_for_nobody(tmp_path: Path) -> None:
    with house(tmp_path) as served, hung(served):
        served.server.process.send_signal(signal.SIGTERM)
        time.sleep(1)
        assert served.server.process.poll() is None
        began = time.monotonic()
        assert served.server.stop() == 0
        print(time.monotonic() - began)
        assert time.monotonic() - began < DRAINED


def test_a_store_that_is_silent_does_not_hold_up_the_end(tmp_path: Path) -> None:
    (tmp_path / "wire").mkdir()
    with wired(tmp_path / "wire") as store, house(tmp_path, MONGODB_URI=store.uri) as served:
        line = served.listen()
        assert line.take()["type"] == "hello"
        with crowd(served.list, served.make) as heard:
            time.sleep(0.5)
            store.proxy.silence()
            time.sleep(0.3)
            began = time.monotonic()
            assert served.server.stop() == 0
        print(time.monotonic() - began, Counter(each.status for each in heard))
        assert time.monotonic() - began < AWAY
        assert the_end(line) == RESTARTING
