"""The one thing that a store writes: everything that a use case changes, whole or not at all."""

from __future__ import annotations

from typing import Final, Generic, TypeAlias, TypeVar

import msgspec

from hosanna_core.model.announcement import Announcement
from hosanna_core.model.api_key import ApiKey
from hosanna_core.model.audit import AuditFacts
from hosanna_core.model.dayplan import DayPlan
from hosanna_core.model.entry import Entry
from hosanna_core.model.event import Event, Ref
from hosanna_core.model.firm import Firm
from hosanna_core.model.ids import Millis, UserId, Version
from hosanna_core.model.job import Job
from hosanna_core.model.notice import Notice
from hosanna_core.model.people import User
from hosanna_core.model.schedule import Calendar
from hosanna_core.model.session import Session, SessionId
from hosanna_core.model.webhook import Webhook

EXTERNAL_REF: Final = "external_ref"
"""The kind of the claim on a job's `external_ref`."""
Root: TypeAlias = Job | User | Session | Announcement | DayPlan | ApiKey | Webhook | Firm
"""What a change moves on."""
R = TypeVar("R", bound=Root)


class Seat(msgspec.Struct, frozen=True):
    """A user joins or leaves the active Administrators."""

    user_id: UserId
    joins: bool


class Claim(msgspec.Struct, frozen=True):
    """A value that nobody else may hold, such as an `external_ref`."""

    kind: str
    value: str


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """Proof that a request with this idempotency key was done: a recipe for its answer, not the answer.

    *key* is the hash of user, method, path and the caller's key; *body* that of the request's body.
    """

    key: str
    body: str
    subject: Ref
    version: Version
    at: Millis


class Change(msgspec.Struct, Generic[R], frozen=True, kw_only=True):
    """The next state of exactly one aggregate and all that must be true together with it."""

    root: R
    expected: Version | None
    """The version that it was decided on; None: it must not exist yet."""
    entry: Entry | None = None
    """Its history entry; only jobs have one."""
    events: tuple[Event, ...] = ()
    notices: tuple[Notice, ...] = ()
    calendars: tuple[Calendar, ...] = ()
    """The next states of the calendars that it books or frees, in the order of their technicians' ids.

    The stored version of each must be one less than its own (0: none stored yet)."""
    seat: Seat | None = None
    claims: tuple[Claim, ...] = ()
    receipt: Receipt | None = None
    opens: Session | None = None
    """A new session of the user who is the root."""
    ends: tuple[SessionId, ...] = ()
    """Sessions of the user who is the root that end with it, at its `updated_at`."""
    audit: tuple[AuditFacts, ...] = ()
    forgets: bool = False
    """Erase the person: of a job the open values of all entries before this one; of a user the sessions, the notices,
    what they follow, the push subscriptions, and the open values and salts of every audit entry that names them as
    actor or subject."""


AnyChange: TypeAlias = (
    Change[Job]
    | Change[User]
    | Change[Session]
    | Change[Announcement]
    | Change[DayPlan]
    | Change[ApiKey]
    | Change[Webhook]
    | Change[Firm]
)
