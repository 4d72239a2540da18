"""Following a feed through its port, and what must hold of every stretch of it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from hosanna_core.testing.racing import persistent

if TYPE_CHECKING:
    from hosanna_core.model.event import Event
    from hosanna_core.model.feed import Cursor, Followed, Stretch
    from hosanna_core.ports import Store

MOST_STRETCHES: Final = 5_000
"""A feed to which nothing is added ends before that."""


def stretch(store: Store, cursor: Cursor, limit: int) -> Stretch:
    """The next events behind *cursor*. Asserts what holds of every stretch."""
    found = persistent(lambda: store.feed.after(cursor, limit))
    assert len(found.told) <= limit, "a stretch has at most `limit` events"
    places = [cursor, *(each.cursor for each in found.told)]
    assert all(before < behind for before, behind in pairwise(places)), "a later place is a greater cursor"
    assert found.cursor >= places[-1], "a stretch leads on from its last event"
    return found


def follow(store: Store, cursor: Cursor, limit: int = 100) -> list[Followed]:
    """All that is told behind *cursor*, stretch by stretch."""
    told: list[Followed] = []
    for _ in range(MOST_STRETCHES):
        found = stretch(store, cursor, limit)
        told += found.told
        cursor = found.cursor
        if not found.told:
            return told
    raise AssertionError("the feed never ended")


def events_after(store: Store, cursor: Cursor) -> list[Event]:
    """All events behind *cursor*."""
    return [each.event for each in follow(store, cursor)]


def await_more(store: Store, cursor: Cursor, timeout: float) -> bool:
    """Wait for an event behind *cursor*; whether there is one."""
    return persistent(lambda: store.feed.wait(cursor, timeout))
