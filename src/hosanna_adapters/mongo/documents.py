"""How values lie in the collections: fields that an operator can read, and back again.

Maps whose keys come from outside (`preferences`, the open values of an entry) are kept as JSON text: keys with '$',
dots or NUL mean something to MongoDB.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec

from hosanna_adapters.mongo.dayplans import plan_fields, plan_of
from hosanna_adapters.mongo.firms import firm_fields, firm_of
from hosanna_adapters.mongo.integrations import api_key_of, integration_fields, webhook_of
from hosanna_adapters.mongo.schema import (
    ANNOUNCEMENTS,
    AUDIT,
    CALENDARS,
    JOBS,
    SESSIONS,
    SUBSCRIPTIONS,
    SWEPT,
    USERS,
)
from hosanna_adapters.mongo.veils import HISTORY
from hosanna_core.model.announcement import Announcement
from hosanna_core.model.api_key import ApiKey
from hosanna_core.model.audit import AuditEntry, Head
from hosanna_core.model.dayplan import DayPlan
from hosanna_core.model.documents import body_of
from hosanna_core.model.entry import Entry
from hosanna_core.model.event import Event
from hosanna_core.model.firm import Firm
from hosanna_core.model.job import Job
from hosanna_core.model.notice import Notice
from hosanna_core.model.people import User
from hosanna_core.model.push import PushSubscription
from hosanna_core.model.schedule import Calendar
from hosanna_core.model.session import Session
from hosanna_core.model.webhook import Webhook
from hosanna_core.rules import notices
from hosanna_core.rules.ordering import keys_of
from hosanna_core.rules.visibility import EVER_CONFIRMED
from hosanna_core.rules.words import words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_adapters.mongo.schema import Document
    from hosanna_adapters.mongo.veils import Veil
    from hosanna_core.model.change import AnyChange, Claim, Receipt, Root
    from hosanna_core.model.ids import Id, JobId, Millis, UserId, Version

_AS_THEY_ARE: Final = (bytes,)
OFF_THE_ROOT: Final = {"history": 0, "words": 0, "body": 0, "change": 0, "untold": 0}
"""What nobody needs who reads a job itself."""
_KEPT_AT_MOST: Final = timedelta(days=3650)


def _plain(value: object) -> Document:
    plain: Document = msgspec.to_builtins(value, builtin_types=_AS_THEY_ARE)
    return plain


def _without_id(document: Document) -> Document:
    return {**document, "id": document["_id"]}


def _shown(veil: Veil, collection: str, document: Document) -> Document:
    return veil.show(collection, document["_id"], _without_id(document))


def job_fields(veil: Veil, job: Job) -> Document:
    """A job without its id, beside all that is derived from it."""
    fields = _plain(job)
    del fields["id"]
    return {
        **veil.hide(JOBS, job.id, fields),
        **_plain(keys_of(job)),
        "office": job.standing in EVER_CONFIRMED,
        "words": veil.spelled(words_of(job)),
        "body": veil.hide_body(job.id, body_of(job)),
    }


def job_of(veil: Veil, document: Document) -> Job:
    """The job of a stored document."""
    return msgspec.convert(_shown(veil, JOBS, document), Job)


def user_fields(veil: Veil, user: User) -> Document:
    """A user without the id."""
    fields = _plain(user)
    del fields["id"]
    hidden = veil.hide(USERS, user.id, {**fields, "preferences": _text(user.preferences)})
    factor = user.second_factor
    # Asked for with every request: that much of the second factor lies in the open, whatever is hidden.
    shown = {"second_factor": None if factor is None else {"confirmed": factor.confirmed}}
    return {**shown, **hidden, "email": email_key(veil, user.email)}


def email_key(veil: Veil, email: str) -> str:
    """By what a user's address is found, and unique."""
    return veil.token("email", email)


def user_of(veil: Veil, document: Document) -> User:
    """The user of a stored document."""
    fields = _shown(veil, USERS, document)
    return msgspec.convert({**fields, "preferences": msgspec.json.decode(fields["preferences"])}, User)


def _text(value: dict[str, Any]) -> str:
    return msgspec.json.encode(value).decode()


def entry_document(veil: Veil, job_id: JobId, entry: Entry) -> Document:
    """An entry of a history."""
    fields = {**_plain(entry), "open": _text(entry.open)}
    return veil.hide(HISTORY, f"{job_id}|{entry.version}", fields)


def entry_of(veil: Veil, job_id: JobId, document: Document) -> Entry:
    """The entry of a stored document."""
    fields = veil.show(HISTORY, f"{job_id}|{document['version']}", document)
    return msgspec.convert({**fields, "open": msgspec.json.decode(fields["open"])}, Entry)


def calendar_document(veil: Veil, calendar: Calendar) -> Document:
    """A calendar, whole."""
    fields = _plain(calendar)
    technician_id = fields.pop("technician_id")
    return {"_id": technician_id, **veil.hide(CALENDARS, technician_id, fields)}


def calendar_of(veil: Veil, document: Document) -> Calendar:
    """The calendar of a stored document."""
    fields = veil.show(CALENDARS, document["_id"], document)
    return msgspec.convert({**fields, "technician_id": document["_id"]}, Calendar)


def notice_fields(notice: Notice) -> Document:
    """A notice without its id."""
    fields = _plain(notice)
    del fields["id"]
    return fields


def notice_document(notice: Notice) -> Document:
    """A new entry of an inbox, and its event."""
    return {"_id": notice.id, **notice_fields(notice), "change": _change(1, (notices.created(notice),))}


def notice_of(document: Document) -> Notice:
    """The notice of a stored document. Of one of an older version all that it does not have is as it is by default."""
    return msgspec.convert(_without_id(document), Notice)


