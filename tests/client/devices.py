"""A device of somebody: a session, a copy, a queue, and a thread that follows."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from tests.web.firm import PASSWORD, Firm

from hosanna_web.client import Follower, LocalCopy, Outbox, Session, Shelf
from hosanna_web.realtime.closing import Close

PATIENCE = 15.0
SLOW = {"shortest": 3.0, "longest": 3.0}
"""Who waits at all with these waits for a second and a half at least."""
VERY_SLOW = {"shortest": 120.0, "longest": 120.0}
"""And with these for a minute."""
both_transports = pytest.mark.parametrize("transport", ["websocket", "sse"])


def until(holds: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Wait until something holds; fail if it never does."""
    end = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.01)


@contextlib.contextmanager
def session_at(
    port: int, who: str | None = None, *, shelf: Shelf | None = None, **given: Any
) -> Iterator[Session]:
    """A session at the server on a port; logged in as *who*."""
    given = {"timeout": 5.0, "patience": 5.0, "trust_env": False} | given
    with Session(f"http://127.0.0.1:{port}", shelf=shelf, **given) as session:
        if who is not None:
            session.log_in(f"{who}@example.com", PASSWORD)
        yield session


class Device:
    """It follows in a thread of its own, and remembers what it was told."""

    def __init__(self, session: Session, **given: Any) -> None:
        self.session = session
        self.copy = LocalCopy(session)
        self.outbox = Outbox(session, self.copy)
        given = {"outbox": self.outbox, "shortest": 0.05, "longest": 0.2} | given
        self.follower = Follower(session, self.copy, **given)
        self.told: list[dict[str, Any]] = []
        self.failed: Exception | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        try:
            self.follower.run(self.told.append)
        except Exception as error:
            self.failed = error

    def __enter__(self) -> "Device":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.follower.stop()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()

    def is_connected(self) -> bool:
        return self.follower.connected.is_set()

    def ended(self) -> Exception | None:
        """Why it ended by itself, once it has."""
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        return self.failed

    def kinds(self) -> list[str]:
        return [message["type"] for message in self.told]

    def verdicts(self) -> list[Any]:
        return [message["verdict"] for message in self.told if message["type"] == "verdict"]

    def statuses(self) -> dict[str, str]:
        return {job_id: job["status"] for job_id, job in self.copy.jobs.items()}


@contextlib.contextmanager
def device_of(
    port: int, who: str, *, shelf: Shelf | None = None, connected: bool = True, **given: Any
) -> Iterator[Device]:
    """Somebody's device, connected."""
    with session_at(port, who, shelf=shelf) as session, Device(session, **given) as device:
        if connected:
            until(device.is_connected)
        yield device


def seen(firm: Firm, who: str) -> dict[str, dict[str, Any]]:
    """What a list shows somebody now."""
    answer = firm.ask("GET", "/jobs?limit=200", who)
    assert answer.status == 200, answer.body
    assert answer.json["next_cursor"] is None
    return {job["id"]: job for job in answer.json["items"]}


def in_step(firm: Firm, device: Device, who: str) -> None:
    """Wait until the device's copy is what a list shows."""
    until(lambda: device.copy.jobs == seen(firm, who))


@dataclass(frozen=True)
class Admitted:
    at: float
    token: int
    """Until when it is good: which one it is."""
    cursor: str | None


class Doorman:
    """Sees who comes to a firm's open connections, and sends them away."""

    def __init__(self, firm: Firm) -> None:
        self._hub: Any = firm.app._hub  # type: ignore[attr-defined]
        self.admitted: list[Admitted] = []
        admit = self._hub.admit

        async def seeing(identity: Any, cursor: str | None) -> Any:
            self.admitted.append(Admitted(time.monotonic(), identity.expires_at, cursor))
            return await admit(identity, cursor)

        self._hub.admit = seeing

    def clients(self) -> tuple[Any, ...]:
        return tuple(self._hub._clients)

    def present(self) -> int:
        return sum(client.greeted and not client.closed for client in self.clients())

    def dismiss(self, why: Close) -> None:
        """Send everybody away."""
        for client in self.clients():
            client.outlet._wire.loop.call_soon_threadsafe(client.close, why)
