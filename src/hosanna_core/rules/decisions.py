"""Decisions about jobs: the next state, what it says in the history, and who is told. Pure, and callable by anyone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from hosanna_core.errors import Flaw, IllegalTransition, Invalid, JobClosed, WindowLocked
from hosanna_core.model.customer import Customer, Site
from hosanna_core.model.details import NO_ORDER, Details, Order
from hosanna_core.model.entry import EDIT, ERASE, Facts
from hosanna_core.model.event import Event, Ref
from hosanna_core.model.ids import MINUTE
from hosanna_core.model.job import Job
from hosanna_core.model.schedule import Visit
from hosanna_core.model.status import Action, Standing, Status
from hosanna_core.model.travel import point_of
from hosanna_core.rules.assignment.booking import book, free
from hosanna_core.rules.assignment.fit import demand_fit, fit
from hosanna_core.rules.history import ERASED
from hosanna_core.rules.keys import found_by
from hosanna_core.rules.lifecycle import STANDARD, Lifecycle, Step, standing_after

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hosanna_core.model.ids import JobId, Millis, UserId
    from hosanna_core.model.place import Place
    from hosanna_core.model.schedule import Calendar, Window

CREATED: Final = "job.created"
ASSIGNED: Final = "job.assigned"
UPDATED: Final = "job.updated"
STATUS_CHANGED: Final = "job.status_changed"
_KINDS: Final = {Action.ASSIGN: ASSIGNED, Action.REASSIGN: ASSIGNED, Action.RESCHEDULE: UPDATED}
_PLACES_A_TECHNICIAN: Final = frozenset({Action.ASSIGN, Action.REASSIGN})
_WORDS_OF_AN_ORDER: Final = ("work_summary", "invoice_number", "amount")
DETAILS: Final = Details.__struct_fields__
ERASABLE: Final = ("title", "description", "customer", "site", "work_summary", "invoice_number")
"""The fields that an erasure empties or, of a former customer, states anew: all whose past values go."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What is to become true, whole. *tells* are the users whose inbox the event goes to."""

    job: Job
    facts: Facts
    event: Event
    calendars: tuple[Calendar, ...] = ()
    tells: tuple[UserId, ...] = ()
    forgets: bool = False
    """Whether the open values of the history so far go."""


def create(
    details: Details,
    *,
    job_id: JobId,
    number: int,
    subject_key: bytes,
    customers_key: bytes,
    actor_id: UserId | None,
    now: Millis,
    external_ref: str | None = None,
) -> Decision:
    """A new job, TENTATIVE."""
    job = Job(
        id=job_id,
        number=number,
        version=1,
        status=Status.TENTATIVE,
        standing=Standing.TENTATIVE,
        external_ref=external_ref,
        stages={Status.TENTATIVE: now},
        created_at=now,
        updated_at=now,
        subject_key=subject_key,
        customer_keys=found_by(details.customer, details.site, customers_key),
        **{name: getattr(details, name) for name in DETAILS},
    )
    written = {name: plain(getattr(job, name)) for name in (*DETAILS, "number", "external_ref")}
    changes = {name: value for name, value in written.items() if value is not None}
    return Decision(
        job=job,
        facts=_facts(job, actor_id, Action.CREATE, None, changes),
        event=_event(CREATED, job, None, actor_id, tuple(changes)),
    )


def details_of(job: Job) -> Details:
    """What an edit starts from."""
    return Details(**{name: getattr(job, name) for name in DETAILS})


def edit(
    job: Job,
    details: Details,
    *,
    customers_key: bytes,
    actor_id: UserId,
    now: Millis,
    lifecycle: Lifecycle = STANDARD,
) -> Decision | None:
    """The job with other details; None where nothing would change.

    Raises JobClosed for a final job, WindowLocked where the window would move though the job is confirmed.
    """
    if lifecycle.final(job.status):
        raise JobClosed(job.status)
    changed = {
        name: getattr(details, name) for name in DETAILS if getattr(details, name) != getattr(job, name)
    }
    if not changed:
        return None
    if "window" in changed and job.status is not Status.TENTATIVE:
        raise WindowLocked(job.status)
    if "customer" in changed or "site" in changed:
        # Their values stay in the history: by their keys a former customer is found, too.
        keys = (*job.customer_keys, *found_by(details.customer, details.site, customers_key))
        changed["customer_keys"] = tuple(dict.fromkeys(keys))
    after = msgspec.structs.replace(job, version=job.version + 1, updated_at=now, **changed)
    changes = {name: plain(value) for name, value in changed.items() if name in DETAILS}
    return Decision(
        job=after,
        facts=_facts(after, actor_id, EDIT, job.status, changes),
        event=_event(UPDATED, after, job.place, actor_id, tuple(changes)),
    )


