"""The child: reads a task, plans, and says what it found. Arguments: a planner's name, a seed, and until when."""

from __future__ import annotations

import os
import pickle
import sys
import time
from importlib import import_module
from typing import TYPE_CHECKING, Final

from hosanna_adapters.childprocess.wire import PLAN, PROGRESS, Task, frame

if TYPE_CHECKING:
    from hosanna_core.ports import Planner

PLANNERS: Final = {
    "built-in": ("hosanna_adapters.insertion", "InsertionPlanner"),
    "pyvrp": ("hosanna_adapters.pyvrp.planner", "PyvrpPlanner"),
}
POLITENESS: Final = 5
"""How much others come before it where processors are short."""
LEAST: Final = 0.05
"""Seconds that are left to plan however long it took to begin."""
EVERY: Final = 0.2
"""Seconds between two reports."""


class _Reports:
    """Says how far it is, not too often."""

    def __init__(self, out: int) -> None:
        self._out = out
        self._next = 0.0

    def __call__(self, share: float) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + EVERY
            _write(self._out, frame(PROGRESS, share))


def main(name: str, seed: str, until: str) -> None:
    """Plan until the instant *until*, in seconds since 1970."""
    os.nice(POLITENESS)
    # Whatever anybody prints must not get between the frames.
    out = os.dup(1)
    os.dup2(2, 1)
    task: Task = pickle.load(sys.stdin.buffer)  # noqa: S301  # it comes from our own parent
    module, kind = PLANNERS[name]
    planner: Planner = getattr(import_module(module), kind)()
    left = max(float(until) - time.time(), LEAST)
    plan = planner.plan(task.problem, left, seed=int(seed), progress=_Reports(out), start=task.start)
    _write(out, frame(PLAN, plan))


def _write(out: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(out, view) :]


if __name__ == "__main__":
    main(*sys.argv[1:])
