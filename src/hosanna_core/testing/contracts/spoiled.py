"""Changes that carry everything, and changes that must be refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from hosanna_core.errors import CommitRefused, GuardRefused, Replayed, StaleCalendar, StaleVersion, Taken
from hosanna_core.model.change import Change, Claim, Receipt, Seat
from hosanna_core.model.event import Ref
from hosanna_core.model.ids import HOUR
from hosanna_core.model.job import Job
from hosanna_core.model.people import Role, User
from hosanna_core.model.schedule import Visit, Window
from hosanna_core.ports import Store
from hosanna_core.testing.contracts.base import stored, stored_user
from hosanna_core.testing.samples import (
    START,
    a_calendar,
    a_job,
    a_notice,
    a_session,
    a_user,
    after,
    audit_facts,
    id_of,
    job_change,
    session_change,
    user_change,
)


def a_receipt(key: str, at: int = START) -> Receipt:
    """A receipt of a request."""
    return Receipt(key=key, body="b" * 64, subject=Ref("job", id_of(1)), version=1, at=at)


def full_change(number: int = 1) -> Change[Job]:
    """A new job with everything that may go with it."""
    technician = id_of(900)
    return job_change(
        a_job(number, external_ref=f"P-{number}", technician_id=technician),
        notices=(a_notice(500 + number, technician, job_id=id_of(number)),),
        calendars=(
            a_calendar(technician, visits=(Visit(id_of(number), Window(START, START + HOUR), True),)),
        ),
        claims=(Claim("external_ref", f"P-{number}"),),
        receipt=a_receipt(f"key-{number}"),
        audit=(audit_facts(10_000 + number, technician),),
    )


def administrator(store: Store, number: int) -> User:
    """A stored, active Administrator whom the guard knows."""
    user = a_user(number, role=Role.ADMINISTRATOR)
    return stored_user(store, user, seat=Seat(user.id, joins=True))


def prepared(store: Store) -> User:
    """A store in which every refusal can be provoked; answers its only Administrator."""
    only = administrator(store, 1)
    stored_user(store, a_user(2, email="taken@example.com"))
    stored(store, a_job(3), receipt=a_receipt("used"), claims=(Claim("external_ref", "used"),))
    store.ledger.commit(session_change(a_session(4, only.id)))
    return only


def faulty_user_change(base: User, faults: Sequence[type[CommitRefused]]) -> Change[User]:
    """The next state of *base*, to be refused for each of *faults*."""
    parts: dict[str, Any] = {
        "receipt": a_receipt("used" if Replayed in faults else "new"),
        "claims": (Claim("external_ref", "new"),),
        "seat": Seat(base.id, joins=GuardRefused not in faults),
        "calendars": (a_calendar(base.id, 2 if StaleCalendar in faults else 1),),
        "notices": (a_notice(400, base.id),),
        "opens": a_session(401, base.id),
        "ends": (id_of(4),),
        "audit": (audit_facts(402, base.id), audit_facts(403, base.id)),
    }
    email = "taken@example.com" if Taken in faults else "new@example.com"
    change = user_change(after(base, email=email), base, **parts)
    return msgspec.structs.replace(change, expected=9) if StaleVersion in faults else change
