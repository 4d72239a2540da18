"""What is asked of a list, and the page that comes back."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Generic, TypeVar

import msgspec

from hosanna_core.model.ids import Id, Millis, UserId, Version
from hosanna_core.model.people import Role, User
from hosanna_core.model.place import Place
from hosanna_core.model.status import Priority, Status


class Sort(StrEnum):
    """The orders of a job list; every one ends in the id, so that each is total."""

    NEWEST = "-created_at"
    OLDEST = "created_at"
    PRIORITY = "priority"
    """EMERGENCY first; within one priority the oldest first."""
    WINDOW = "window"
    """The earliest window first; jobs without one last."""


class JobFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Every given part must hold. Ranges are [from, to); *window_from* and *window_to* look at the window's start."""

    statuses: frozenset[Status] | None = None
    technician_id: UserId | None = None
    priority: Priority | None = None
    created_from: Millis | None = None
    created_to: Millis | None = None
    window_from: Millis | None = None
    window_to: Millis | None = None
    words: tuple[str, ...] = ()
    """Each must be one of the job's words."""
    prefix: str | None = None
    """One of the job's words must begin so; at least 2 characters."""


class Position(msgspec.Struct, frozen=True):
    """A place in a sorted list: the sort keys and the id of the last row that was looked at.

    *keys* holds what `hosanna_core.rules.ordering.position_of` gives for the sort.
    """

    keys: tuple[int, ...]
    id: Id


class Row(msgspec.Struct, frozen=True):
    """One job of a list: its document as JSON, ready to be sent."""

    id: Id
    body: bytes


class Sight(msgspec.Struct, frozen=True):
    """A job as it is shown, and the place that decides to whom."""

    id: Id
    version: Version
    place: Place
    body: bytes
    """Its document as JSON."""


P = TypeVar("P")


class Page(msgspec.Struct, Generic[P], frozen=True):
    """Some rows of a list; *next* is where to go on, None at the end. A page may be short though more follow."""

    rows: tuple[P, ...]
    next: Position | None


JobPage = Page[Row]
UserPage = Page[User]


class UserFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Every given part must hold."""

    role: Role | None = None
    active: bool | None = None


CREW: Final = UserFilter(role=Role.TECHNICIAN, active=True)
"""Whoever can be sent."""
