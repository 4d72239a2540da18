"""Several processes on one file, and what a killed one leaves behind."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest
from tests.adapters.sqlite import restless
from tests.adapters.sqlite.soundness import faults

from hosanna_adapters.sqlite import SqliteStore
from hosanna_core.ports import Store
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.testing.samples import a_job, id_of, job_change

Acknowledged = dict[int, int]
"""The highest version that was acknowledged of each job's number."""


class Restless:
    """A running process that writes."""

    def __init__(self, path: Path, first: int) -> None:
        self.first = first
        self.acknowledged: Acknowledged = {}
        self._process = subprocess.Popen(
            [sys.executable, restless.__file__, str(path), str(first)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._input, self._output = self._process.stdin, self._process.stdout

    def go_on(self, lines: int) -> None:
        """Wait for so many more acknowledgements."""
        for _ in range(lines):
            self._note(self._output.readline())

    def kill(self) -> None:
        """End it as a power cut would, and note what it said last."""
        self._process.kill()
        self._hear_out()

    def end(self) -> None:
        """Let it finish what it does."""
        self._input.close()
        self._hear_out()
        assert self._process.returncode == 0

    def _hear_out(self) -> None:
        if not self._output.closed:
            self._note(*self._output)
            self._output.close()
            self._input.close()
            self._process.wait(timeout=60)

    def _note(self, *lines: str) -> None:
        for line in lines:
            if line.endswith("\n"):
                number, version = line.split()
                self.acknowledged[int(number)] = int(version)


@contextmanager
def running(path: Path, *firsts: int) -> Iterator[list[Restless]]:
    started = [Restless(path, first) for first in firsts]
    try:
        yield started
    finally:
        for each in started:
            each.kill()


def booked(store: Store) -> int:
    """How often the one technician was booked."""
    return store.calendars.of([restless.TECHNICIAN])[restless.TECHNICIAN].version


def check(path: Path, acknowledged: Acknowledged) -> None:
    """Nothing that was acknowledged is missing, and nothing is there by half."""
    assert acknowledged
    with SqliteStore.open(path) as opened:
        store = opened.ports()
        for number, version in acknowledged.items():
            job = store.jobs.get(id_of(number), SEES_ALL)
            assert job is not None
            assert job.version >= version
        # Every booking belongs to one job that is stored; each process had at most one job on its way.
        stored = store.jobs.known_refs([f"P-{n}" for first in acknowledged for n in (first, first + 1)])
        assert booked(store) == len(stored)
        assert len(store.inboxes.notices(restless.TECHNICIAN, None, 100_000)) == len(stored)
    assert faults(path) == []


def test_two_processes_write_to_one_file_and_lose_nothing(path: Path) -> None:
    with running(path, 1_000, 2_000) as both:
        for each in both:
            each.go_on(60)
        for each in both:
            each.end()
    acknowledged = {number: version for each in both for number, version in each.acknowledged.items()}
    check(path, acknowledged)
    assert set(acknowledged.values()) == {2}


def test_a_process_sees_what_another_one_committed_a_moment_ago(path: Path) -> None:
    with SqliteStore.open(path) as one, SqliteStore.open(path) as other:
        for number in range(1, 20):
            one.ports().ledger.commit(job_change(a_job(number)))
            assert other.ports().jobs.get(id_of(number), SEES_ALL) is not None


def test_two_processes_never_give_the_same_number(path: Path) -> None:
    with SqliteStore.open(path) as one, SqliteStore.open(path) as other:
        given = [
            number
            for count in (1, 5, 40, 3, 16, 17)
            for store in (one, other)
            for number in store.ports().jobs.claim_numbers(count)
        ]
    assert len(set(given)) == len(given) == 2 * (1 + 5 + 40 + 3 + 16 + 17)


def kill_again_and_again(path: Path, times: int, chance: Random) -> None:
    acknowledged: Acknowledged = {}
    for round_ in range(times):
        first = 1_000_000 * (round_ + 1)
        with running(path, first, first + 500_000) as both:
            for each in both:
                each.go_on(chance.randrange(1, 60))
        for each in both:
            acknowledged |= each.acknowledged
        check(path, acknowledged)


def test_kill_9_loses_no_acknowledged_change_and_leaves_no_half_one(path: Path) -> None:
    kill_again_and_again(path, 2, Random(9))


@pytest.mark.deep
def test_kill_9_forty_times_loses_no_acknowledged_change(path: Path) -> None:
    kill_again_and_again(path, 40, Random())