def erase(job: Job, *, subject_key: bytes, actor_id: UserId | None, now: Millis) -> Decision:
    """The job without its customer, whatever its status; what bookkeeping needs (number, amount, dates) stays.

    Its digests are salted with a new *subject_key* from here on: with the old one gone, nobody can try values out.
    """
    bare: dict[str, Any] = {
        "title": ERASED,
        "description": None,
        "customer": Customer(ERASED),
        "site": Site(ERASED),
        "work_summary": None,
        "invoice_number": job.invoice_number,
    }
    return _erased(job, bare, (), subject_key, actor_id, now)


def erase_past(
    job: Job, *, customers_key: bytes, subject_key: bytes, actor_id: UserId | None, now: Millis
) -> Decision:
    """The job as it is, without what it was: for a former customer. The entry states anew what stays."""
    kept = {name: getattr(job, name) for name in ERASABLE}
    return _erased(job, kept, found_by(job.customer, job.site, customers_key), subject_key, actor_id, now)


def _erased(
    job: Job,
    left: dict[str, Any],
    keys: tuple[bytes, ...],
    subject_key: bytes,
    actor_id: UserId | None,
    now: Millis,
) -> Decision:
    after = msgspec.structs.replace(
        job, version=job.version + 1, updated_at=now, subject_key=subject_key, customer_keys=keys, **left
    )
    return Decision(
        job=after,
        facts=_facts(
            after, actor_id, ERASE, job.status, {name: plain(value) for name, value in left.items()}
        ),
        event=_event(UPDATED, after, job.place, actor_id, tuple(left)),
        forgets=True,
    )


def transition(
    job: Job,
    action: Action,
    order: Order = NO_ORDER,
    calendars: Mapping[UserId, Calendar] | None = None,
    *,
    actor_id: UserId,
    now: Millis,
    lifecycle: Lifecycle = STANDARD,
) -> Decision:
    """The job moved on by *action*.

    *calendars* are those of the technicians concerned: the present and the next. Raises IllegalTransition where the
    lifecycle has no such step, Invalid where the order is not sound (`flaws_of`), HardRuleBroken where the technician
    cannot take the visit (unless *order.override*).
    """
    step, target = step_from(job, action, lifecycle)
    if flaws := flaws_of(job, action, order, lifecycle):
        raise Invalid(flaws)
    changes = _changes(job, order, step.clears)
    after = _moved(job, target, now, changes)
    written = {name: plain(value) for name, value in changes.items()}
    if order.override:
        written["override"] = True
    if order.chosen is not None:
        written["auto"] = order.chosen
    return Decision(
        job=after,
        facts=_facts(after, actor_id, action, job.status, written, order.reason),
        event=_event(
            _KINDS.get(action, STATUS_CHANGED), after, job.place, actor_id, _touched(job, after, written)
        ),
        calendars=_calendars(job, after, action, order, calendars or {}, now),
        tells=(after.technician_id,) if action is Action.DISPATCH and after.technician_id else (),
    )


def step_from(job: Job, action: Action, lifecycle: Lifecycle = STANDARD) -> tuple[Step, Status]:
    """The step that leads on from the job's status, and where to; raises IllegalTransition where there is none."""
    target, step = lifecycle.target(job.status, action), lifecycle.step(action)
    if target is None or step is None:
        raise IllegalTransition(job.status, action, lifecycle.allowed(job.status))
    return step, target


def flaws_of(job: Job, action: Action, order: Order, lifecycle: Lifecycle = STANDARD) -> list[Flaw]:
    """What is wrong with an order whatever the calendars say: no reason, no technician, too short a window."""
    flaws: list[Flaw] = []
    step = lifecycle.step(action)
    if step is not None and step.reasoned and not order.reason:
        flaws.append(Flaw("/reason", "is required"))
    if order.window is not None and too_short(order.window, job.duration_minutes):
        flaws.append(Flaw("/window", long_enough(job.duration_minutes)))
    if action in _PLACES_A_TECHNICIAN and order.technician_id is None:
        flaws.append(Flaw("/technician_id", "is required"))
    elif action is Action.REASSIGN and order.technician_id == job.technician_id:
        flaws.append(Flaw("/technician_id", "must be another technician: the job is theirs already"))
    return flaws


