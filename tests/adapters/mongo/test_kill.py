"""A server that is killed without warning loses nothing that it acknowledged, and keeps no half of a change."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from threading import Event, Thread

import pytest

from hosanna_adapters.mongo import MongoStore, patience, units
from hosanna_core.errors import Busy, CommitRefused
from hosanna_core.model.job import Job
from hosanna_core.ports import Store
from hosanna_core.rules.history import verify
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.testing.contracts.base import stored
from hosanna_core.testing.samples import a_calendar, a_job, after, id_of, job_change

# The wire server honours `j: true` of a single write by itself, but of a transaction only with sync_on_commit: without
# it, what a transaction wrote stays in the process for a moment. A real server honours both.
SERVE = """
import sys
from secantus import SecantusDBServer
server = SecantusDBServer(port=int(sys.argv[1]), storage_path=sys.argv[2], sync_on_commit=sys.argv[3] == "True")
server.start()
print("ready", flush=True)
server.wait()
"""
WRITERS = 3


class Server:
    """The wire server as a process of its own."""

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        self._path, self._durable = path, durable
        self._process: subprocess.Popen[str] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.uri = f"mongodb://127.0.0.1:{self._port}/"

    def start(self) -> None:
        program = [sys.executable, "-c", SERVE, str(self._port), str(self._path), str(self._durable)]
        self._process = subprocess.Popen(program, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def kill(self) -> None:
        if self._process is None:
            return
        self._process.kill()
        self._process.communicate()
        self._process = None


class Writer(Thread):
    """Moves one job and its technician's calendar on, in turns alone and together, until told to stop."""

    def __init__(self, store: Store, number: int, stop: Event) -> None:
        super().__init__()
        self._store, self._stop_it = store, stop
        self.technician = id_of(900 + number)
        self.job: Job = stored(store, a_job(number), calendars=(a_calendar(self.technician),))
        self.booked = 1
        self.acknowledged = 1

    def run(self) -> None:
        while not self._stop_it.is_set():
            books = self.job.version % 2 == 0
            calendars = (a_calendar(self.technician, self.booked + 1),) if books else ()
            change = job_change(after(self.job), self.job, calendars=calendars)
            try:
                self._store.ledger.commit(change)
            except (Busy, CommitRefused):
                return
            self.job = change.root
            self.booked += books
            self.acknowledged += 1

    def check(self, store: Store) -> None:
        """What was acknowledged is there; what was under way is there whole or not."""
        job = store.jobs.get(self.job.id, SEES_ALL)
        assert job is not None
        assert self.job.version <= job.version <= self.job.version + 1
        history = store.jobs.history(job.id)
        assert len(history) == job.version
        verify(job, history)
        calendar = store.calendars.of([self.technician])[self.technician]
        assert calendar.version == 1 + (job.version - 1) // 2


def killed(server: Server, rounds: int) -> int:
    """Kill the server *rounds* times under writers; answers how many changes it had acknowledged."""
    chance, acknowledged = Random(rounds), 0
    for round_number in range(rounds):
        server.start()
        store = MongoStore.open(server.uri)
        stop = Event()
        writers = [Writer(store.ports(), 10 * round_number + n, stop) for n in range(1, WRITERS + 1)]
        for writer in writers:
            writer.start()
        stop.wait(chance.uniform(0.3, 0.9))
        server.kill()
        stop.set()
        for writer in writers:
            writer.join()
        store.close()
        server.start()
        again = MongoStore.open(server.uri)
        for writer in writers:
            writer.check(again.ports())
        again.close()
        server.kill()
        acknowledged += sum(writer.acknowledged for writer in writers)
    return acknowledged


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    server.kill()


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The writers are to notice soon that their server is gone."""
    monkeypatch.setattr(patience, "OPERATION", 1.0)
    monkeypatch.setattr(units, "COMMIT", 1.0)
    monkeypatch.setattr(patience, "SETTLE", 0.2)


@pytest.mark.deep
def test_a_killed_server_has_kept_every_acknowledged_change(server: Server) -> None:
    assert killed(server, rounds=1) > WRITERS


@pytest.mark.deep
def test_a_server_that_is_killed_again_and_again_has_kept_every_acknowledged_change(server: Server) -> None:
    assert killed(server, rounds=8) > 8 * WRITERS
