"""Real permits, or plausible ones: an import and a year, as whole commands."""

from __future__ import annotations

import csv
import json
import resource
import sqlite3
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.figures import Figure, percentile
from bench.serving import Server, command, environment, free_port, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

REAL = Path("../shared/data/austin_electrical_permits_2014.csv")
_ROWS = 17_145
_FIELDS = (
    "permit_number", "sub_type", "work_type", "permit_location", "date_issued", "work_description", "status",
    "contractor", "lat", "lng",
)  # fmt: skip
_ACTIONS = 100_000
_MEGABYTE = 1024


def permits(folder: Path) -> Path:
    """The file of real permits where it is at hand, else as many made-up ones."""
    if REAL.exists():
        return REAL
    made = folder / "permits.csv"
    with made.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_FIELDS)
        for n in range(_ROWS):
            day = f"{1 + n * 12 // _ROWS:02d}/{1 + n % 28:02d}/2014"
            words = (
                f"install {n % 97} outlets, panel {n % 53} and wiring for the kitchen and garage at lot {n}"
            )
            state = "Final" if n % 10 else "Expired"
            writer.writerow(
                (
                    f"2014-{n:06d} EP",
                    "Residential",
                    "Remodel",
                    f"{n} MAIN ST",
                    day,
                    words,
                    state,
                    f"Firm {n % 700}",
                    "",
                    "",
                )
            )
    return made


def importing(folder: Path) -> Iterator[Figure]:
    """The import alone, beside plain inserts of the same rows; then beside a server that is written to."""
    file = permits(folder)
    first = _store(folder / "import")
    told = _run(first, "import", str(file), "--as", "admin@example.com", "--json")
    rows = told["rows"] / told["seconds"]
    yield Figure(
        "import on SQLite", rows, "rows/s", "sqlite3: the same rows, 100 a transaction, synchronous=FULL",
        _plain_inserts(file, folder), "at least 2,500 rows/s",
    )  # fmt: skip
    alone, beside = _writes_beside(folder, file)
    yield Figure(
        "a server's write while a file is imported, longest", max(beside), "ms", "the same writes alone, longest",
        max(alone), "held at most 50 ms",
    )  # fmt: skip
    yield Figure(
        "a server's write while a file is imported, p99", percentile(beside, 0.99), "ms", "the same writes alone, p99",
        percentile(alone, 0.99), "held at most 50 ms",
    )  # fmt: skip


def year(folder: Path) -> Iterator[Figure]:
    """The demonstration's whole year on SQLite, beside version-checked updates of one table."""
    store = folder / "year"
    start = time.perf_counter()
    told = _run(store, "demo", "--data", str(permits(folder)), "--json")
    took = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / _MEGABYTE
    accepted = told["accepted"]
    yield Figure(
        f"demo year, {accepted:,} actions on SQLite", took, "s",
        f"sqlite3: {_ACTIONS:,} version-checked updates, synchronous=FULL", _plain_updates(folder), "under 180 s",
    )  # fmt: skip
    yield Figure(
        "largest process so far, the demo year's among them", used, "MB", "the limit", 400, "under 400 MB"
    )


def _store(folder: Path) -> Path:
    _run(
        folder, "admin", "create", "--email", "admin@example.com", "--name", "Ada", "--password-stdin",
        text="bench-only-password\n", as_json=False,
    )  # fmt: skip
    return folder


def _run(folder: Path, *words: str, text: str = "", as_json: bool = True) -> dict[str, float]:
    done = subprocess.run(
        command(*words), env=environment(folder), input=text, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"hosanna {' '.join(words)} answered {done.returncode}: {done.stderr}")
    answer: dict[str, float] = json.loads(done.stdout) if as_json else {}
    return answer


def _database(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    return db


def _plain_inserts(file: Path, folder: Path) -> float:
    with file.open(newline="") as opened:
        rows = [tuple(row.values()) for row in csv.DictReader(opened)]
    db = _database(folder / "inserts.sqlite")
    marks = ",".join("?" * len(rows[0]))
    db.execute(f"CREATE TABLE permits ({','.join(f'c{n}' for n in range(len(rows[0])))}, PRIMARY KEY (c0))")
    start = time.perf_counter()
    for first in range(0, len(rows), 100):
        db.execute("BEGIN IMMEDIATE")
        db.executemany(f"INSERT OR IGNORE INTO permits VALUES ({marks})", rows[first : first + 100])
        db.execute("COMMIT")
    return len(rows) / (time.perf_counter() - start)


def _plain_updates(folder: Path) -> float:
    db = _database(folder / "updates.sqlite")
    db.execute("CREATE TABLE jobs (id INTEGER PRIMARY KEY, version INTEGER, body TEXT)")
    db.execute("INSERT INTO jobs VALUES (1, 0, 'x')")
    start = time.perf_counter()
    for version in range(_ACTIONS):
        db.execute("UPDATE jobs SET version = ? WHERE id = 1 AND version = ?", (version + 1, version))
    return time.perf_counter() - start


def _writes_beside(folder: Path, file: Path) -> tuple[list[float], list[float]]:
    """Milliseconds of each POST /jobs, first alone and then while a file is imported into the same store."""
    store = _store(folder / "beside")
    port = free_port()
    with serving(command("serve"), environment(store, port), port) as server:
        token = server.log_in("admin")
        alone = _writes(server, token, 300)
        importer = threading.Thread(target=_run, args=(store, "import", str(file), "--json"))
        importer.start()
        beside: list[float] = []
        while importer.is_alive():
            beside += _writes(server, token, 10)
        importer.join()
    return alone, beside


def _writes(server: Server, token: str, count: int) -> list[float]:
    body = {
        "title": "Panel upgrade", "customer": {"name": "Ann"}, "site": {"street": "1 Main St"},
        "priority": "NORMAL", "required_skills": [], "duration_minutes": 60,
    }  # fmt: skip
    took: list[float] = []
    for _ in range(count):
        start = time.perf_counter()
        status, answer = server.ask("POST", "/api/v1/jobs", token=token, body=body)
        took.append((time.perf_counter() - start) * 1000)
        if status != 201:  # Created
            raise RuntimeError(f"{status} {answer!r}")
        time.sleep(0.005)
    return took
