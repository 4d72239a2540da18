"""Privacy: all that is known of a person in one document, and forgetting them while every chain still verifies."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import msgspec

from hosanna_core.errors import Flaw, GuardRefused, Invalid, LastAdministrator, StaleCalendar, StaleVersion
from hosanna_core.model.customer import Customer
from hosanna_core.model.instants import to_text
from hosanna_core.model.people import Capability
from hosanna_core.model.schedule import Availability
from hosanna_core.rules import decisions, history
from hosanna_core.rules.keys import customer_keys, normal_email
from hosanna_core.rules.membership import revised
from hosanna_core.rules.permissions import may
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.usecases.auditing import about_user, record
from hosanna_core.usecases.jobs import later
from hosanna_core.usecases.performing import decided_again, perform
from hosanna_core.usecases.permitting import demand
from hosanna_core.usecases.person_files import (
    ROWS,
    audit_of,
    followed_by,
    job_file,
    notices_of,
    sessions_of,
    share_of,
    user_file,
    whole_share,
)
from hosanna_core.usecases.trail import ERASED
from hosanna_core.usecases.users import changed_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hosanna_core.errors import CommitRefused
    from hosanna_core.model.ids import JobId, UserId
    from hosanna_core.model.job import Job
    from hosanna_core.model.people import Actor, User
    from hosanna_core.ports import Ports
    from hosanna_core.usecases.person_files import Share


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Who is meant: a customer by e-mail, phone or a job of theirs, a user by e-mail or id. None: not asked for."""

    email: str | None = None
    phone: str | None = None
    user_id: str | None = None
    job_ids: tuple[JobId, ...] = ()


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """How much is known of a person."""

    accounts: int
    sessions: int
    notifications: int
    followed_jobs: int
    devices: int
    audit_entries: int
    jobs: int
    history_entries: int

    @property
    def nothing(self) -> bool:
        """Whether nothing is known of them."""
        return not self.accounts and not self.jobs


class Forgotten(msgspec.Struct, frozen=True):
    """What was erased."""

    jobs: int
    users: int


def export_person(ports: Ports, actor: Actor, person: Person) -> dict[str, Any]:
    """Everything about a person, as plain JSON values; it is put down in the trail that somebody asked.

    Of a user: the account, whether there is a second factor, availability, sessions (ended ones too), notices, followed
    jobs, devices that are pushed to, audit entries and the numbers of the jobs assigned to them. Of a customer: each
    job as it was when it was theirs last, and its history but for what it says of other customers. Raises
    PermissionDenied, Invalid where nobody is named.
    """
    _demand(actor, person)
    user = _user(ports, person)
    jobs = [job_file(each) for each in _shares(ports, person)]
    document = {
        "format": "hosanna-person-1",
        "at": to_text(ports.outside.now()),
        "user": None if user is None else user_file(ports, user),
        "jobs": jobs,
    }
    _note(ports, actor, "privacy.exported", user, len(jobs))
    plain: dict[str, Any] = msgspec.to_builtins(document)
    return plain


def count_person(ports: Ports, actor: Actor, person: Person) -> Known:
    """How much an export would hold, and an erasure take away. Raises PermissionDenied, Invalid."""
    _demand(actor, person)
    user = _user(ports, person)
    histories = [len(each.entries) for each in _shares(ports, person)]
    return Known(
        accounts=int(user is not None),
        sessions=0 if user is None else sum(1 for _ in sessions_of(ports, user)),
        notifications=0 if user is None else sum(1 for _ in notices_of(ports, user)),
        followed_jobs=0 if user is None else sum(1 for _ in followed_by(ports, user)),
        devices=0 if user is None else len(ports.store.subscriptions.of(user.id)),
        audit_entries=0 if user is None else sum(1 for _ in audit_of(ports, user)),
        jobs=len(histories),
        history_entries=sum(histories),
    )


def erase_person(ports: Ports, actor: Actor, person: Person) -> Forgotten:
    """Erase a person from jobs, histories, search and audit trail, and close their account; it cannot be undone.

    Of a job that has another customer now only the past is forgotten, the other's as well. Each job is a commit of its
    own: interrupted, it is simply asked for again. Raises PermissionDenied, Invalid, LastAdministrator before anything
    is erased.
    """
    _demand(actor, person)
    user = _user(ports, person)
    if user is not None:
        _erase_user(ports, actor, user)
    jobs = 0
    for job in chain.from_iterable(_jobs(ports, person)):
        _erase_job(ports, actor, person, job.id)
        jobs += 1
    if user is not None:
        _forget_again(ports, actor, user.id)
    if jobs:
        _note(ports, actor, "privacy.customer_erased", None, jobs)
    return Forgotten(jobs, int(user is not None))


def _demand(actor: Actor, person: Person) -> None:
    demand(may(actor, Capability.MANAGE_USERS))
    if person == Person():
        raise Invalid((Flaw("", "must name somebody: by e-mail, phone, user or job"),))


