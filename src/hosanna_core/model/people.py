"""Who works here: roles, users, and the little that is known of whoever is calling."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from hosanna_core.model.ids import Id, Millis, UserId, Version
from hosanna_core.model.withheld import withheld


class Role(StrEnum):
    """Every user has exactly one."""

    ADMINISTRATOR = "ADMINISTRATOR"
    OFFICE_MANAGER = "OFFICE_MANAGER"
    TECHNICIAN = "TECHNICIAN"


class Capability(StrEnum):
    """The rows of the permission matrix, in the words of its page."""

    CREATE_JOBS = "Create Jobs"
    CONFIRM_JOBS = "Confirm Jobs"
    ASSIGN_TECHNICIANS = "Assign Technicians"
    DISPATCH_TO_FIELD = "Dispatch to Field"
    START_FIELD_WORK = "Start Field Work"
    COMPLETE_WORK = "Complete Work"
    PROCESS_BILLING = "Process Billing"
    VIEW_ALL_JOBS = "View All Jobs"
    VIEW_ASSIGNED_JOBS = "View Assigned Jobs"
    MANAGE_USERS = "Manage Users"


class Duty(StrEnum):
    """What the matrix does not list but somebody must be allowed to do."""

    EDIT_JOBS = "Edit Jobs"
    SEE_ROSTER = "See Roster"
    SEE_AVAILABILITY = "See Availability"
    SET_AVAILABILITY = "Set Availability"
    OWN_PROFILE = "Own Profile"
    OWN_SESSIONS = "Own Sessions"
    SEE_AUDIT_TRAIL = "See Audit Trail"
    OWN_NOTIFICATIONS = "Own Notifications"
    SEE_ANNOUNCEMENTS = "See Announcements"
    ANNOUNCE = "Announce"
    FOLLOW_CHANGES = "Follow Changes"
    SEE_CANDIDATES = "See Candidates"
    PLAN_DAYS = "Plan Days"
    SEE_REPORTS = "See Reports"
    CHANGE_SETTINGS = "Change Settings"
    MANAGE_API_KEYS = "Manage API Keys"
    MANAGE_WEBHOOKS = "Manage Webhooks"
    EXPORT_WORK = "Export Work"


class Actor(msgspec.Struct, frozen=True):
    """Whoever acts: all that any rule needs to know of them."""

    id: UserId
    role: Role


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to "may this token act?", in one read."""

    id: UserId
    role: Role
    active: bool
    session_epoch: int
    """Raised by whatever ends all sessions of a user; a token of an older epoch is dead."""
    revoked: tuple[str, ...] = ()
    """Ids of single sessions that were ended while access tokens of theirs may still be on their way."""
    second_factor: bool = False
    """Whether the user has a second factor, confirmed."""

    @property
    def actor(self) -> Actor:
        """The caller as the rules know them."""
        return Actor(self.id, self.role)


class Revoked(msgspec.Struct, frozen=True):
    """A session that was ended, and the instant from which no access token of it can be alive any more."""

    session_id: Id
    until: Millis


class SecondFactor(msgspec.Struct, frozen=True, kw_only=True):
    """One-time codes by time (RFC 6238). The secret is stored nowhere: it derives from *nonce* and a store key."""

    nonce: bytes
    confirmed: bool = False
    """Whether the user has shown a code; until then nobody is asked for one."""
    last_step: int = 0
    """The newest time step of which a code was taken: no code is good twice."""
    recovery: tuple[bytes, ...] = ()
    """Keyed hashes of the recovery codes that are left."""

    def __repr__(self) -> str:
        return withheld(self, "nonce", "recovery")


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A person with an account. *email* is normalised; *password_hash* never leaves the server."""

    id: UserId
    version: Version
    email: str
    full_name: str
    phone: str | None = None
    role: Role
    active: bool
    preferences: dict[str, Any] = {}
    password_hash: str
    session_epoch: int = 0
    revoked: tuple[Revoked, ...] = ()
    second_factor: SecondFactor | None = None
    role_since: Version = 1
    """The version in which they got their role: what they followed before, they do not follow on from."""
    calendar_hash: bytes = b""
    """Of the secret in the address of a technician's calendar; empty: there is no such address."""
    erased: bool = False
    """Whether the person is gone for good: nobody works under this account again."""
    created_at: Millis
    updated_at: Millis

    @property
    def caller(self) -> Caller:
        """What decides whether a token of theirs may act."""
        factor = self.second_factor
        return Caller(
            id=self.id,
            role=self.role,
            active=self.active,
            session_epoch=self.session_epoch,
            revoked=tuple(each.session_id for each in self.revoked),
            second_factor=factor is not None and factor.confirmed,
        )

    def __repr__(self) -> str:
        return withheld(self, "password_hash", "calendar_hash")
