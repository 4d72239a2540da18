"""Another process holds the file: whoever writes is told soon to come back, whoever reads notices nothing."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.broken.house import ALIVE, AT_ONCE, House, crowd, house, kinds, slowest, together, well_after
from tests.cli.lines import Line

pytestmark = pytest.mark.deep

WRITERS = 12
"""More than there are threads that write."""
HELD = 6.0
"""Seconds."""
HOLD = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("BEGIN " + sys.argv[2])
db.execute("SELECT count(*) FROM sqlite_schema").fetchall()
print("held", flush=True)
sys.stdin.read()
"""
SOME_JOBS = 400
"""Enough for a checkpoint to be due."""
A_CHECKPOINT = 4_000 * 4_096
"""Bytes of the log after which one is made."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as found:
        yield found


def file_of(served: House) -> Path:
    return served.server.out.parent / "data" / "hosanna.db"


@contextlib.contextmanager
def held(served: House, how: str) -> Iterator[None]:
    """Another process has the file, to write or just to read, and does nothing more."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, file_of(served), how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        yield


def test_who_writes_is_told_soon_and_who_reads_notices_nothing(served: House) -> None:
    line = served.listen()
    assert line.take()["type"] == "hello"
    with crowd(*[served.make] * WRITERS, served.log_in, served.list, served.live) as heard:
        with held(served, "IMMEDIATE"):
            began = time.monotonic()
            time.sleep(HELD)
            released = time.monotonic()
        back = {each.__name__: well_after(each, released) for each in (served.make, served.log_in)}
        time.sleep(1)
    print(slowest(heard), back)
    assert max(slowest(heard).values()) < AT_ONCE, slowest(heard)
    assert slowest(heard)["live"] < ALIVE
    assert slowest(heard)["list"] < ALIVE
    assert {name: kinds(heard)[name] for name in ("list", "live")} == {"list": {200}, "live": {200}}
    assert all(each.status in {200, 201} or each.refused for each in heard), kinds(heard)
    assert [each for each in heard if each.refused and each.what == "make" and each.asked_at > began]
    hear_of(line, set(served.jobs[1:]))


def hear_of(line: Line, made: set[str]) -> None:
    """Listen until all of these jobs were told of as made, in whatever order."""
    while made:
        message = line.take()
        if message["type"] == "job.created":
            made.discard(message["job"]["id"])


def test_a_reader_that_stays_makes_the_log_grow_no_further_than_it_must(served: House) -> None:
    log = Path(f"{file_of(served)}-wal")

    def some_jobs() -> int:
        for _ in range(SOME_JOBS // WRITERS):
            assert {each.status for each in together(*[served.make] * WRITERS)} == {201}
        return log.stat().st_size

    with held(served, "DEFERRED"):
        while some_jobs() < 2 * A_CHECKPOINT:
            pass
    # The first commits behind the reader's end still go there where the checkpoint finds somebody else reading.
    long = some_jobs() + A_CHECKPOINT // 10
    for _ in range(3):
        assert some_jobs() <= long, "what was written before is written over"
