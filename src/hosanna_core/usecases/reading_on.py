"""Reading the feed on from where one was, for those who must hear of everything at least once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.errors import CursorLost
from hosanna_core.model.ids import MINUTE, Id, Millis, UserId, Version
from hosanna_core.model.job import Job
from hosanna_core.model.status import Action, Status
from hosanna_core.rules.history import read
from hosanna_core.rules.visibility import SEES_ALL

if TYPE_CHECKING:
    from collections.abc import Callable

    from hosanna_core.model.event import Event
    from hosanna_core.ports import Ports

AT_ONCE: Final = 50
"""Events between two times that the place is kept: so many may be told twice."""
LEASE: Final[Millis] = MINUTE
"""Who reads has so long to say again that they do; then another server takes over."""
_JOB: Final = "job"
_MOVES: Final = frozenset(str(action) for action in Action)


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a job that was committed. *job* is as it is now: it may have moved on."""

    job: Job
    action: Action
    source: Status | None
    """None: it was made."""
    target: Status
    version: Version
    at: Millis
    actor_id: UserId | None
    reason: str | None


class Progress(msgspec.Struct, frozen=True):
    """What came of reading on: whether there may *more* be at once, and whether some was *lost* for good."""

    more: bool = False
    lost: bool = False


def hold_reading(ports: Ports, reader: str) -> bool:
    """Be the one of all servers who reads for *reader*, for another `LEASE`; False while somebody else is."""
    now = ports.outside.now()
    return ports.store.bookmarks.lease(reader, ports.process_id, now, now + LEASE)


def give_back_reading(ports: Ports, reader: str) -> None:
    """Read for *reader* no more: another server may at once, and has not to wait until `LEASE` is over."""
    now = ports.outside.now()
    ports.store.bookmarks.lease(reader, ports.process_id, now, now)


def read_on(ports: Ports, reader: str, tell: Callable[[Event], bool]) -> Progress:
    """Tell the next events, in their order, up to the first of which *tell* says that it has to come again.

    Who has never read begins at the end. Who is killed, or overtaken, is told some again: nothing is left out, unless
    the store keeps it no more.
    """
    was = ports.store.bookmarks.place(reader)
    try:
        place = ports.store.feed.head() if was is None else was
        stretch = ports.store.feed.after(place, AT_ONCE)
    except CursorLost:
        return Progress(lost=ports.store.bookmarks.move(reader, was, ports.store.feed.head()))
    for followed in stretch.told:
        if not tell(followed.event):
            break
        place = followed.cursor
    else:
        place = stretch.cursor
    if place != was and not ports.store.bookmarks.move(reader, was, place):
        return Progress()
    return Progress(more=bool(stretch.told) and place == stretch.cursor)


def moved(ports: Ports, event: Event) -> Moved | None:
    """The step that an event tells of; None where it tells of none, such as an edit."""
    if event.subject.kind != _JOB:
        return None
    job = ports.store.jobs.get(_id(event), SEES_ALL)
    entry = next(
        (each for each in reversed(ports.store.jobs.history(_id(event))) if each.version == event.version),
        None,
    )
    if job is None or entry is None:
        return None
    facts = read(entry)
    if facts.action not in _MOVES:
        return None
    return Moved(
        job=job,
        action=Action(facts.action),
        source=facts.source,
        target=facts.target,
        version=event.version,
        at=event.at,
        actor_id=event.actor_id,
        reason=entry.open.get("reason"),
    )


def _id(event: Event) -> Id:
    return event.subject.id
