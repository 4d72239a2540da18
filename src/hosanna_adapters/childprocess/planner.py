"""The parent: starts children, listens to them, and ends them when their time is over, or its own."""

from __future__ import annotations

import logging
import os
import selectors
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from threading import Lock
from typing import IO, TYPE_CHECKING, Final

from hosanna_adapters.childprocess.wire import PLAN, Task, frames, written
from hosanna_core.errors import PlannerFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.model.planning import Plan, Problem
    from hosanna_core.ports.planners import Progress

OVERRUN: Final = 0.5
"""The share of the time by which a child may be late before it is ended."""
GRACE: Final = 40.0
"""Seconds beside that: a busy machine takes long to start a process, and a thousand jobs are not explained in one."""
_CHUNK: Final = 1 << 16
_TOLD: Final = 2_000
"""So much of what a child complained of at last is put into the log."""
_NEEDED: Final = (
    "PATH",
    "PYTHONPATH",
    "PYTHONHOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "TZ",
    "VIRTUAL_ENV",
    "LD_LIBRARY_PATH",
)
"""What of our environment a child is given: no secret is among it."""
_log = logging.getLogger("hosanna.planner")


class Children:
    """All processes that plan for us now; once closed they are ended, and no other begins."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._closed = False

    def close(self) -> None:
        """End them all; those who wait for them get PlannerFailed."""
        with self._lock:
            self._closed = True
            for process in self._running:
                process.kill()

    def begin(self, name: str, seed: int, until: float, task: IO[bytes], complaints: IO[bytes]) -> Child:
        """Start a child."""
        command = [sys.executable, "-P", "-m", "hosanna_adapters.childprocess", name, str(seed), repr(until)]
        environment = {key: os.environ[key] for key in _NEEDED if key in os.environ}
        with self._lock:
            if self._closed:
                raise PlannerFailed("The server is being stopped: nothing was kept.")
            process = subprocess.Popen(  # noqa: S603  # our own interpreter, no shell, nothing of a user in it
                command, stdin=task, stdout=subprocess.PIPE, stderr=complaints, env=environment
            )
            self._running.add(process)
        return Child(name, process, complaints)

    def end(self, child: Child) -> None:
        """End one, if it has not ended."""
        child.process.kill()
        if child.process.stdout is not None:
            child.process.stdout.close()
        child.process.wait()
        with self._lock:
            self._running.discard(child.process)


class Child:
    """One process, and what it has said so far."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], complaints: IO[bytes]) -> None:
        self.name = name
        self.process = process
        self.plan: Plan | None = None
        self._complaints = complaints
        self._received = bytearray()

    @property
    def pipe(self) -> int:
        """Where it is heard."""
        if self.process.stdout is None:
            raise PlannerFailed("The planner cannot be heard.")
        return self.process.stdout.fileno()

    def listen(self, progress: Progress | None) -> bool:
        """Take what it has said; False once there is nothing more to come."""
        heard = os.read(self.pipe, _CHUNK)
        self._received += heard
        for kind, value in frames(self._received):
            if kind == PLAN:
                self.plan = value
            elif progress is not None:
                progress(value)
        return bool(heard) and self.plan is None

    def complain(self, *, late: bool) -> None:
        """Put into the log why there is no plan."""
        self._complaints.seek(0, os.SEEK_END)
        self._complaints.seek(max(0, self._complaints.tell() - _TOLD))
        told = self._complaints.read().decode("utf-8", "replace").strip()
        code = self.process.wait() if not late else None
        _log.error("the planner %s gave no plan (%s): %s", self.name, "too late" if late else code, told)


class ChildProcessPlanner:
    """The best plan of several planners, each in a process of its own, all at once and with another chance each.

    A child gets no longer than it is told, and half of that for being late; then it is ended. Where none of them
    gives a plan PlannerFailed is raised.
    """

    def __init__(self, children: Children, names: Sequence[str] = ("built-in",)) -> None:
        self._children = children
        self._names = tuple(names)

    def plan(
        self,
        problem: Problem,
        seconds: float,
        *,
        seed: int = 0,
        progress: Progress | None = None,
        start: Plan | None = None,
    ) -> Plan:
        until, end = time.time() + seconds, time.monotonic() + (1 + OVERRUN) * seconds + GRACE
        task = written(Task(problem, start))
        with ExitStack() as opened:
            children = []
            for number, name in enumerate(self._names):
                child = self._children.begin(
                    name, seed + number, until, _file(opened, task), _file(opened, b"")
                )
                opened.callback(self._children.end, child)
                children.append(child)
            _listen(children, end, progress)
        plans = [child.plan for child in children if child.plan is not None]
        if not plans:
            raise PlannerFailed("The planner ended without an answer: nothing was kept.")
        return min(plans, key=lambda plan: plan.objective.rank)


def _file(opened: ExitStack, content: bytes) -> IO[bytes]:
    """A file without a name: a child may take its time to read it, and nobody waits for that."""
    file: IO[bytes] = opened.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  # it is closed with the rest
    file.write(content)
    file.flush()
    file.seek(0)
    return file


def _listen(children: Sequence[Child], end: float, progress: Progress | None) -> None:
    """Until each has given a plan, has ended without one, or is too late."""
    with selectors.DefaultSelector() as selector:
        for number, child in enumerate(children):
            selector.register(child.pipe, selectors.EVENT_READ, (child, progress if number == 0 else None))
        while selector.get_map():
            ready = selector.select(max(0.0, end - time.monotonic()))
            if not ready:
                break
            for key, _ in ready:
                child, told = key.data
                if not child.listen(told):
                    selector.unregister(child.pipe)
                    if child.plan is None:
                        child.complain(late=False)
        for key in selector.get_map().values():
            key.data[0].complain(late=True)
