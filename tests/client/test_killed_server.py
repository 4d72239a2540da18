"""A server that is killed again and again while devices follow and commands wait: in the end everybody is in step."""

import contextlib
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tests.cli.running import Serving, password_shown, serving
from tests.client.cutting import Network, network
from tests.client.devices import Device, until
from tests.web.firm import JOB, PASSWORD, PEOPLE, REASON

from hosanna_web.client import Offline, Refused, Session, SqliteShelf
from hosanna_web.first_administrator import DEVELOPMENT_EMAIL

ROUNDS = 4
PATIENCE = 60.0


class House:
    """A server process, the network in front of it, and an Administrator and an Office Manager at their desks."""

    def __init__(self, folder: Path, net: Network, seed: int) -> None:
        self._folder = folder
        self._running = contextlib.ExitStack()
        self.net = net
        self.random = random.Random(seed)
        self.server: Serving
        self.desks: dict[str, Session] = {}
        self.ids: dict[str, str] = {}
        self.start()

    def start(self) -> None:
        self.server = self._running.enter_context(serving(self._folder))
        self.net.server = int(self.server.url.rpartition(":")[2])
        self.net.mend()

    def kill(self) -> None:
        self.net.cut()
        self.server.stop(signal.SIGKILL)

    def close(self) -> None:
        for desk in self.desks.values():
            desk.close()
        self._running.close()

    def session(self, shelf: SqliteShelf | None = None) -> Session:
        url = f"http://127.0.0.1:{self.net.port}"
        return Session(url, shelf=shelf, timeout=10.0, patience=PATIENCE, trust_env=False)

    def hire(self) -> None:
        self.desks = {name: self.session() for name in ("admin", "office")}
        self.desks["admin"].log_in(DEVELOPMENT_EMAIL, password_shown(self.server.said))
        for name, role in PEOPLE.items():
            form = {"email": f"{name}@example.com", "password": PASSWORD, "full_name": name, "role": role}
            self.ids[name] = self.desks["admin"].post("/users", form)["id"]
        self.desks["office"].log_in("office@example.com", PASSWORD)

    def do(self, who: str, job_id: str, action: str, **body: Any) -> bool:
        """Whether a step was taken, sooner or later; a refusal only says that somebody else was first."""
        try:
            self.desks[who].post(f"/jobs/{job_id}/transitions/{action}", body)
        except Refused as refused:
            if refused.status != 409:
                raise
            return False
        return True

    def dispatched(self) -> str:
        """A new job on its way to one of the technicians."""
        job_id = str(self.desks["admin"].post("/jobs", JOB)["id"])
        technician = self.ids[self.random.choice(["tess", "theo"])]
        self.do("admin", job_id, "confirm")
        self.do("admin", job_id, "assign", technician_id=technician)
        self.do("office", job_id, "dispatch")
        return job_id

    def work(self, stopping: threading.Event, jobs: list[str]) -> None:
        """A day in the office."""
        while not stopping.is_set():
            jobs.append(self.dispatched())
            if self.random.random() < 0.4:
                self.do("office", self.random.choice(jobs), "recall", **REASON)
            if self.random.random() < 0.4:
                self.do("admin", self.random.choice(jobs), "return_visit", **REASON)
            time.sleep(0.05)


@contextlib.contextmanager
def house(folder: Path, seed: int) -> Iterator[House]:
    with network(1) as net:
        found = House(folder, net, seed)
        try:
            found.hire()
            yield found
        finally:
            found.close()


NEXT = {"DISPATCHED": ["start"], "IN_PROGRESS": ["hold", "complete"], "ON_HOLD": ["resume"]}


def queue_something(device: Device, chance: random.Random) -> None:
    """What a technician does with what the phone shows."""
    for job_id, status in device.statuses().items():
        if status in NEXT and chance.random() < 0.5:
            action = chance.choice(NEXT[status])
            device.outbox.add(job_id, action, REASON if action in {"hold", "resume"} else {})


