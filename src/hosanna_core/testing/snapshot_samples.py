"""A snapshot with something of every kind in it, as a store would give it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.model.change import EXTERNAL_REF, Claim, Receipt
from hosanna_core.model.event import Ref
from hosanna_core.model.ids import DAY, HOUR, MINUTE
from hosanna_core.model.people import Revoked, Role, SecondFactor
from hosanna_core.model.push import PushSubscription
from hosanna_core.model.schedule import Availability, Visit, Window
from hosanna_core.model.snapshot import (
    KINDS,
    NAMES,
    Administrator,
    Following,
    Keys,
    Numbering,
    Record,
    WholeJob,
)
from hosanna_core.model.status import Priority, Standing, Status
from hosanna_core.rules.trail import head_at, sealed_after
from hosanna_core.testing.integration_samples import a_delivery, a_webhook, an_api_key
from hosanna_core.testing.samples import (
    START,
    a_calendar,
    a_firm,
    a_job,
    a_notice,
    a_plan,
    a_session,
    a_subscription,
    a_user,
    after,
    an_announcement,
    audit_facts,
    crowd,
    id_of,
    job_change,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hosanna_core.model.entry import Entry
    from hosanna_core.model.job import Job

ADMINISTRATOR: Final = id_of(1)
"""The only one."""
TECHNICIAN: Final = id_of(2)
EDITED: Final = id_of(1_001)
"""A job that was edited often, and has a claim."""
HASHED: Final = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA"
REFERENCE: Final = "P-1001"
NEXT_NUMBER: Final = 5_000
RECEIPT: Final = Receipt(key="k" * 64, body="b" * 64, subject=Ref("job", EDITED), version=1, at=START)
_EDITS: Final = 131


def a_snapshot(jobs: int = 60) -> list[Record]:
    """So many jobs in every standing, one that was edited often, and a value of every other kind, at least."""
    records = [*_of_the_store(), *_of_jobs(jobs), *_of_people()]
    order = list(KINDS)
    return sorted(records, key=lambda record: order.index(NAMES[type(record)]))


def sorted_by_kind(records: Iterable[Record]) -> list[tuple[str, bytes]]:
    """Records as they are compared: stores give those of one kind in any order."""
    return sorted((NAMES[type(record)], msgspec.json.encode(record, order="sorted")) for record in records)


def _of_the_store() -> list[Record]:
    hook = a_webhook(40)
    return [
        Keys(wrapped=b"w" * 40, mark=b"m" * 24),
        Numbering(NEXT_NUMBER),
        a_firm(3),
        an_api_key(41),
        hook,
        a_delivery(42, hook.id),
        a_delivery(43, hook.id, due_at=None),
        an_announcement(44, role=Role.TECHNICIAN, expires_at=START + 400 * DAY),
        an_announcement(45),
        a_plan(46),
        RECEIPT,
        Claim(EXTERNAL_REF, REFERENCE),
        Claim(EXTERNAL_REF, "P|with a bar"),
    ]


def _of_jobs(count: int) -> list[Record]:
    wholes = [_new(job) for job in crowd(count, (TECHNICIAN, id_of(3)), first=2_001)]
    return [_edited(), *wholes]


def _new(job: Job) -> WholeJob:
    change = job_change(job)
    return WholeJob(change.root, () if change.entry is None else (change.entry,))


def _edited() -> WholeJob:
    """With more entries than any store keeps in one place."""
    job = a_job(
        1_001,
        external_ref=REFERENCE,
        technician_id=TECHNICIAN,
        status=Status.DISPATCHED,
        standing=Standing.DISPATCHED,
        priority=Priority.EMERGENCY,
        required_skills=("gas",),
        window=Window(START + DAY, START + DAY + HOUR),
        customer_keys=(b"c" * 16, b"d" * 16),
    )
    change = job_change(job)
    entries: list[Entry | None] = [change.entry]
    for number in range(_EDITS):
        before = change.root
        change = job_change(after(before, title=f"Unmistakable {number}"), before)
        entries.append(change.entry)
    return WholeJob(change.root, tuple(entry for entry in entries if entry is not None))


def _of_people() -> list[Record]:
    revoked = (Revoked(id_of(70), START + DAY),)
    factor = SecondFactor(nonce=b"n" * 16, confirmed=True, last_step=7, recovery=(b"r" * 32,))
    administrator = a_user(
        1,
        role=Role.ADMINISTRATOR,
        preferences={"a.b": {"$c": 1}},
        revoked=revoked,
        second_factor=factor,
        version=4,
    )
    visits = (Visit(EDITED, Window(START + DAY, START + DAY + HOUR), True),)
    return [
        administrator,
        a_user(2, password_hash=HASHED, phone="+1 512 555 0199"),
        a_user(3, role=Role.OFFICE_MANAGER, active=False, erased=True),
        Administrator(ADMINISTRATOR),
        a_calendar(TECHNICIAN, version=9, visits=visits, availability=Availability(daily_maximum=6)),
        Following(EDITED, TECHNICIAN),
        Following(EDITED, id_of(3)),
        a_notice(50, TECHNICIAN, job_id=EDITED, read_at=START + 60),
        a_notice(51, ADMINISTRATOR, due_at=START + 90),
        _device(),
        a_session(60, TECHNICIAN),
        a_session(61, TECHNICIAN, version=3, ended_at=START + HOUR, token_hash=b""),
        *_trail(),
    ]


def _device() -> PushSubscription:
    return a_subscription(52, TECHNICIAN)


def _trail() -> list[Record]:
    """Two streams, one of which had an entry erased, another a person's values."""
    head, entries = None, []
    for number in range(80, 85):
        entry = sealed_after(head, audit_facts(number, TECHNICIAN, at=START + number * MINUTE))
        head = head_at(entry)
        entries.append(entry)
    entries[2] = msgspec.structs.replace(entries[2], open={}, salt=b"")
    other = sealed_after(None, audit_facts(90, ADMINISTRATOR, subject=None))
    assert head is not None
    return [*entries, other, head, head_at(other)]
