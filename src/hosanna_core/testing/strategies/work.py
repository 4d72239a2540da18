"""Jobs and everything that is stored together with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from hypothesis import strategies as st

from hosanna_core.model.change import Change, Claim, Receipt, Seat
from hosanna_core.model.details import Details
from hosanna_core.model.entry import Entry, Facts
from hosanna_core.model.event import Address, Event, Ref
from hosanna_core.model.ids import DAY, MINUTE
from hosanna_core.model.job import Job
from hosanna_core.model.status import Action, Standing, Status
from hosanna_core.rules.history import seal
from hosanna_core.testing.samples import job_change
from hosanna_core.testing.strategies.basics import (
    customers,
    ids,
    instants,
    places,
    priorities,
    roles,
    sites,
    standings,
    texts,
    windows,
)
from hosanna_core.testing.strategies.telling import notices

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_JOBS: Final = 10**9
"""Numbers beyond this are not drawn."""


@st.composite
def details(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Details:
    """What the office writes about a job."""
    minutes = draw(st.integers(1, 8 * 60))
    return Details(
        title=draw(texts()),
        description=draw(st.none() | texts(5000)),
        customer=draw(customers()),
        site=draw(sites()),
        priority=draw(priorities()),
        required_skills=draw(st.lists(texts(60), max_size=3, unique_by=str.casefold).map(tuple)),
        duration_minutes=minutes,
        window=draw(st.none() | windows(minutes)),
        arrival_window=draw(st.none() | windows()),
    )


_HELD: Final = {
    # standing:                (the statuses that were reached,                          its technician)
    Standing.TENTATIVE:        ("", False),
    Standing.CONFIRMED:        ("CONFIRMED", False),
    Standing.ASSIGNED:         ("CONFIRMED ASSIGNED", True),
    Standing.DISPATCHED:       ("CONFIRMED ASSIGNED DISPATCHED", True),
    Standing.IN_PROGRESS:      ("CONFIRMED ASSIGNED DISPATCHED IN_PROGRESS", True),
    Standing.ON_HOLD:          ("CONFIRMED ASSIGNED DISPATCHED IN_PROGRESS ON_HOLD", True),
    Standing.COMPLETED:        ("CONFIRMED ASSIGNED DISPATCHED IN_PROGRESS COMPLETED", True),
    Standing.BILLED:           ("CONFIRMED ASSIGNED DISPATCHED IN_PROGRESS COMPLETED BILLED", True),
    Standing.CANCELLED_UNSEEN: ("CANCELLED", False),
    Standing.CANCELLED_OFFICE: ("CONFIRMED CANCELLED", False),
    Standing.CANCELLED_FIELD:  ("CONFIRMED ASSIGNED DISPATCHED CANCELLED", True),
}  # fmt: skip


@st.composite
def jobs(
    draw: Callable[[st.SearchStrategy[Any]], Any], standing: st.SearchStrategy[Standing] | None = None
) -> Job:
    """Jobs in every standing, whose fields could have come about together."""
    stands = draw(standings() if standing is None else standing)
    names, staffed = _HELD[stands]
    written = draw(details())
    created = draw(instants())
    passed = [Status.TENTATIVE, *(Status(name) for name in names.split())]
    stages = {status: created + step * MINUTE for step, status in enumerate(passed)}
    billed = stands is Standing.BILLED
    return Job(
        id=draw(ids()),
        number=draw(st.integers(1, MOST_JOBS)),
        version=len(passed) + draw(st.integers(0, 3)),
        status=passed[-1],
        standing=stands,
        technician_id=draw(ids()) if staffed else None,
        external_ref=draw(st.none() | texts(60)),
        work_summary=draw(st.none() | texts()) if Status.COMPLETED in stages else None,
        invoice_number=draw(st.none() | texts(20)) if billed else None,
        amount=draw(st.none() | st.decimals(0, 10**6, places=2).map(str)) if billed else None,
        stages=stages,
        created_at=created,
        updated_at=max(stages.values()) + draw(st.integers(0, DAY)),
        chain=draw(st.binary(min_size=32, max_size=32)),
        subject_key=draw(st.binary(min_size=32, max_size=32)),
        customer_keys=tuple(draw(st.lists(st.binary(min_size=16, max_size=16), max_size=2))),
        **{name: getattr(written, name) for name in Details.__struct_fields__},
    )


def refs() -> st.SearchStrategy[Ref]:
    """Which aggregate."""
    return st.builds(Ref, st.sampled_from(("job", "user")), ids())


def addresses() -> st.SearchStrategy[Address]:
    """One user, or everybody of a role."""
    return st.builds(Address, user_id=ids()) | st.builds(Address, role=roles())


@st.composite
def events(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Event:
    """Events about jobs and users."""
    subject, version = draw(refs()), draw(st.integers(1, 1000))
    is_job = subject.kind == "job"
    kinds = (
        ("job.created", "job.assigned", "job.updated", "job.status_changed") if is_job else ("user.updated",)
    )
    return Event(
        key=f"{subject.kind}|{subject.id}|{version}|0",
        kind=draw(st.sampled_from(kinds)),
        subject=subject,
        version=version,
        at=draw(instants()),
        actor_id=draw(st.none() | ids()),
        before=draw(st.none() | places()) if is_job else None,
        after=draw(places()) if is_job else None,
        fields=tuple(draw(st.lists(st.sampled_from(Job.__struct_fields__), max_size=3, unique=True))),
        to=tuple(draw(st.lists(addresses(), max_size=2))),
    )


@st.composite
def facts(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Facts:
    """What an entry is about."""
    return Facts(
        version=draw(st.integers(1, 1000)),
        at=draw(instants()),
        actor_id=draw(st.none() | ids()),
        action=draw(st.sampled_from(("edit", *Action))),
        source=draw(st.none() | st.sampled_from(Status)),
        target=draw(st.sampled_from(Status)),
        changes=draw(
            st.dictionaries(st.sampled_from(("title", "description", "priority")), texts(), max_size=3)
        ),
        reason=draw(st.none() | texts(500)),
    )


def entries() -> st.SearchStrategy[Entry]:
    """Sealed entries of some job."""
    key = st.binary(min_size=32, max_size=32)
    return st.builds(seal, st.just(b"") | key, facts(), ids(), key)


def receipts() -> st.SearchStrategy[Receipt]:
    """Proofs that something was done."""
    digest = st.binary(min_size=32, max_size=32).map(bytes.hex)
    return st.builds(
        Receipt, key=digest, body=digest, subject=refs(), version=st.integers(1, 1000), at=instants()
    )


def seats() -> st.SearchStrategy[Seat]:
    """Joining or leaving the Administrators."""
    return st.builds(Seat, ids(), st.booleans())


def claims() -> st.SearchStrategy[Claim]:
    """Values that nobody else may hold."""
    return st.builds(Claim, st.just("external_ref"), texts(60))


@st.composite
def changes(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Change[Job]:
    """Changes that make a job, sealed, with anything that may go with it."""
    job = msgspec.structs.replace(draw(jobs(st.just(Standing.TENTATIVE))), version=1)
    return job_change(
        job,
        notices=tuple(draw(st.lists(notices(), max_size=2, unique_by=lambda notice: notice.id))),
        claims=() if job.external_ref is None else (Claim("external_ref", job.external_ref),),
        receipt=draw(st.none() | receipts()),
    )
