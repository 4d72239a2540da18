"""Receivers of webhooks that are silent, refuse, or drip: the others are told as ever, and nobody waits."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from tests.broken.house import crowd, house, kinds, slowest
from tests.broken.proxy import Proxy
from tests.cli.lines import API

pytestmark = pytest.mark.deep

FAST = 6.0
"""Seconds in which everybody is answered; most of it for other tests that run beside these."""
TOLD = 10.0
"""Seconds in which a receiver that is well is told, while three of four senders wait for one that is not."""
RETURNS = 90.0
"""Seconds in which one that was away is told: its pauses have grown to 45."""


class Receiver:
    """Takes note of the jobs that it is told of; *mood* says how it answers."""

    def __init__(self, mood: str) -> None:
        self.mood = mood
        self.told: list[str] = []
        self.calls = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        self.calls += 1
        with contextlib.suppress(OSError), connection, connection.makefile("rb") as heard:
            headers = dict(
                line.decode().strip().lower().split(": ", 1)
                for line in iter(heard.readline, b"\r\n")
                if b": " in line
            )
            body = json.loads(heard.read(int(headers["content-length"])))
            while self.mood == "silent":
                time.sleep(0.1)
            while self.mood == "dripping":
                connection.sendall(b"H")
                time.sleep(0.1)
            self.told.append(body["data"]["job"]["id"])
            connection.sendall(b"HTTP/1.1 204 Fine\r\nConnection: close\r\n\r\n")


@pytest.fixture
def receivers() -> Iterator[dict[str, Receiver]]:
    found = {mood: Receiver(mood) for mood in ("silent", "dripping", "away", "well")}
    yield found
    for each in found.values():
        each.mood = "well"
        each.close()


def test_receivers_that_are_ill_hold_up_nobody_and_are_told_when_they_are_well(
    receivers: dict[str, Receiver], tmp_path_factory: pytest.TempPathFactory
) -> None:
    with house(tmp_path_factory.mktemp("house"), WEBHOOK_ALLOW_PRIVATE="yes") as served:
        away = Proxy(lambda: receivers["away"].port)
        away.refuse()
        for mood, receiver in receivers.items():
            port = away.port if mood == "away" else receiver.port
            hook = {"url": f"http://127.0.0.1:{port}/", "role": "ADMINISTRATOR", "events": ["job.created"]}
            assert served.ask("hook", "POST", f"{API}/webhooks", hook).status == 201
        with crowd(served.list, served.log_in, served.live) as heard:
            for _ in range(5):
                assert served.make().status == 201
                arrived(receivers["well"], served.jobs[1:], TOLD)
                time.sleep(1)
        print(slowest(heard))
        assert kinds(heard) == {"list": {200}, "login": {200}, "live": {200}}
        assert max(slowest(heard).values()) < FAST
        assert receivers["silent"].told == receivers["dripping"].told == receivers["away"].told == []
        away.mend()
        for receiver in receivers.values():
            receiver.mood = "well"
        for receiver in receivers.values():
            arrived(receiver, served.jobs[1:], RETURNS)
        assert served.server.stop() == 0
        away.close()


def arrived(receiver: Receiver, jobs: list[str], within: float) -> None:
    until = time.monotonic() + within
    while not set(jobs) <= set(receiver.told):
        assert time.monotonic() < until, (receiver.mood, receiver.calls, receiver.told)
        time.sleep(0.05)