def too_short(window: Window, minutes: int) -> bool:
    """Whether work of so many minutes does not fit into a window."""
    return window.end - window.start < minutes * MINUTE


def long_enough(minutes: int) -> str:
    """What a window must be."""
    return f"must be at least as long as the work, {minutes} minutes"


def _changes(job: Job, order: Order, clears: tuple[str, ...]) -> dict[str, Any]:
    changes: dict[str, Any] = {name: None for name in clears if getattr(job, name) is not None}
    if order.technician_id is not None:
        changes["technician_id"] = order.technician_id
    if order.window is not None and order.window != job.window:
        changes["window"] = order.window
    for name in _WORDS_OF_AN_ORDER:
        if (value := getattr(order, name)) is not None:
            changes[name] = value
    return changes


def _touched(job: Job, after: Job, written: dict[str, Any]) -> tuple[str, ...]:
    return tuple(written) if after.status is job.status else ("status", *written)


def _moved(job: Job, target: Status, now: Millis, changes: dict[str, Any]) -> Job:
    version = job.version + 1
    if target is job.status:
        return msgspec.structs.replace(job, version=version, updated_at=now, **changes)
    return msgspec.structs.replace(
        job,
        version=version,
        status=target,
        standing=standing_after(job.standing, target),
        stages={**job.stages, target: now},
        updated_at=now,
        **changes,
    )


def _calendars(
    job: Job, after: Job, action: Action, order: Order, known: Mapping[UserId, Calendar], now: Millis
) -> tuple[Calendar, ...]:
    """The calendars that change: the new technician's is judged and booked, the former one's freed."""
    changed: dict[UserId, Calendar] = {}
    new = after.technician_id
    if new is not None and (action in _PLACES_A_TECHNICIAN or after.window != job.window):
        calendar = known[new]
        # Time that is only given back is not judged.
        if not order.override and (after.window is not None or action in _PLACES_A_TECHNICIAN):
            place = point_of(after.site)
            demand_fit(fit(calendar, after.required_skills, after.window, job.id, now, place))
        if after.window is None:
            changed[new] = free(calendar, job.id, now)
        else:
            changed[new] = book(calendar, Visit(job.id, after.window, order.override), now)
    old = job.technician_id
    if (
        old is not None
        and (new != old or after.status is Status.CANCELLED)
        and _booked(known.get(old), job.id)
    ):
        changed[old] = free(known[old], job.id, now)
    return tuple(changed[key] for key in sorted(changed))


def _booked(calendar: Calendar | None, job_id: JobId) -> bool:
    return calendar is not None and any(visit.job_id == job_id for visit in calendar.visits)


def concerned(job: Job, action: Action, order: Order, lifecycle: Lifecycle = STANDARD) -> tuple[UserId, ...]:
    """The technicians whose calendars `transition` must be handed for this."""
    ids: set[UserId] = set()
    if order.technician_id is not None:
        ids.add(order.technician_id)
    step = lifecycle.step(action)
    leaves = step is not None and (bool(step.clears) or step.target is Status.CANCELLED)
    if job.technician_id is not None and (leaves or order.technician_id or order.window):
        ids.add(job.technician_id)
    return tuple(sorted(ids))


def _facts(
    job: Job,
    actor_id: UserId | None,
    action: str,
    source: Status | None,
    changes: dict[str, Any],
    reason: str | None = None,
) -> Facts:
    return Facts(
        version=job.version,
        at=job.updated_at,
        actor_id=actor_id,
        action=action,
        source=source,
        target=job.status,
        changes=changes,
        reason=reason,
    )


def _event(
    kind: str, job: Job, before: Place | None, actor_id: UserId | None, fields: tuple[str, ...]
) -> Event:
    return Event(
        key=f"job|{job.id}|{job.version}|0",
        kind=kind,
        subject=Ref("job", job.id),
        version=job.version,
        at=job.updated_at,
        actor_id=actor_id,
        before=before,
        after=job.place,
        fields=fields,
    )


def plain(value: object) -> Any:
    """A field's value as JSON has it."""
    if value is None or type(value) is str or type(value) is int:
        return value
    return msgspec.to_builtins(value)
