"""Those who come back: they are told what they missed, many of them from one look at it."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from hosanna_core.errors import Busy, CursorLost
from hosanna_core.usecases.streams import AT_ONCE, missed
from hosanna_core.usecases.telling import look
from hosanna_web.realtime.audiences import BEHIND
from hosanna_web.realtime.closing import Close
from hosanna_web.realtime.outlets import MOST_UNTAKEN
from hosanna_web.realtime.suspicion import Suspicion

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hosanna_core.model.feed import Cursor, Followed
    from hosanna_core.model.ids import UserId
    from hosanna_core.model.people import Caller
    from hosanna_core.ports import Ports
    from hosanna_core.rules.sealing import Sealer
    from hosanna_core.usecases.telling import Telling
    from hosanna_web.executors import Pool
    from hosanna_web.realtime.clients import Client
    from hosanna_web.realtime.ring import Ring

PATIENCE: Final = 2.0
"""Seconds that a client whose place another server knows already waits for this one to get there."""
_PAUSE: Final = 0.02
_REST: Final = 0.5
_log = logging.getLogger("hosanna.web")


class CatchingUp:
    """Clients on their way from where they were to where the follower is; who is there waits for its next batch.

    A client goes on to be told live with the first batch that was begun after it came: what an earlier one looked up
    may lack what only this client would have been told.
    """

    def __init__(
        self,
        ports: Ports,
        sealer: Sealer,
        pool: Pool,
        ring: Ring,
        judge: Callable[[Mapping[UserId, Caller | None]], None],
    ) -> None:
        self._ports = ports
        self._sealer = sealer
        self._pool = pool
        self._ring = ring
        self._judge = judge
        self._clients: dict[Client, None] = {}
        self._lost: Cursor | None = None
        """Nobody goes on from here, or from anywhere before."""
        self._suspicion = Suspicion()
        self._working: asyncio.Task[None] | None = None

    def add(self, client: Client) -> None:
        """Greet a client who is up to date, or has to fetch anew; any other is on the way from now on."""
        self._clients[client] = None
        if client.place is None:
            self._begin_here(client)
        elif client.place == self._ring.end:
            self._greet(client)
        else:
            self.wake()

    def remove(self, client: Client) -> None:
        """Forget who has gone."""
        self._clients.pop(client, None)

    def caught_up(self, place: Cursor, turn: int) -> list[Client]:
        """Take out those who are at *place* and came before the follower's *turn*."""
        ready = [each for each in self._clients if each.greeted and each.place == place and each.born < turn]
        for each in ready:
            del self._clients[each]
        return ready

    def give_up(self, place: Cursor) -> None:
        """From before *place* nobody goes on: something there cannot be told."""
        self._lost = max(self._lost or b"", place)
        if self._ring.holds(place):
            self._ring.drop_until(place)

    def wake(self) -> None:
        """Go on, if there is anybody who is behind."""
        if self._working is None and self._behind():
            self._working = asyncio.create_task(self._work())

    def close(self) -> None:
        """Stop."""
        if self._working is not None:
            self._working.cancel()

    async def _work(self) -> None:
        try:
            while behind := self._behind():
                try:
                    await self._step(behind)
                except Busy:
                    await asyncio.sleep(_REST)
                except Exception:  # whatever it is, it may pass: nobody's place is lost
                    _log.exception("Clients could not be told what they missed; it is tried again.")
                    await asyncio.sleep(_REST)
        finally:
            self._working = None

    def _behind(self) -> list[Client]:
        """Those who are not where the follower is; it may have come to somebody who was ahead of it, and waits."""
        behind = []
        for client in self._clients:
            if client.place == self._ring.end:
                self._greet(client)
            else:
                behind.append(client)
        return behind

    async def _step(self, behind: list[Client]) -> None:
        """Tell those who take what they are told the next events behind the one of them who is farthest back."""
        taking = [each for each in behind if each.outlet.untaken < BEHIND]
        await self._reach_back(taking)
        ready = [each for each in taking if self._is_ready(each)]
        if not ready:
            await asyncio.sleep(_PAUSE)
            return
        first = min(_place(each) for each in ready)
        limit = self._suspicion.limit(first)
        followed = self._ring.behind(first, limit)
        until = followed[-1].cursor if len(followed) == limit else self._ring.end
        try:
            await self._tell(ready, followed, until)
        except Busy:
            raise
        except Exception:
            if not (self._suspicion.failed(followed) and followed):
                raise
            key = followed[0].event.key
            _log.exception("The event %s cannot be told: who comes back from before it fetches anew.", key)
            self.give_up(until)
        self._suspicion.passed()

    async def _tell(self, ready: list[Client], followed: Sequence[Followed], until: Cursor) -> None:
        present = {each.line.actor.id: each.line.actor.role for each in ready}
        looked = await self._pool.run(look, self._ports, self._sealer, followed, present)
        self._judge(looked.callers)
        while ready := [each for each in ready if self._takes_more(each, until)]:
            for count, client in enumerate(ready, 1):
                if self._takes_more(client, until):
                    self._tell_some(client, looked.tellings, until)
                if count % AT_ONCE == 0:
                    await asyncio.sleep(0)
            await asyncio.sleep(0)

    def _takes_more(self, client: Client, until: Cursor) -> bool:
        return (
            client in self._clients
            and not client.closed
            and _place(client) < until
            and client.outlet.untaken < BEHIND
        )

    def _tell_some(self, client: Client, tellings: Sequence[Telling], until: Cursor) -> None:
        """As much at once as a client may leave untaken, however much they missed: they may take none of it."""
        self._greet(client)
        place = _place(client)
        new = [each for each in tellings if each.followed.cursor > place]
        count = client.tell(new, MOST_UNTAKEN)
        client.place = until if count == len(new) else new[count - 1].followed.cursor

    def _is_ready(self, client: Client) -> bool:
        place = _place(client)
        if place > self._ring.end:
            if asyncio.get_running_loop().time() - client.joined_at > PATIENCE:
                self._lose(client)
            return False
        return client in self._clients and self._ring.holds(place)

    async def _reach_back(self, behind: list[Client]) -> None:
        """Fetch what the farthest back missed of what is not in memory; who missed too much fetches anew."""
        while old := [each for each in behind if each in self._clients and _place(each) < self._ring.start]:
            first = min(old, key=_place)
            if self._lost is None or _place(first) > self._lost:
                start = self._ring.start
                try:
                    at_hand = self._ring.count
                    found = await self._pool.run(missed, self._ports, _place(first), start, at_hand)
                except CursorLost:
                    self._lost = _place(first)
                except Busy:
                    raise
                except Exception:
                    if not self._suspicion.failed():
                        raise
                    _log.exception("What clients missed cannot be read: they fetch anew.")
                    self.give_up(start)
                else:
                    if self._ring.start == start:
                        self._ring.reach_back(_place(first), found)
                    continue
            self._lose(first)

    def _lose(self, client: Client) -> None:
        if client.greeted:
            client.close(Close.RESUME)
            self.remove(client)
        else:
            self._begin_here(client)

    def _begin_here(self, client: Client) -> None:
        client.place = self._ring.end
        client.greet(self._sealer, self._ports.outside.now(), recovered=False)

    def _greet(self, client: Client) -> None:
        if not client.greeted:
            client.greet(self._sealer, self._ports.outside.now(), recovered=True)


def _place(client: Client) -> Cursor:
    return client.place or b""
