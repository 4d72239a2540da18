"""The feed: every event that was committed, in one order for everybody, and places in that order."""

from __future__ import annotations

import msgspec

from hosanna_core.model.event import Event

Cursor = bytes
"""A place between two events. Of two cursors of one store the later one is the greater; what else they say only the
store knows. They never leave the server as they are: `rules.sealing` wraps them for clients."""


class Followed(msgspec.Struct, frozen=True):
    """An event, and the place right behind it."""

    cursor: Cursor
    event: Event


class Stretch(msgspec.Struct, frozen=True):
    """A part of the feed, in its order; *cursor* is where to go on, at the last event's own place or behind it."""

    told: tuple[Followed, ...]
    cursor: Cursor
