"""Whoever is killed or runs out of disk leaves no backup that is none, and no store that is half of one."""

import json
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pymongo import MongoClient
from pymongo.collection import Collection
from tests.cli.running import HOSANNA, environment, hosanna
from tests.wire import wire_client, wire_uri

from hosanna_adapters.backupfile import BackupFile
from hosanna_adapters.memory import MemoryStore
from hosanna_core.model.snapshot import WholeJob
from hosanna_core.testing.doubles import ports_on
from hosanna_core.usecases.job_chains import verify_histories

pytestmark = pytest.mark.deep
__all__ = ["wire_client", "wire_uri"]
JOBS = 20_000
FEW = 4_000
SECRET = "a secret for the tests that is long enough"
HEAD = "permit_number,sub_type,work_type,permit_location,date_issued,work_description"


def permits(first: int, count: int) -> str:
    """So many permits, each with a number of its own."""
    rows = (
        f"2014-{n:06d} EP,Residential,Remodel,{n} MAIN ST,2014-01-02,wire {n % 97} outlets of panel {n % 53}"
        for n in range(first, first + count)
    )
    return "\n".join((HEAD, *rows))


def backed_up(folder: Path, jobs: int) -> Path:
    """The folder, with a store of so many jobs, and a backup of it in `out`."""
    made = hosanna(
        *(folder, "admin", "create", "--email", "ada@example.com", "--name", "Ada", "--password-stdin"),
        given="a long enough password\n",
        JWT_SECRET=SECRET,
    )
    assert made.returncode == 0, made.stderr
    (folder / "permits.csv").write_text(permits(0, jobs))
    assert run(folder, "import", "permits.csv").returncode == 0
    assert run(folder, "backup", "--to", "out").returncode == 0
    return folder


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return backed_up(tmp_path_factory.mktemp("house"), JOBS)


@pytest.fixture
def backup(house: Path) -> Path:
    (file,) = (house / "out").iterdir()
    return file


