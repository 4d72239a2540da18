"""Jobs on random walks through a lifecycle, as the changes that would have stored them: the same for each seed."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.model.change import Change
from hosanna_core.model.details import Details, Order
from hosanna_core.model.ids import DAY, HOUR, MINUTE
from hosanna_core.model.schedule import Window
from hosanna_core.model.status import Action
from hosanna_core.rules.decisions import create, details_of, edit, erase, transition
from hosanna_core.rules.history import seal
from hosanna_core.rules.lifecycle import STANDARD
from hosanna_core.testing.samples import START, a_calendar, a_job, id_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hosanna_core.model.ids import Millis
    from hosanna_core.model.job import Job
    from hosanna_core.rules.decisions import Decision
    from hosanna_core.rules.lifecycle import Lifecycle

TECHNICIANS: Final = tuple(id_of(901 + number) for number in range(3))
OFFICE: Final = tuple(id_of(951 + number) for number in range(3))
"""Who act: Administrators and the office."""
REASONS: Final = ("No parts", "Customer called off", "It still hums")
_KEY: Final = b"k" * 32


def walks(
    seed: int, jobs: int, *, steps: int = 14, first: int = 1, lifecycle: Lifecycle = STANDARD
) -> list[Change[Job]]:
    """The changes of *jobs* jobs, each walking on by at most *steps*, in the order of their instants."""
    chance = Random(seed)
    every = [
        change
        for number in range(first, first + jobs)
        for change in _walk(number, chance, chance.randrange(steps + 1), lifecycle)
    ]
    # Sorting is stable: of a job the changes stay in their order.
    return sorted(every, key=lambda change: change.root.updated_at)


def change_of(decision: Decision, chain: bytes) -> Change[Job]:
    """What stores a decision; no calendar goes with it."""
    job = decision.job
    entry = seal(chain, decision.facts, job.id, job.subject_key)
    return Change(
        root=msgspec.structs.replace(job, chain=entry.hash),
        expected=None if job.version == 1 else job.version - 1,
        entry=entry,
        events=(decision.event,),
        forgets=decision.forgets,
    )


def _walk(number: int, chance: Random, steps: int, lifecycle: Lifecycle) -> Iterator[Change[Job]]:
    at = START + chance.randrange(40 * DAY)
    start = at + chance.randrange(5 * DAY)
    details = Details(
        **{
            **{name: getattr(a_job(number), name) for name in Details.__struct_fields__},
            "window": Window(start, start + 2 * HOUR) if chance.random() < 0.6 else None,
            "arrival_window": Window(start, start + HOUR) if chance.random() < 0.6 else None,
        }
    )
    decision = create(
        details,
        job_id=id_of(number),
        number=number,
        subject_key=_KEY,
        customers_key=_KEY,
        actor_id=chance.choice((*OFFICE, None)),
        now=at,
    )
    change = change_of(decision, b"")
    yield change
    for _ in range(steps):
        at += chance.choice((0, MINUTE, HOUR, chance.randrange(2 * DAY)))
        next_one = _next(change.root, chance, at, lifecycle)
        if next_one is not None:
            change = change_of(next_one, change.root.chain)
            yield change


def _next(job: Job, chance: Random, at: Millis, lifecycle: Lifecycle) -> Decision | None:
    actor_id = chance.choice((*OFFICE, *TECHNICIANS))
    if chance.random() < 0.02:
        return erase(job, subject_key=_KEY, actor_id=actor_id, now=at)
    actions = lifecycle.allowed(job.status)
    if not actions:
        return None
    if chance.random() < 0.15:
        changed = msgspec.structs.replace(details_of(job), title=f"Visit {chance.random()}")
        return edit(job, changed, customers_key=_KEY, actor_id=actor_id, now=at, lifecycle=lifecycle)
    action = chance.choice(actions)
    return transition(
        job,
        action,
        _order(job, action, chance, at),
        {each: a_calendar(each) for each in TECHNICIANS},
        actor_id=actor_id,
        now=at,
        lifecycle=lifecycle,
    )


def _order(job: Job, action: Action, chance: Random, at: Millis) -> Order:
    others = [each for each in TECHNICIANS if each != job.technician_id]
    placed = action in (Action.ASSIGN, Action.REASSIGN)
    windowed = action is Action.RESCHEDULE or (placed and chance.random() < 0.5)
    return Order(
        technician_id=chance.choice(others) if placed else None,
        window=Window(at + HOUR, at + 4 * HOUR) if windowed else None,
        override=placed or windowed,
        reason=chance.choice(REASONS),
    )
