"""All that a store keeps and cannot derive, value by value: what a backup holds."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from hosanna_core.model.announcement import Announcement
from hosanna_core.model.api_key import ApiKey
from hosanna_core.model.audit import AuditEntry, Head
from hosanna_core.model.change import Claim, Receipt
from hosanna_core.model.dayplan import DayPlan
from hosanna_core.model.entry import Entry
from hosanna_core.model.firm import Firm
from hosanna_core.model.ids import JobId, UserId
from hosanna_core.model.job import Job
from hosanna_core.model.notice import Notice
from hosanna_core.model.people import User
from hosanna_core.model.push import PushSubscription
from hosanna_core.model.schedule import Calendar
from hosanna_core.model.session import Session
from hosanna_core.model.webhook import Delivery, Webhook

if TYPE_CHECKING:
    from collections.abc import Mapping


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """The slots of the keystore: the store's secret, wrapped, and the mark of the newest checkpoint."""

    wrapped: bytes | None
    mark: bytes | None


class Numbering(msgspec.Struct, frozen=True):
    """The job number that is given next."""

    next: int


class WholeJob(msgspec.Struct, frozen=True):
    """A job and its history, oldest entry first."""

    job: Job
    history: tuple[Entry, ...]


class Following(msgspec.Struct, frozen=True):
    """Somebody follows a job."""

    job_id: JobId
    user_id: UserId


class Administrator(msgspec.Struct, frozen=True):
    """A member of the guard that keeps the last active Administrator."""

    user_id: UserId


Record: TypeAlias = (
    Keys
    | Numbering
    | WholeJob
    | Claim
    | Calendar
    | Following
    | Notice
    | Announcement
    | DayPlan
    | Firm
    | ApiKey
    | Webhook
    | Delivery
    | PushSubscription
    | Receipt
    | AuditEntry
    | Head
    | Session
    | Administrator
    | User
)
"""One value of a snapshot."""

KINDS: Final[Mapping[str, type[Record]]] = MappingProxyType(
    {
        "keys": Keys,
        "numbering": Numbering,
        "job": WholeJob,
        "claim": Claim,
        "calendar": Calendar,
        "following": Following,
        "notice": Notice,
        "announcement": Announcement,
        "day_plan": DayPlan,
        "settings": Firm,
        "api_key": ApiKey,
        "webhook": Webhook,
        "delivery": Delivery,
        "subscription": PushSubscription,
        "receipt": Receipt,
        "audit_entry": AuditEntry,
        "audit_head": Head,
        "session": Session,
        "administrator": Administrator,
        "user": User,
    }
)
"""Every kind by its name, in the order of a snapshot: the secret first, by which all else is read, and last the users,
so that nobody logs in to a store of which a part is not there yet."""
NAMES: Final[Mapping[type[Record], str]] = MappingProxyType({kind: name for name, kind in KINDS.items()})
"""The names of the kinds."""
