"""Following what happens: coming in, going on from where one was, and what was missed meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.errors import CursorLost
from hosanna_core.model.feed import Followed
from hosanna_core.model.messages import Hello
from hosanna_core.model.people import Duty
from hosanna_core.rules.permissions import may
from hosanna_core.rules.sealing import InFeed, Sealer
from hosanna_core.usecases.acting import role_since
from hosanna_core.usecases.permitting import demand
from hosanna_core.usecases.telling import Line, Telling, begun, look

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hosanna_core.model.feed import Cursor
    from hosanna_core.model.people import Actor
    from hosanna_core.ports import Ports

MOST_MISSED: Final = 50_000
"""Who missed more events than that is told to fetch anew: it is less work for everybody."""
AT_ONCE: Final = 500
"""So many events are read and looked at in one go."""
FAR_AT_ONCE: Final = 2_000
"""So many are read in one go where they are only looked through: from far back each go is a stream of its own."""


class Entry(msgspec.Struct, frozen=True):
    """Somebody who wants to follow, and the place that their cursor names; None where it is none of theirs."""

    line: Line
    start: Cursor | None


def sealer_of(ports: Ports) -> Sealer:
    """What makes the cursors of this store."""
    return Sealer(ports.keys.feed, ports.store.feed.epoch)


def enter(ports: Ports, sealer: Sealer, actor: Actor, cursor: str | None) -> Entry:
    """Let somebody in who wants to follow, from *cursor* on if it is one of theirs, given under their present role.

    Raises PermissionDenied, Unauthenticated where the account is gone.
    """
    demand(may(actor, Duty.FOLLOW_CHANGES))
    mark = sealer.mark(actor.id, role_since(ports, actor))
    spot = None if cursor is None else sealer.open(cursor, mark)
    return Entry(Line(actor, mark), spot.cursor if isinstance(spot, InFeed) else None)


def missed(ports: Ports, start: Cursor, until: Cursor, beside: int = 0) -> list[Followed]:
    """All events behind *start* up to *until*.

    Raises CursorLost where they are gone, or with as many *beside* them, which are at hand already, too many.
    """
    found: list[Followed] = []
    cursor = start
    while cursor < until:
        stretch = ports.store.feed.after(cursor, FAR_AT_ONCE)
        if not stretch.told:
            break
        found += (each for each in stretch.told if each.cursor <= until)
        cursor = stretch.cursor
        if len(found) + beside > MOST_MISSED:
            raise CursorLost
    return found


def heard(line: Line, tellings: Sequence[Telling]) -> list[bytes]:
    """What somebody is told of events, whole messages in their order."""
    return [said + line.mark for telling in tellings if (said := line.hear(telling)) is not None]


def follow(
    ports: Ports, actor: Actor, cursor: str | None = None, *, patience: float = 1.0
) -> Iterator[bytes | None]:
    """What a follower is sent, one message after another, for a script or a test: the first is `hello`.

    Where nothing has come for *patience* seconds it yields None, and goes on when it is asked to. It judges nobody's
    session: whoever keeps it open asks again whether *actor* still is who they were.

    Raises what `enter` raises; CursorLost where the follower was too slow for the store.
    """
    sealer = sealer_of(ports)
    line, place = msgspec.structs.astuple(enter(ports, sealer, actor, cursor))
    if place is not None:
        try:
            ports.store.feed.after(place, 1)
        except CursorLost:
            place = None
    recovered = line.sure = place is not None
    place = ports.store.feed.head() if place is None else place
    yield begun(Hello(recovered), sealer.seal(InFeed(place, ports.outside.now()))) + line.mark
    while True:
        stretch = ports.store.feed.after(place, AT_ONCE)
        place = stretch.cursor
        yield from heard(line, look(ports, sealer, stretch.told, {actor.id: actor.role}).tellings)
        if not stretch.told and not ports.store.feed.wait(place, patience):
            yield None