def run(folder: Path, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    return hosanna(folder, *words, JWT_SECRET=SECRET, **variables)


def killed(folder: Path, after: float, *words: str, **variables: str) -> bool:
    """Begin a command and kill it so many seconds later; whether it was still at it."""
    given = environment(folder, {"JWT_SECRET": SECRET, **variables})
    with subprocess.Popen(
        [HOSANNA, *words], env=given, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
    return process.returncode == -signal.SIGKILL


def holds_all(folder: Path, jobs: int = JOBS, **variables: str) -> bool:
    told = run(folder, "audit", "verify", "--json", **variables)
    assert told.returncode == 0, told.stderr
    return bool(json.loads(told.stdout)["jobs"] == jobs)


def test_a_restore_that_is_killed_at_any_time_leaves_an_empty_store_that_is_restored_again(
    tmp_path: Path, backup: Path
) -> None:
    begun = time.monotonic()
    (tmp_path / "first").mkdir()
    assert run(tmp_path / "first", "restore", str(backup)).returncode == 0
    whole = time.monotonic() - begun
    assert holds_all(tmp_path / "first")
    deaths = 0
    for number in range(8):
        folder = tmp_path / f"killed-{number}"
        folder.mkdir()
        if not killed(folder, whole * (number + 1) / 9, "restore", str(backup)):
            continue
        deaths += 1
        again = run(folder, "restore", str(backup))
        if again.returncode:  # it had come to its end: what was left was to say so
            assert "holds jobs or users" in again.stderr
        assert holds_all(folder)
    assert deaths >= 4


def test_a_backup_that_is_killed_at_any_time_leaves_no_file_that_is_none(house: Path, tmp_path: Path) -> None:
    begun = time.monotonic()
    assert run(house, "backup", "--to", str(tmp_path / "whole")).returncode == 0
    whole = time.monotonic() - begun
    deaths = sum(
        killed(house, whole * (number + 1) / 11, "backup", "--to", str(tmp_path / "out"))
        for number in range(10)
    )
    assert deaths >= 5
    for file in (tmp_path / "out").glob("*.backup"):
        BackupFile(file, None).verify()
    assert run(house, "audit", "verify", "--no-histories").returncode == 0


def killed_among_jobs(folder: Path, backup: Path, uri: str, jobs: Collection[dict[str, Any]]) -> None:
    """Begin a restore, and kill it when it has put some jobs there."""
    jobs.delete_many({})
    given = environment(folder, {"JWT_SECRET": SECRET, "MONGODB_URI": uri})
    with subprocess.Popen([HOSANNA, "restore", str(backup)], env=given, cwd=folder) as process:
        while not 500 < jobs.count_documents({}) < FEW - 500:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    there = -1
    while there != (there := jobs.count_documents({})):  # the last that it sent may come late
        time.sleep(0.5)


def test_a_restore_into_mongodb_that_is_killed_says_so_until_it_is_done_again(
    tmp_path: Path, wire_uri: str, wire_client: MongoClient[dict[str, Any]]
) -> None:
    (backup,) = (backed_up(tmp_path, FEW) / "out").iterdir()
    name = f"restore_{uuid4().hex}"
    uri, database = f"{wire_uri.rstrip('/')}/{name}", wire_client[name]
    for _ in range(2):
        killed_among_jobs(tmp_path, backup, uri, database["jobs"])
        for command in ("audit verify", "serve"):
            refused = run(tmp_path, *command.split(), MONGODB_URI=uri)
            assert refused.returncode == 1
            assert "cut short" in refused.stderr
        too_soon = run(tmp_path, "restore", str(backup), MONGODB_URI=uri)
        assert "in a minute" in too_soon.stderr
        # As if a minute had gone by.
        database["meta"].update_one({"_id": "restoring"}, {"$set": {"at": datetime.fromtimestamp(0, UTC)}})
    assert run(tmp_path, "restore", str(backup), MONGODB_URI=uri).returncode == 0
    assert holds_all(tmp_path, FEW, MONGODB_URI=uri)


def test_a_full_disk_in_the_middle_of_a_restore_leaves_an_empty_store(tmp_path: Path, backup: Path) -> None:
    limited = ["prlimit", f"--fsize={20_000_000}", str(HOSANNA), "restore", str(backup)]
    given = environment(tmp_path, {"JWT_SECRET": SECRET})
    done = subprocess.run(limited, env=given, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode
    assert run(tmp_path, "restore", str(backup)).returncode == 0
    assert holds_all(tmp_path)


@pytest.fixture
def writers(house: Path) -> Iterator[None]:
    """An importer that goes on and on beside whoever asks for this."""
    stopping = threading.Event()

    def write() -> None:
        first = 1_000_000
        while not stopping.is_set():
            (house / "more.csv").write_text(permits(first, 400))
            assert run(house, "import", "more.csv").returncode == 0
            first += 400

    thread = threading.Thread(target=write)
    thread.start()
    yield
    stopping.set()
    thread.join()


@pytest.mark.usefixtures("writers")
def test_backups_among_writers_hold_no_half_of_anything(house: Path, tmp_path: Path) -> None:
    counts = []
    for _ in range(4):
        told = run(house, "backup", "--to", str(tmp_path), "--json")
        assert told.returncode == 0, told.stderr
        report = json.loads(told.stdout)
        counts.append(report["counts"]["job"])
        assert report["counts"]["claim"] == report["counts"]["job"]
        backup = BackupFile(Path(report["file"]), None)
        backup.verify()
        with closing(backup.records()) as records:
            assert all(
                len(each.history) == each.job.version for each in records if isinstance(each, WholeJob)
            )
        store = MemoryStore().ports()
        store.snapshots.load(backup.records())
        assert verify_histories(ports_on(store)) == report["counts"]["job"]
    assert counts == sorted(counts)
    assert counts[-1] > counts[0]
