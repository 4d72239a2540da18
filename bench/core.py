"""Decisions and use cases without any I/O."""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING

import msgspec
from transitions import Machine

from bench.figures import Figure, rate
from bench.house import house
from hosanna_adapters.memory import MemoryStore
from hosanna_core.model.status import Action, Status
from hosanna_core.rules.decisions import transition
from hosanna_core.rules.lifecycle import STANDARD
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.usecases.fieldwork import transition_job
from hosanna_core.usecases.jobs import create_job
from hosanna_core.usecases.judging import Unparsed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hosanna_core.model.job import Job

_DECISIONS = 50_000
_USE_CASES = 5_000
_EMPTY = Unparsed(b"{}")


def measure() -> Iterator[Figure]:
    """A status decision against firing one trigger; a use case against replacing the job in a dictionary."""
    here = house(MemoryStore().ports())
    job = create_job(here.ports, here.administrator, here.job_body(0))
    actor = here.administrator.id

    def decide() -> None:
        for _ in range(_DECISIONS):
            transition(job, Action.CONFIRM, actor_id=actor, now=job.updated_at)

    decisions = rate(decide, _DECISIONS)
    yield Figure(
        "status decision in the core", decisions, "1/s", "a trigger of one shared transitions machine", _triggers(),
        "at least 200,000 /s",
    )  # fmt: skip
    made = [create_job(here.ports, here.administrator, here.job_body(n)) for n in range(3 * _USE_CASES)]
    ids = iter([job.id for job in made])

    def confirm() -> None:
        for job_id in itertools.islice(ids, _USE_CASES):
            transition_job(here.ports, here.administrator, job_id, "confirm", _EMPTY)

    use_cases = rate(confirm, _USE_CASES)
    found = here.ports.store.jobs.get(made[0].id, SEES_ALL)
    assert found is not None
    yield Figure(
        "use case (confirm) on the memory store", use_cases, "1/s", "msgspec replace into a dictionary, locked",
        _replacing(found), "at least 20,000 /s",
    )  # fmt: skip


def _triggers() -> float:
    class Model:
        state: str

    model = Model()
    machine = Machine(model, states=[*Status], initial=Status.TENTATIVE, auto_transitions=False)
    machine.add_transition("confirm", Status.TENTATIVE, Status.CONFIRMED)
    fire = model.confirm  # type: ignore[attr-defined]  # the machine adds it

    def work() -> None:
        for _ in range(_USE_CASES):
            model.state = "TENTATIVE"
            fire()

    assert STANDARD.target(Status.TENTATIVE, Action.CONFIRM) is Status.CONFIRMED
    return rate(work, _USE_CASES)


def _replacing(job: Job) -> float:
    shelf: dict[str, Job] = {}
    lock = threading.Lock()

    def work() -> None:
        for version in range(_DECISIONS):
            with lock:
                shelf[job.id] = msgspec.structs.replace(job, version=version)

    return rate(work, _DECISIONS)