def _note(ports: Ports, actor: Actor, action: str, user: User | None, jobs: int) -> None:
    """That it was done, and never to whom: that would bring back what was erased."""
    details = {"jobs": jobs, "user": None if user is None else user.id}
    record(ports, action, actor_id=actor.id, details=details)


def _user(ports: Ports, person: Person) -> User | None:
    if person.user_id is not None:
        return ports.store.users.get(person.user_id)
    return None if person.email is None else ports.store.users.by_email(normal_email(person.email))


def _jobs(ports: Ports, person: Person) -> Iterator[Sequence[Job]]:
    """The customer's jobs, some at a time; each page is read anew, so that jobs may change under way."""
    wanted = tuple(dict.fromkeys(person.job_ids))
    for first in range(0, len(wanted), ROWS):
        named = ports.store.jobs.get_many(wanted[first : first + ROWS], SEES_ALL)
        yield [named[job_id] for job_id in wanted if job_id in named]
    keys = _keys(ports, person)
    after: JobId | None = None
    while keys and (found := ports.store.jobs.of_customer(keys, after, ROWS)):
        yield [job for job in found if job.id not in person.job_ids]
        after = found[-1].id


def _keys(ports: Ports, person: Person) -> tuple[bytes, ...]:
    return customer_keys(Customer("", person.phone, person.email), ports.keys.customers)


def _shares(ports: Ports, person: Person) -> Iterator[Share]:
    """What is the person's of each job that has, or had, anything to do with them."""
    keys = _keys(ports, person)
    for jobs in _jobs(ports, person):
        histories = ports.store.jobs.histories([job.id for job in jobs])
        for job in jobs:
            entries = histories.get(job.id, ())
            if job.id in person.job_ids:
                yield whole_share(job, entries)
            # Erased since it was found: nothing is left.
            elif share := share_of(job, entries, keys, ports.keys.customers):
                yield share


def _is_theirs(ports: Ports, person: Person) -> Callable[[Customer], bool]:
    """Whether a customer is the person."""
    keys = frozenset(_keys(ports, person))
    return lambda customer: not keys.isdisjoint(customer_keys(customer, ports.keys.customers))


def _erase_job(ports: Ports, actor: Actor, person: Person, job_id: JobId) -> None:
    theirs = _is_theirs(ports, person)

    def attempt(_: CommitRefused | None) -> None:
        job = ports.store.jobs.get(job_id, SEES_ALL)
        if job is None:
            return
        key, now = ports.outside.entropy(32), later(ports, job)
        if job_id in person.job_ids or theirs(job.customer):
            decision = decisions.erase(job, subject_key=key, actor_id=actor.id, now=now)
        else:
            customers = ports.keys.customers
            decision = decisions.erase_past(
                job, customers_key=customers, subject_key=key, actor_id=actor.id, now=now
            )
        perform(ports, decision)

    decided_again(attempt, StaleVersion)


def _erase_user(ports: Ports, actor: Actor, user: User) -> None:
    def attempt(_: CommitRefused | None) -> None:
        present = ports.store.users.get(user.id)
        if present is None:
            return
        after = revised(present, ports.outside.now(), _nobody(present), ends_sessions=True)
        audit = (about_user(ports, user.id, ERASED, actor_id=actor.id),)
        calendar = ports.store.calendars.of([user.id]).get(user.id)
        change = changed_by(
            ports,
            present,
            after,
            "user.deactivated",
            actor.id,
            availability=None if calendar is None else Availability(),
            audit=audit,
            forgets=True,
        )
        ports.store.ledger.commit(change)

    try:
        decided_again(attempt, StaleVersion, StaleCalendar)
    except GuardRefused:
        raise LastAdministrator from None


def _forget_again(ports: Ports, actor: Actor, user_id: UserId) -> None:
    """Take away what was decided before the erasure and stored after it: a login that was under way."""

    def attempt(_: CommitRefused | None) -> None:
        user = ports.store.users.get(user_id)
        if user is not None and _leaves_traces(ports, user):
            after = revised(user, ports.outside.now())
            ports.store.ledger.commit(changed_by(ports, user, after, "user.updated", actor.id, forgets=True))

    decided_again(attempt, StaleVersion, StaleCalendar)


def _leaves_traces(ports: Ports, user: User) -> bool:
    if any(sessions_of(ports, user)) or any(notices_of(ports, user)) or any(followed_by(ports, user)):
        return True
    return bool(ports.store.subscriptions.of(user.id)) or any(entry.open for entry in audit_of(ports, user))


def _nobody(user: User) -> dict[str, Any]:
    """What is left of an account. The address has a domain that no mail ever reaches (RFC 2606)."""
    return {
        "email": f"erased-{user.id}@erased.invalid",
        "full_name": history.ERASED,
        "phone": None,
        "preferences": {},
        "active": False,
        "password_hash": "",
        "second_factor": None,
        "calendar_hash": b"",
        "erased": True,
    }
