"""Many jobs in every status, straight through the ledger: what a store looks like after years."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import msgspec
from rich.progress import Progress

from bench.house import START, House, details
from hosanna_core.model.change import Change
from hosanna_core.model.ids import MINUTE
from hosanna_core.model.status import Standing, Status
from hosanna_core.rules.decisions import Decision, create
from hosanna_core.rules.lifecycle import standing_after
from hosanna_core.usecases.performing import change_of

if TYPE_CHECKING:
    from hosanna_core.model.job import Job

BATCH = 500
_SHARES = {
    Status.TENTATIVE: 3, Status.CONFIRMED: 3, Status.ASSIGNED: 3, Status.DISPATCHED: 2, Status.IN_PROGRESS: 4,
    Status.ON_HOLD: 1, Status.COMPLETED: 4, Status.BILLED: 75, Status.CANCELLED: 5,
}  # fmt: skip
_WITHOUT_TECHNICIAN = (Status.TENTATIVE, Status.CONFIRMED)


def fill(house: House, count: int, *, first: int = 0, label: str = "") -> None:
    """Store *count* jobs, the numbers rising with time; progress on the terminal."""
    chance = random.Random(first)  # the same store in every run
    numbers = iter(house.ports.store.jobs.claim_numbers(count))
    with Progress(transient=True) as progress:
        task = progress.add_task(label or f"{count:,} jobs", total=count)
        for start in range(first, first + count, BATCH):
            size = min(BATCH, first + count - start)
            changes = [_stored(house, start + n, next(numbers), chance) for n in range(size)]
            refused = [outcome for outcome in house.ports.store.ledger.commit_each(changes) if outcome]
            if refused:
                raise refused[0]
            progress.advance(task, size)


def _stored(house: House, index: int, number: int, chance: random.Random) -> Change[Job]:
    """The job as though its whole life were one entry: lists and searches cannot tell."""
    now = START + index * MINUTE
    made = create(
        details(index, chance),
        job_id=house.ports.outside.mint(),
        number=number,
        subject_key=chance.randbytes(32),
        customers_key=house.ports.keys.customers,
        actor_id=house.administrator.id,
        now=now,
    )
    status = chance.choices(list(_SHARES), weights=list(_SHARES.values()))[0]
    technician = None if status in _WITHOUT_TECHNICIAN else chance.choice(house.technicians).id
    job = msgspec.structs.replace(
        made.job,
        status=status,
        # Cancelled in the field, for the most part: those are the ones that everybody's lists hold.
        standing=standing_after(Standing.DISPATCHED, status),
        technician_id=technician,
        stages={status: now},
    )
    changes = made.facts.changes | ({"technician_id": technician} if technician else {})
    facts = msgspec.structs.replace(made.facts, target=status, changes=changes)
    event = msgspec.structs.replace(made.event, after=job.place)
    return change_of(house.ports, Decision(job=job, facts=facts, event=event))
