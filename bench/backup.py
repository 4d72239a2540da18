"""A backup, its verification and its restore, as whole commands, beside copies of the SQLite file."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
import time
from contextlib import closing
from typing import TYPE_CHECKING

from bench.figures import Figure
from bench.generate import fill
from bench.opened import opened
from bench.serving import command, environment
from hosanna_core.model.query import JobFilter, Sort
from hosanna_core.rules.history import verify
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.usecases.trail import verify_trail
from hosanna_web.composition import open_system
from hosanna_web.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_FILE = "hosanna.db"
_MEGABYTE = 1024
_ROWS = 500


def measure(folder: Path, jobs: int) -> Iterator[Figure]:
    """Rates in jobs a second; the file holds their histories, words and indexes, too."""
    here, there, out = folder / "here", folder / "there", folder / "out"
    with opened(here) as house:
        fill(house, jobs)
    (database,) = here.rglob(_FILE)
    copied = jobs / _took(lambda: _copied(database, folder / "copy.db"))
    backed_up = jobs / _took(lambda: _by_sqlite(database, folder / "other.db"))
    backing = jobs / _took(lambda: _run(here, "backup", "--to", str(out)))
    (file,) = out.iterdir()
    verifying = jobs / _took(lambda: _run(here, "backup", "verify", str(file)))
    restore = _took(lambda: _run(there, "restore", str(file)))
    check = _took(lambda: _follow_every_chain(there))
    copy = "a plain copy of the SQLite file, fsync"
    own = "sqlite3's own backup in one step"
    named = f"{jobs:,} jobs"
    yield Figure(f"backup of {named}", backing, "jobs/s", copy, copied, "beside a running server")
    yield Figure(f"backup of {named}", backing, "jobs/s", own, backed_up, "beside a running server")
    yield Figure(f"verifying a backup of {named}", verifying, "jobs/s", copy, copied, "every value is read")
    yield Figure(
        f"restore of {named}", jobs / restore, "jobs/s", copy, copied, "verified before it is loaded"
    )
    yield Figure(
        f"restore of {named}, then every chain verified", jobs / (restore + check), "jobs/s",
        "a million in 15 minutes", 1_000_000 / 900, "a million in 15 minutes",
    )  # fmt: skip
    yield Figure(
        "size of the backup", file.stat().st_size / _MEGABYTE**2, "MB", "the SQLite file",
        database.stat().st_size / _MEGABYTE**2, "smaller",
    )  # fmt: skip
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / _MEGABYTE
    yield Figure("largest process of these", used, "MB", "the limit", 1_000, "does not grow with the store")


def _took(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _run(folder: Path, *words: str) -> None:
    done = subprocess.run(
        command(*words), env=environment(folder), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"hosanna {' '.join(words)} answered {done.returncode}: {done.stderr}")


def _follow_every_chain(folder: Path) -> None:
    """As `hosanna audit verify`, but for what the made-up jobs cannot pass: theirs is no life that the rules allow."""
    os.environ.update(environment(folder))
    with open_system(load_settings()) as system:
        verify_trail(system.ports)
        jobs, after = system.ports.store.jobs, None
        while True:
            page = jobs.page(SEES_ALL, JobFilter(), Sort.OLDEST, after, _ROWS)
            for row in page.rows:
                job = jobs.get(row.id, SEES_ALL)
                if job is not None:
                    verify(job, jobs.history(row.id))
            after = page.next
            if after is None:
                return


def _copied(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    handle = os.open(target, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def _by_sqlite(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as db, closing(sqlite3.connect(target)) as other:
        db.backup(other)
