"""The operational report of a large store, beside a bare count of its jobs by standing."""

from __future__ import annotations

import random
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec
from rich.progress import Progress

from bench.figures import Figure
from bench.house import START, House, house
from hosanna_adapters.memory import MemoryStore
from hosanna_adapters.sqlite import SqliteStore
from hosanna_core.model.details import Details, Order
from hosanna_core.model.ids import DAY, HOUR, MINUTE
from hosanna_core.model.instants import to_text
from hosanna_core.model.schedule import Window
from hosanna_core.model.snapshot import Numbering, WholeJob
from hosanna_core.model.status import Action
from hosanna_core.rules.decisions import create, transition
from hosanna_core.rules.history import seal
from hosanna_core.rules.lifecycle import STANDARD
from hosanna_core.testing.doubles import StandingClock, ports_on
from hosanna_core.testing.samples import a_calendar, a_job, id_of
from hosanna_core.usecases.operating import report_operations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hosanna_core.model.job import Job
    from hosanna_core.model.snapshot import Record
    from hosanna_core.rules.decisions import Decision

_DAYS = 3 * 365
_ROUNDS = 9
_REPORTS = {"a month": 30, "a quarter": 91, "a year": 365}
_MEAN = {
    Action.CONFIRM: 12 * HOUR,
    Action.ASSIGN: 18 * HOUR,
    Action.DISPATCH: 30 * HOUR,
    Action.START: 4 * HOUR,
    Action.COMPLETE: 3 * HOUR,
    Action.BILL: 60 * HOUR,
}
"""The main line, and how long a job is in the mean before each step."""
_CANCELLED, _HELD = 0.01, 0.05
_IN_THE_FIELD = frozenset({Action.START, Action.COMPLETE, Action.HOLD, Action.RESUME})
_REASONED = frozenset(step.action for step in STANDARD.steps if step.reasoned)
_BARE = "SELECT standing, count(*) FROM jobs GROUP BY standing"
_KEY = b"k" * 32


def measure(folder: Path, jobs: int) -> Iterator[Figure]:
    """Milliseconds. The store is loaded as a restore loads one: whole histories, spread over three years."""
    folder.mkdir(parents=True)
    path = folder / "hosanna.db"
    people = house(MemoryStore().ports())
    with SqliteStore.open(path) as store:
        store.ports().snapshots.load(_records(people, jobs))
    end = START + _DAYS * DAY
    with SqliteStore.open(path) as store, closing(sqlite3.connect(path)) as db:
        bare = _best(lambda: db.execute(_BARE).fetchall())
        ports = ports_on(store.ports(), clock=StandingClock(end))
        for named, days in _REPORTS.items():
            asked = {"from": [to_text(end - days * DAY)], "to": [to_text(end)]}
            for actor in (people.administrator, people.office):
                took = _best(lambda actor=actor, asked=asked: report_operations(ports, actor, asked))
                yield Figure(
                    f"report of {named} for the {actor.role.lower().replace('_', ' ')}, {jobs:,} jobs",
                    took, "ms", "count(*) of the jobs by standing", bare, "under 300 ms at a million",
                )  # fmt: skip


def _best(work: Callable[[], object]) -> float:
    """The median of some rounds: what somebody waits who asks again."""
    took = []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        work()
        took.append(1000 * (time.perf_counter() - start))
    return sorted(took)[_ROUNDS // 2]


def _records(people: House, jobs: int) -> Iterator[Record]:
    chance = random.Random(jobs)  # the same store in every run
    for record in people.ports.store.snapshots.dump():
        if not isinstance(record, Numbering):
            yield record
            continue
        yield Numbering(jobs + 1)
        with Progress(transient=True) as progress:
            task = progress.add_task(f"{jobs:,} jobs", total=jobs)
            for number in range(1, jobs + 1):
                yield _lived(people, number, START + number * _DAYS * DAY // jobs, chance)
                if number % 1_000 == 0:
                    progress.advance(task, 1_000)


def _lived(people: House, number: int, at: int, chance: random.Random) -> WholeJob:
    """A job and its life, as far as it came until the end of the three years."""
    promised = at + chance.randrange(6 * DAY)
    plain = a_job(number)
    details = Details(
        title=f"Panel {number % 500}",
        customer=plain.customer,
        site=plain.site,
        priority=plain.priority,
        duration_minutes=60,
        arrival_window=Window(promised, promised + 2 * HOUR) if number % 4 else None,
    )
    office, technician = people.administrator.id, chance.choice(people.technicians).id
    decision = create(
        details,
        job_id=id_of(number),
        number=number,
        subject_key=_KEY,
        customers_key=_KEY,
        actor_id=office,
        now=at,
    )
    entries, job = [], decision.job
    while True:
        entry = seal(job.chain, decision.facts, decision.job.id, _KEY)
        entries.append(entry)
        job = msgspec.structs.replace(decision.job, chain=entry.hash)
        following = _following(people, job, technician, chance)
        if following is None:
            return WholeJob(job, tuple(entries))
        decision = following


def _following(people: House, job: Job, technician: str, chance: random.Random) -> Decision | None:
    action = _action(job, chance)
    if action is None:
        return None
    at = job.updated_at + MINUTE + int(chance.expovariate(1 / _MEAN.get(action, 6 * HOUR)))
    if at >= START + _DAYS * DAY:
        return None
    placed, field = action is Action.ASSIGN, action in _IN_THE_FIELD
    order = Order(
        technician_id=technician if placed else None,
        override=placed,
        reason=f"Reason {chance.randrange(40)}" if action in _REASONED else None,
    )
    return transition(
        job,
        action,
        order,
        {technician: a_calendar(technician)},
        actor_id=technician if field else people.office.id,
        now=at,
    )


def _action(job: Job, chance: random.Random) -> Action | None:
    allowed = STANDARD.allowed(job.status)
    if Action.CANCEL in allowed and chance.random() < _CANCELLED:
        return Action.CANCEL
    if Action.HOLD in allowed and chance.random() < _HELD:
        return Action.HOLD
    return next((action for action in (*_MEAN, Action.RESUME) if action in allowed), None)
