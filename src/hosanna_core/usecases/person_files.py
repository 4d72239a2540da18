"""What is known of a person, piece by piece: for those who hand it out, count it, or look for what is left of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from hosanna_core.model.audit import AuditFilter
from hosanna_core.model.documents import job_document, user_document
from hosanna_core.model.instants import to_text
from hosanna_core.model.query import JobFilter, Sort
from hosanna_core.model.roster import availability_document
from hosanna_core.rules import history
from hosanna_core.rules.keys import customer_keys
from hosanna_core.rules.trail import document_of
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.usecases.page_by_page import jobs_by_page

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hosanna_core.model.audit import AuditEntry
    from hosanna_core.model.documents import EntryDocument
    from hosanna_core.model.entry import Entry
    from hosanna_core.model.ids import JobId, Version
    from hosanna_core.model.job import Job
    from hosanna_core.model.notice import Notice
    from hosanna_core.model.people import User
    from hosanna_core.model.push import PushSubscription
    from hosanna_core.model.session import Session
    from hosanna_core.ports import Ports

ROWS: Final = 200
"""How many of anything are read at once."""


class Share(msgspec.Struct, frozen=True):
    """What of a job is a person's: the job as it was when it was theirs last, its history but for what others had."""

    job: Job
    entries: Sequence[EntryDocument]


def whole_share(job: Job, entries: Sequence[Entry]) -> Share:
    """All of a job."""
    return Share(job, history.documents(entries))


def share_of(job: Job, entries: Sequence[Entry], keys: Sequence[bytes], customers_key: bytes) -> Share | None:
    """What of a job is the share of the customer with these keys; None if nothing is, or is left.

    Of somebody else a version is whose customer has keys, and none of theirs: where nobody knows, it is theirs, too.
    """
    theirs: set[Version] = set()
    others: set[Version] = set()
    for version, customer in history.customers(entries):
        found = set(customer_keys(customer, customers_key))
        if not found.isdisjoint(keys):
            theirs.add(version)
        elif found:
            others.add(version)
    last = max(theirs, default=0)
    past = history.at_version(job, entries, last)
    if past is None:
        return None
    told = [each for each in history.documents(entries[:last]) if each.version not in others]
    return Share(past, [_without_before(each) if each.version - 1 in others else each for each in told])


def _without_before(entry: EntryDocument) -> EntryDocument:
    """An entry that does not say what had been: that was somebody else's."""
    changes = {name: {"to": change["to"]} for name, change in entry.changes.items()}
    return msgspec.structs.replace(entry, changes=changes)


def job_file(share: Share) -> dict[str, Any]:
    """What is handed out of a job."""
    return {"job": job_document(share.job), "history": share.entries}


def user_file(ports: Ports, user: User) -> dict[str, Any]:
    """What is handed out of a user: all but secrets."""
    calendar = ports.store.calendars.of([user.id]).get(user.id)
    return {
        "account": user_document(user),
        "second_factor": user.caller.second_factor,
        "availability": None if calendar is None else availability_document(calendar.availability),
        "assigned_jobs": list(assigned_to(ports, user)),
        "sessions": [_session_file(each) for each in sessions_of(ports, user)],
        "notifications": [_notice_file(each) for each in notices_of(ports, user)],
        "followed_jobs": list(followed_by(ports, user)),
        "devices": [_device_file(each) for each in ports.store.subscriptions.of(user.id)],
        "audit": [document_of(entry) for entry in audit_of(ports, user)],
    }


def assigned_to(ports: Ports, user: User) -> Iterator[str]:
    """The numbers of the jobs that are the user's to do."""
    wanted = JobFilter(technician_id=user.id)
    scope = SEES_ALL.narrow(wanted)
    for page in () if scope is None else jobs_by_page(ports, scope, wanted, Sort.OLDEST):
        yield from (msgspec.json.decode(row.body, type=_Numbered).number for row in page)


class _Numbered(msgspec.Struct, frozen=True):
    number: str


def sessions_of(ports: Ports, user: User) -> Iterator[Session]:
    """The user's sessions, ended ones too, newest first."""
    after = None
    while found := ports.store.sessions.all_of(user.id, after, ROWS):
        yield from found
        after = found[-1].id


def _session_file(session: Session) -> dict[str, Any]:
    ended = session.ended_at
    return {
        "device": session.device,
        "created_at": to_text(session.created_at),
        "used_at": to_text(session.used_at),
        "expires_at": to_text(session.expires_at),
        "ended_at": None if ended is None else to_text(ended),
    }


def notices_of(ports: Ports, user: User) -> Iterator[Notice]:
    """The user's inbox, newest first."""
    after = None
    while found := ports.store.inboxes.notices(user.id, after, ROWS):
        yield from found
        after = found[-1].id


def _notice_file(notice: Notice) -> dict[str, Any]:
    instants = {name: getattr(notice, name) for name in ("created_at", "expires_at", "read_at")}
    return {
        "kind": notice.kind,
        "job_id": notice.job_id,
        "status": notice.status,
        "announcement_id": notice.announcement_id,
        **{name: None if at is None else to_text(at) for name, at in instants.items()},
    }


def followed_by(ports: Ports, user: User) -> Iterator[JobId]:
    """The jobs that the user follows."""
    after = None
    while found := ports.store.followers.followed_by(user.id, after, ROWS):
        yield from found
        after = found[-1]


def _device_file(subscription: PushSubscription) -> dict[str, Any]:
    """A device that is told by Web Push, without what its messages are encrypted with."""
    return {"endpoint": subscription.endpoint, "created_at": to_text(subscription.created_at)}


def audit_of(ports: Ports, user: User) -> Iterator[AuditEntry]:
    """The entries that name the user, as the one who acted or as the one to whom it was done; each once."""
    told: set[str] = set()
    for wanted in (AuditFilter(actor_id=user.id), AuditFilter(subject_id=user.id)):
        after = None
        while found := ports.store.audits.entries(wanted, after, ROWS):
            yield from (entry for entry in found if entry.id not in told)
            told.update(entry.id for entry in found)
            after = found[-1].id
