"""Several processes write to one file and others follow it: all hear the same, whoever is killed meanwhile."""

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from threading import Thread
from types import ModuleType

import pytest
from tests.adapters.sqlite import listeners, tellers
from tests.adapters.sqlite.soundness import faults

from hosanna_adapters.sqlite import SqliteStore
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.testing.following import follow

START = bytes(8)
STANDS_STILL = 240.0
"""Seconds; a whole test takes twenty on a machine that has nothing else to do."""


class Child:
    """A running process, and the whole lines that it said."""

    def __init__(self, script: ModuleType, *arguments: object) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-X", "faulthandler", str(script.__file__), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.lines: list[str] = []
        self._hearing = Thread(target=self._hear)
        self._hearing.start()

    def _hear(self) -> None:
        assert self._process.stdout is not None
        self.lines.extend(line.rstrip("\n") for line in self._process.stdout if line.endswith("\n"))

    def said(self, lines: int) -> None:
        """Wait until it has said so much. One that stands still shows where, on the standard error."""
        end = time.monotonic() + STANDS_STILL
        while len(self.lines) < lines and self._hearing.is_alive():
            self._hearing.join(0.01)
            if time.monotonic() > end:
                self._process.send_signal(signal.SIGABRT)
                end = float("inf")
        assert len(self.lines) >= lines

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._end()

    def end(self) -> None:
        """Let it finish what it does."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._end()
        assert self._process.returncode == 0

    def _end(self) -> None:
        self._process.wait(timeout=60)
        self._hearing.join(60)
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()


@contextmanager
def running(path: Path) -> Iterator[list[Child]]:
    """Children that are put in here are killed in the end."""
    SqliteStore.open(path).close()
    children: list[Child] = []
    try:
        yield children
    finally:
        for child in children:
            child.kill()


def heard(child: Child) -> list[tuple[bytes, str]]:
    pairs = [line.split() for line in child.lines]
    return [(bytes.fromhex(cursor), key) for cursor, key in pairs]


def check(path: Path, acknowledged: list[str]) -> list[tuple[bytes, str]]:
    """Nothing that was acknowledged is missing, nothing is there twice, and no number is; answers the feed."""
    with SqliteStore.open(path) as opened:
        store = opened.ports()
        told = follow(store, START)
        subjects = {each.event.subject.id for each in told if each.event.subject.kind == "job"}
        assert all(store.jobs.get(each, SEES_ALL) is not None for each in subjects)
        written = {each.id for each in store.inboxes.notices(tellers.READER, None, 100_000)}
    assert [int.from_bytes(each.cursor, "big") for each in told] == list(range(1, len(told) + 1))
    keys = Counter(each.event.key for each in told)
    assert set(keys.values()) == {1}
    assert [key for key in acknowledged if key not in keys] == []
    assert {each.event.subject.id for each in told if each.event.subject.kind == "notification"} == written
    assert faults(path) == []
    return [(each.cursor, each.event.key) for each in told]


def test_two_who_write_and_two_who_follow_agree_on_one_order(path: Path) -> None:
    with running(path) as children:
        following = [Child(listeners, path, START.hex(), seed) for seed in (1, 2)]
        writing = [Child(tellers, path, 1_000, "clerk"), Child(tellers, path, 1_000, "importer")]
        children.extend((*following, *writing))
        writing[0].said(120)
        writing[1].said(400)
        for child in (*writing, *following):
            child.end()
    feed = check(path, [key for child in writing for key in child.lines])
    for child in following:
        assert heard(child) == feed
    for child in writing:
        own = set(child.lines)
        assert [key for _, key in feed if key in own] == child.lines


def killed_again_and_again(path: Path, times: int, chance: Random) -> None:
    """Writers are killed at whatever moment, and so is a follower, who goes on from the last that it said."""
    with running(path) as children:
        steady, restless = Child(listeners, path, START.hex(), 1), Child(listeners, path, START.hex(), 2)
        children.extend((steady, restless))
        acknowledged: list[str] = []
        told: list[tuple[bytes, str]] = []
        for turn in range(1, times + 1):
            clerk = Child(tellers, path, 1_000 * turn, "clerk")
            importer = Child(tellers, path, 10_000 + 100 * turn, "importer")
            children.extend((clerk, importer))
            clerk.said(chance.randrange(1, 60))
            importer.said(chance.randrange(1, 200))
            for child in (clerk, importer):
                child.kill()
                acknowledged += child.lines
            restless.kill()
            told += heard(restless)
            restless = Child(listeners, path, (told[-1][0] if told else START).hex(), turn)
            children.append(restless)
        for child in (steady, restless):
            child.end()
    feed = check(path, acknowledged)
    assert heard(steady) == feed
    assert told + heard(restless) == feed


@pytest.mark.deep
def test_whoever_is_killed_loses_nothing_that_was_told_and_tells_nothing_that_was_lost(path: Path) -> None:
    killed_again_and_again(path, 2, Random(4))


@pytest.mark.deep
def test_whoever_is_killed_fifteen_times_loses_nothing_that_was_told(path: Path) -> None:
    killed_again_and_again(path, 15, Random())