def reading_fields(user_id: UserId, notice_id: Id, at: Millis) -> Document:
    """What is set in a notice that was read."""
    return {"read_at": at, "change": _change(2, (notices.read(user_id, notice_id, at),))}


def waiting_fields(notice: Notice) -> Document:
    """What is set in a notice of which something was told on other ways."""
    fields = _plain(notice)
    return {name: fields[name] for name in ("channels", "due_at")}


def announcement_fields(veil: Veil, announcement: Announcement) -> Document:
    """An announcement without its id."""
    fields = _plain(announcement)
    del fields["id"]
    return veil.hide(ANNOUNCEMENTS, announcement.id, fields)


def announcement_of(veil: Veil, document: Document) -> Announcement:
    """The announcement of a stored document."""
    return msgspec.convert(_shown(veil, ANNOUNCEMENTS, document), Announcement)


def subscription_document(veil: Veil, subscription: PushSubscription) -> Document:
    """A push subscription. Of one endpoint there is one: its `_id` is a hash of that, and tells it nobody."""
    key = hashlib.sha256(subscription.endpoint.encode()).hexdigest()
    return {"_id": key, **veil.hide(SUBSCRIPTIONS, key, _plain(subscription))}


def subscription_of(veil: Veil, document: Document) -> PushSubscription:
    """The push subscription of a stored document."""
    return msgspec.convert(veil.show(SUBSCRIPTIONS, document["_id"], document), PushSubscription)


def receipt_fields(receipt: Receipt) -> Document:
    """A receipt without its key."""
    fields = _plain(receipt)
    del fields["key"]
    return fields


def claim_id(kind: str, value: str) -> str:
    """The `_id` of a claim. Kinds are ours and hold no '|'."""
    return f"{kind}|{value}"


def claim_document(claim: Claim, holder: str) -> Document:
    """A claim, and the root that holds it."""
    return {"_id": claim_id(claim.kind, claim.value), "holder": holder}


def session_fields(veil: Veil, session: Session) -> Document:
    """A session without its id.

    The server drops it by its own clock: what counts is how long the session still had when it was last used.
    """
    fields = _plain(session)
    del fields["id"]
    left = timedelta(milliseconds=max(session.expires_at - session.used_at, 0))
    swept = {SWEPT: datetime.now(UTC) + min(left, _KEPT_AT_MOST)}
    return {**veil.hide(SESSIONS, session.id, fields), **swept}


def session_of(veil: Veil, document: Document) -> Session:
    """The session of a stored document."""
    return msgspec.convert(_shown(veil, SESSIONS, document), Session)


def audit_id(stream: str, n: int) -> str:
    """The `_id` of an entry of the audit trail: in the order of their text the entries of a stream are in order."""
    return f"{stream}|{n:012d}"


def audit_document(veil: Veil, entry: AuditEntry) -> Document:
    """An entry of the audit trail."""
    key = audit_id(entry.stream, entry.n)
    return {"_id": key, **veil.hide(AUDIT, key, {**_plain(entry), "open": _text(entry.open)})}


def audit_of(veil: Veil, document: Document) -> AuditEntry:
    """The audit entry of a stored document."""
    fields = veil.show(AUDIT, document["_id"], document)
    return msgspec.convert({**fields, "open": msgspec.json.decode(fields["open"])}, AuditEntry)


def head_document(head: Head) -> Document:
    """How far a stream has come."""
    fields = _plain(head)
    return {"_id": fields.pop("stream"), **fields}


def head_of(document: Document) -> Head:
    """The head of a stored document."""
    return msgspec.convert({**document, "stream": document["_id"]}, Head)


def root_fields(veil: Veil, change: AnyChange) -> Document:
    """What a commit sets on its root. `change` is set whole each time: the feed reads nothing else.

    Only of sessions, which hardly ever tell anybody anything, an older one stays; plans and settings never tell any.
    """
    root = change.root
    if isinstance(root, DayPlan):
        return plan_fields(veil, root)
    if isinstance(root, Firm):
        return firm_fields(veil, root)
    if isinstance(root, Session) and not change.events:
        return session_fields(veil, root)
    return {**_fields_of(veil, root), "change": _change(root.version, change.events)}


def _fields_of(veil: Veil, root: Job | User | Session | Announcement | ApiKey | Webhook) -> Document:
    if isinstance(root, ApiKey | Webhook):
        return integration_fields(veil, root)
    if isinstance(root, Job):
        return job_fields(veil, root)
    if isinstance(root, User):
        return user_fields(veil, root)
    return session_fields(veil, root) if isinstance(root, Session) else announcement_fields(veil, root)


def root_of(veil: Veil, change: AnyChange, document: Document) -> Root:
    """The root of a stored document, which is of the kind of the root of *change*."""
    if isinstance(change.root, Job):
        return job_of(veil, document)
    if isinstance(change.root, User):
        return user_of(veil, document)
    if isinstance(change.root, DayPlan):
        return plan_of(veil, document)
    if isinstance(change.root, Firm):
        return firm_of(veil, document)
    if isinstance(change.root, ApiKey):
        return api_key_of(veil, document)
    if isinstance(change.root, Webhook):
        return webhook_of(veil, document)
    return session_of(veil, document) if isinstance(change.root, Session) else announcement_of(veil, document)


def _change(version: Version, events: Sequence[Event]) -> Document:
    return {"version": version, "events": [_plain(event) for event in events]}


def events_of(document: Document) -> tuple[Event, ...]:
    """The events of the commit that wrote a root last."""
    change = document.get("change", {})
    return told_by(change) if change.get("version") == document["version"] else ()


def told_by(change: Document) -> tuple[Event, ...]:
    """The events in a `change`."""
    return msgspec.convert(change["events"], tuple[Event, ...])