def listed(session: Session) -> dict[str, Any]:
    found: dict[str, Any] = {}
    cursor: str | None = None
    while True:
        params = {"limit": 200} if cursor is None else {"limit": 200, "cursor": cursor}
        page = session.get("/jobs", **params)
        found |= {job["id"]: job for job in page["items"]}
        cursor = page["next_cursor"]
        if cursor is None:
            return found


@pytest.mark.deep
@pytest.mark.parametrize("transport", ["websocket", "sse"])
def test_after_every_kill_all_are_in_step_and_every_command_was_done_once(
    tmp_path: Path, transport: str
) -> None:
    jobs: list[str] = []
    with contextlib.ExitStack() as opened:
        here = opened.enter_context(house(tmp_path, seed=4))
        devices: dict[str, Device] = {}
        for name in ("tess", "theo", "owen"):
            shelf = opened.enter_context(SqliteShelf(tmp_path / f"{name}.db"))
            session = opened.enter_context(here.session(shelf))
            session.log_in(f"{name}@example.com", PASSWORD)
            devices[name] = opened.enter_context(Device(session, transport=transport))
        for _ in range(ROUNDS):
            stopping = threading.Event()
            office = threading.Thread(target=here.work, args=(stopping, jobs))
            office.start()
            for _ in range(10):
                for name in ("tess", "theo"):
                    queue_something(devices[name], here.random)
                time.sleep(0.1)
            here.kill()
            for name in ("tess", "theo"):
                queue_something(devices[name], here.random)
            here.start()
            stopping.set()
            office.join(PATIENCE)
            assert not office.is_alive()
        until(lambda: all(not device.outbox.waiting for device in devices.values()), PATIENCE)
        for name, device in devices.items():
            shown = listed(device.session)
            until(lambda device=device, shown=shown: device.copy.jobs == shown, PATIENCE)  # type: ignore[misc]
            assert device.failed is None, name
        check_commands(here, devices, jobs)


def check_commands(here: House, devices: dict[str, Device], jobs: list[str]) -> None:
    """What was told to be done was done, once; what was told to be refused was not."""
    done: dict[str, int] = {}
    for job_id in jobs:
        for entry in here.desks["admin"].get(f"/jobs/{job_id}/history")["items"]:
            done[entry["actor_id"]] = done.get(entry["actor_id"], 0) + 1
    for name in ("tess", "theo"):
        verdicts = devices[name].verdicts()
        keys = [verdict.command.key for verdict in verdicts]
        assert len(keys) == len(set(keys)) > 10
        assert {verdict.status for verdict in verdicts} <= {200, 404, 409}
        assert sum(verdict.done for verdict in verdicts) == done.get(here.ids[name], 0) > 0


@pytest.mark.deep
def test_a_phone_that_dies_with_the_server_goes_on_from_its_file(tmp_path: Path) -> None:
    with house(tmp_path, seed=5) as here:
        path = tmp_path / "tess.db"
        for _ in range(12):
            here.dispatched()
        with SqliteShelf(path) as shelf, here.session(shelf) as session:
            session.log_in("tess@example.com", PASSWORD)
            with Device(session) as tess:
                until(tess.is_connected)
                own = list(tess.statuses())
                here.kill()
                for job_id in own:
                    tess.outbox.add(job_id, "start")
                with suppress(Offline):  # nothing happens where the device is trying by itself at that moment
                    list(tess.outbox.sending(patience=0))
                assert len(tess.outbox.waiting) == len(own)
        here.start()
        recalled = own[0]
        assert here.do("office", recalled, "recall", **REASON)
        with SqliteShelf(path) as shelf, here.session(shelf) as session, Device(session) as again:
            assert len(again.outbox.waiting) == len(own)
            until(lambda: len(again.verdicts()) == len(own), PATIENCE)
            expected = {job_id: 404 if job_id == recalled else 200 for job_id in own}
            assert {each.command.job_id: each.status for each in again.verdicts()} == expected
            until(lambda: again.copy.jobs == listed(session), PATIENCE)
            assert "sync" not in again.kinds()
