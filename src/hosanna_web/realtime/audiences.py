"""Those who see the same, together: what an event is to them is asked once, and put into words once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, NamedTuple

from hosanna_core.model.people import Actor
from hosanna_core.usecases.telling import Line
from hosanna_web.realtime.outlets import MOST_UNTAKEN
from hosanna_web.realtime.wording import Wording

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hosanna_core.model.feed import Cursor
    from hosanna_core.model.ids import UserId
    from hosanna_core.model.people import Role
    from hosanna_core.rules.visibility import Scope
    from hosanna_core.usecases.telling import Telling
    from hosanna_web.realtime.clients import Client

SLICE: Final = 50
"""Events that go out before anybody looks whether they are taken, unless their jobs are large."""
CLIENTS_AT_ONCE: Final = 250
"""Clients that are written to before anything else gets its turn."""
BEHIND: Final = 64 * 1024
"""Who has so many bytes to take is behind."""
PAUSE: Final = 0.002
"""Seconds to wait, between two slices, for most to catch up: where most are behind, it is us or the machine."""
MOST_PAUSES: Final = 50


class Audience:
    """The clients of one role and one view who all have what they were told alone, or all fetched anew."""

    def __init__(self, role: Role, scope: Scope, *, sure: bool) -> None:
        self._role = role
        self._scope = scope
        self._sure = sure
        self.clients: dict[Client, None] = {}

    def tell(self, tellings: Sequence[Telling], apart: frozenset[UserId]) -> Iterator[None]:
        """Send events to all, pausing now and then; of users *apart*, and who lacks a job, each is asked alone."""
        anybody = Line(Actor("", self._role), "")
        anybody.scope, anybody.sure = self._scope, self._sure
        wording = Wording([each for telling in tellings if (each := anybody.hear(telling)) is not None])
        place = tellings[-1].followed.cursor
        for count, client in enumerate(tuple(self.clients), 1):
            if client.line.lacking or client.line.actor.id in apart:
                client.tell(tellings)
            else:
                if wording.begun:
                    client.send(wording)
                if anybody.lacking:
                    client.line.lacking |= anybody.lacking
            client.place = place
            if count % CLIENTS_AT_ONCE == 0:
                yield


class _Key(NamedTuple):
    role: Role
    scope: Scope
    sure: bool


def _key(client: Client) -> _Key:
    return _Key(client.line.actor.role, client.line.scope, client.line.sure)


class Audiences:
    """Everybody who is told what happens as it happens."""

    def __init__(self) -> None:
        self._all: dict[_Key, Audience] = {}

    def add(self, client: Client) -> None:
        """From the next event on they are told."""
        key = _key(client)
        if (audience := self._all.get(key)) is None:
            audience = self._all[key] = Audience(key.role, key.scope, sure=key.sure)
        audience.clients[client] = None

    def remove(self, client: Client) -> None:
        """No more; nothing if they were not."""
        key = _key(client)
        if (audience := self._all.get(key)) is None:
            return
        audience.clients.pop(client, None)
        if not audience.clients:
            del self._all[key]

    def move(self, place: Cursor) -> None:
        """All have come so far."""
        for audience in self._all.values():
            for client in audience.clients:
                client.place = place

    async def tell(self, tellings: Sequence[Telling]) -> None:
        """Send events to all whom they may concern, in their order, however many there are."""
        for some in _sliced(tellings):
            apart = frozenset(
                address.user_id
                for telling in some
                if not telling.is_of_a_job
                for address in telling.event.to
                if address.user_id is not None
            )
            for audience in self._concerned(some):
                for _ in audience.tell(some, apart):
                    await asyncio.sleep(0)
            await self._let_catch_up()

    def _concerned(self, tellings: Sequence[Telling]) -> list[Audience]:
        """A job concerns those who see anybody's, and the technicians whose it was or is."""
        if not all(telling.is_of_a_job for telling in tellings):
            return list(self._all.values())
        places = [place for each in tellings for place in (each.event.before, each.event.after) if place]
        named = {None, *(place.technician_id for place in places)}
        return [each for key, each in self._all.items() if key.scope.technician_id in named]

    async def _let_catch_up(self) -> None:
        await asyncio.sleep(0)
        for _ in range(MOST_PAUSES):
            if not self._most_are_behind():
                return
            await asyncio.sleep(PAUSE)

    def _most_are_behind(self) -> bool:
        clients = [client for audience in self._all.values() for client in audience.clients]
        behind = sum(client.outlet.untaken > BEHIND for client in clients)
        return 2 * behind > len(clients)


def _sliced(tellings: Sequence[Telling]) -> Iterator[list[Telling]]:
    """As many at once as `SLICE` says, and about as many bytes as a client may leave untaken."""
    some: list[Telling] = []
    size = 0
    for telling in tellings:
        some.append(telling)
        size += 0 if telling.sight is None else len(telling.sight.body)
        if len(some) == SLICE or size >= MOST_UNTAKEN:
            yield some
            some, size = [], 0
    if some:
        yield some
