"""Planners on published instances: how far from the best known values they come, and whether a plan has a fault."""

from __future__ import annotations

import math
import os
import time
from contextlib import ExitStack, closing
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.planning.checker import faults

from bench.figures import Figure
from bench.instances import read
from hosanna_adapters.childprocess import Children
from hosanna_adapters.insertion import InsertionPlanner
from hosanna_web.composition.planners import planners_with

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.instances import Instance
    from hosanna_core.model.planning import Plan
    from hosanna_core.ports import Planner

BESIDE: Final = Path(__file__).resolve().parents[2] / "shared" / "data" / "routing"
"""Where instances are looked for, unless the command or HOSANNA_INSTANCES names another folder."""
SECONDS: Final = {
    ("solomon", "built in"): 2,
    ("solomon", "pyvrp"): 10,
    ("trsp", "built in"): 5,
    ("trsp", "long"): 60,
}
WANTED: Final = {
    ("solomon", "built in"): "gap at most 8 %",
    ("solomon", "pyvrp"): "gap at most 1 %",
    ("trsp", "built in"): "net gap at most 15 %",
    ("trsp", "long"): "net gap at most 5 %",
}


def measure(folder: Path | None = None) -> Iterator[Figure]:
    """Every instance below *folder*, by every planner that is installed, one after the other."""
    where = folder or Path(os.environ.get("HOSANNA_INSTANCES", BESIDE))
    instances = list(read(where))
    if where != BESIDE and not instances:
        raise SystemExit(f"There is no instance below {where}.")
    for instance in instances:
        for (kind, name), seconds in SECONDS.items():
            if kind == instance.kind and (name != "pyvrp" or find_spec("pyvrp")):
                yield from _measured(instance, name, seconds)


def _planner(name: str, opened: ExitStack) -> Planner:
    """The planner itself; in the long run the better plan of all that are installed, in processes of their own."""
    if name == "long":
        planners = planners_with(opened.enter_context(closing(Children())))
        return planners.get("best", planners["built-in"])
    if name != "pyvrp":
        return InsertionPlanner()
    from hosanna_adapters.pyvrp.planner import PyvrpPlanner  # noqa: PLC0415  # where it is installed

    return PyvrpPlanner()


def _busy() -> float:
    """Seconds of CPU so far, those of processes that have ended among them."""
    return sum(os.times()[:4])


def _measured(instance: Instance, name: str, seconds: int) -> Iterator[Figure]:
    with ExitStack() as opened:
        planner = _planner(name, opened)
        begun, cpu = time.perf_counter(), _busy()
        plan = planner.plan(instance.problem, seconds)
    took, busy = time.perf_counter() - begun, _busy() - cpu
    if faults(instance.problem, plan):
        raise AssertionError(f"{instance.kind} {instance.name} by {name}: {faults(instance.problem, plan)}")
    what = f"{instance.kind} {instance.name}, {name}: {took:.1f} s, {busy:.1f} of CPU, {len(plan.left_out)} left out"
    yield from _figures(instance, plan, what, WANTED[instance.kind, name])


def _figures(instance: Instance, plan: Plan, what: str, wanted: str) -> Iterator[Figure]:
    best = instance.best if instance.best is not None else math.nan
    # The best known plans serve everybody: what leaves somebody out is no shorter for that.
    cost = math.inf if plan.left_out and instance.best is not None else plan.objective.total / instance.scale
    if instance.kind == "solomon":
        yield Figure(what, cost, "distance", "best known", best, wanted)
        return
    yield Figure(what, cost, "working time", "best known", best, "")
    service = instance.service
    yield Figure(f"{what}, net", cost - service, "without service", "best known", best - service, wanted)
