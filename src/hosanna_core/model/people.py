"""Who works here: roles, users, and the little that is known of whoever is calling."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from hosanna_core.model.ids import Millis, UserId, Version


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

    @property
    def actor(self) -> Actor:
        """The caller as the rules know them."""
        return Actor(self.id, self.role)


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A person with an account. *email* is normalised; *password_hash* never leaves the server.

    *subject_key* salts the digests of personal values in whatever is sealed about the user.
    """

    id: UserId
    version: Version
    email: str
    full_name: str
    phone: str | None = None
    role: Role
    active: bool
    preferences: dict[str, Any] = {}
    password_hash: str
    subject_key: bytes
    session_epoch: int = 0
    created_at: Millis
    updated_at: Millis
