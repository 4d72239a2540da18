"""Everybody who listens in this process, and the one follower that they all hear of what happens from.

All book-keeping happens on the event loop; only the follower, and those who look something up, are on threads.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from typing import TYPE_CHECKING, Final, Never

from hosanna_core.errors import Busy
from hosanna_core.model.condition import Condition, Mode
from hosanna_core.usecases.access import goes_on_acting
from hosanna_core.usecases.acting import caller_of
from hosanna_core.usecases.streams import enter, sealer_of
from hosanna_web.realtime.audiences import CLIENTS_AT_ONCE, Audiences
from hosanna_web.realtime.catching_up import CatchingUp
from hosanna_web.realtime.clients import Client
from hosanna_web.realtime.closing import Close
from hosanna_web.realtime.follower import Batch, Follower
from hosanna_web.realtime.ring import Ring

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hosanna_core.model.feed import Cursor
    from hosanna_core.model.ids import UserId
    from hosanna_core.model.people import Caller, Role
    from hosanna_core.ports import Ports
    from hosanna_core.rules.sealing import Sealer
    from hosanna_core.usecases.access import Identity
    from hosanna_core.usecases.streams import Entry
    from hosanna_web.executors import Pool
    from hosanna_web.key_uses import KeyUses
    from hosanna_web.measuring import Measures
    from hosanna_web.realtime.outlets import Outlet

MOST_CLIENTS: Final = 10_000
"""Open connections to one process."""
MOST_OF_ONE: Final = 2_500
"""Open connections of one user, or of one key, to one process: nobody keeps all others out."""
LATE: Final = 5.0
"""Seconds after which the feed is not followed as it should be."""
LOOKS_EVERY: Final = 1.0
"""Seconds between two looks at the clock for all clients."""
_log = logging.getLogger("hosanna.web")


class Hub:
    """Begins to follow when the first client comes, and ends when it is closed."""

    def __init__(
        self,
        ports: Ports,
        pool: Pool,
        *,
        uses: KeyUses | None = None,
        measures: Measures | None = None,
    ) -> None:
        self._ports = ports
        self._pool = pool
        self._uses = uses
        self._measures = measures
        self.kinds: Counter[str] = Counter({"websocket": 0, "server_sent": 0})
        """How many are connected, by the kind of their connection."""
        self._clients: dict[Client, None] = {}
        self._of: dict[UserId, dict[Client, None]] = {}
        self._present: dict[UserId, Role] = {}
        self._audiences = Audiences()
        self._opening = asyncio.Lock()
        self._running: _Running | None = None
        self._closed = False

    @property
    def count(self) -> int:
        """How many are connected."""
        return len(self._clients)

    @property
    def lag(self) -> float:
        """Seconds since everything was told that had happened by then; 0 where nobody has ever listened."""
        return 0.0 if self._running is None else self._running.follower.lag

    def condition(self) -> Condition | None:
        """How the feed is followed; None where nobody has ever listened."""
        running = self._running
        if running is None:
            return None
        lag = running.follower.lag
        mode = Mode.OK if lag < LATE else Mode.DEGRADED
        return Condition(name="feed", mode=mode, latency_ms=round(lag * 1000, 3))

    async def admit(self, identity: Identity, cursor: str | None) -> Entry:
        """Whether somebody may listen, and from where on. Raises what `streams.enter` does; Busy where too many are."""
        if self._closed or len(self._clients) >= MOST_CLIENTS:
            self._turn_away("Too many connections are open here: try again, or another server.")
        if len(self._of.get(identity.actor.id, ())) >= MOST_OF_ONE:
            self._turn_away("Too many connections of yours are open here: close some of them.")
        running = await self._run()
        return await self._pool.serve(enter, self._ports, running.sealer, identity.actor, cursor)

    def _turn_away(self, why: str) -> Never:
        if self._measures is not None:
            self._measures.turned_away("sockets")
        raise Busy(why)

    async def join(self, identity: Identity, entry: Entry, outlet: Outlet) -> Client:
        """Let in who was admitted: they are greeted, told what they missed, and then what happens."""
        loop = asyncio.get_running_loop()
        if (running := self._running) is None:  # since they were admitted it was closed
            client = Client(identity, entry.line, outlet, entry.start, born=0, now=loop.time())
            client.close(Close.RESTARTING)
            return client
        if self._uses is not None:
            self._uses.note(identity, self._ports.outside.now())
        user_id = identity.actor.id
        # Before its turn is read: of whoever was born before a turn that turn has to know.
        self._present[user_id] = identity.actor.role
        client = Client(
            identity, entry.line, outlet, entry.start, born=running.follower.turn, now=loop.time()
        )
        self._clients[client] = None
        self._of.setdefault(user_id, {})[client] = None
        self.kinds[outlet.kind] += 1
        running.catching_up.add(client)
        await self._look_at(client)
        return client

    async def renew(self, client: Client, identity: Identity) -> None:
        """Have somebody go on under a new token, that of another session of theirs perhaps."""
        client.renew(identity)
        await self._look_at(client)

    async def _look_at(self, client: Client) -> None:
        """Between the look at their account and now it may have changed: from here on the follower tells."""
        user_id = client.line.actor.id
        try:
            self._judge({user_id: await self._pool.serve(caller_of, self._ports, user_id)})
        except BaseException as error:  # whatever it is, nobody goes on who was not looked at
            client.close(Close.RESUME)
            self.leave(client)
            if not isinstance(error, Exception):
                raise
            if not isinstance(error, Busy):
                _log.exception("Whether somebody may listen could not be found out: they come back.")

    def leave(self, client: Client) -> None:
        """Forget who has gone."""
        if client not in self._clients:
            return
        client.closed = True
        del self._clients[client]
        self.kinds[client.outlet.kind] -= 1
        if self._measures is not None and (code := client.outlet.cut_with) is not None:
            self._measures.cut_off(code)
        self._audiences.remove(client)
        if self._running is not None:
            self._running.catching_up.remove(client)
        user_id = client.line.actor.id
        del self._of[user_id][client]
        if not self._of[user_id]:
            del self._of[user_id], self._present[user_id]

    def say(self, client: Client, message: object) -> None:
        """Send one client a message that is for nobody else."""
        if self._running is not None and not client.closed:
            client.say(message, self._running.sealer, self._ports.outside.now())

    async def close(self) -> None:
        """Tell everybody to come back, and end. Nobody gets in any more."""
        self._closed = True
        for client in tuple(self._clients):
            client.close(Close.RESTARTING)
        running, self._running = self._running, None
        if running is not None:
            running.looking.cancel()
            running.catching_up.close()
            with contextlib.suppress(asyncio.CancelledError):
                await running.looking
            await asyncio.to_thread(running.follower.stop)

    async def _run(self) -> _Running:
        async with self._opening:
            if self._running is None:
                if self._closed:
                    raise Busy("The server is stopping.")
                self._running = await self._started()
            return self._running

    async def _started(self) -> _Running:
        sealer = await self._pool.serve(sealer_of, self._ports)
        head = await self._pool.serve(self._ports.store.feed.head)
        ring = Ring(head)
        follower = Follower(
            self._ports,
            sealer,
            present=self._present,
            deliver=self._deliver,
            lost=self._begin_anew,
            passed=self._go_on_behind,
        )
        catching_up = CatchingUp(self._ports, sealer, self._pool, ring, self._judge)
        looking = asyncio.create_task(self._look_again_and_again(sealer))
        follower.start(head, asyncio.get_running_loop())
        return _Running(sealer, ring, follower, catching_up, looking)

    async def _deliver(self, batch: Batch) -> None:
        """Tell what came. Where that fails everybody comes back: who was told how much of it their cursors know."""
        try:
            await self._tell(batch)
        except Exception:
            _log.exception("What happened could not be told: clients come back with their last cursors.")
            await self._begin_anew(batch.stretch.cursor)

    async def _tell(self, batch: Batch) -> None:
        """What came: first who may not listen any more, then those who were waiting for it, then everybody."""
        running = self._running
        if running is None:
            return
        self._judge(batch.looked.callers)
        before = running.ring.end
        running.ring.grow(batch.stretch)
        for client in running.catching_up.caught_up(before, batch.turn):
            self._audiences.add(client)
        await self._audiences.tell(batch.looked.tellings)
        # Also those who were told nothing have come as far.
        self._audiences.move(batch.stretch.cursor)
        running.catching_up.wake()

    async def _begin_anew(self, place: Cursor) -> None:
        """The follower goes on from *place*, and has not come there step by step: nor has anybody else."""
        for client in tuple(self._clients):
            client.close(Close.RESUME)
            self.leave(client)
        if self._running is not None:
            self._running.ring.begin_anew(place)

    async def _go_on_behind(self, place: Cursor) -> None:
        """What lies before *place* cannot be told: whoever comes back from there fetches anew."""
        await self._begin_anew(place)
        if self._running is not None:
            self._running.catching_up.give_up(place)

    def _judge(self, callers: Mapping[UserId, Caller | None]) -> None:
        """End the connections of those who may not listen any more."""
        for user_id, caller in callers.items():
            for client in tuple(self._of.get(user_id, ())):
                if not goes_on_acting(self._ports, client.identity, caller):
                    client.close(Close.LOG_IN)
                    self.leave(client)

    async def _look_again_and_again(self, sealer: Sealer) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(LOOKS_EVERY)
            at, now = self._ports.outside.now(), loop.time()
            for count, client in enumerate(tuple(self._clients), 1):
                try:
                    client.look(sealer, at, now)
                except Exception:  # whatever it is, the clock of all others goes on
                    _log.exception("A client could not be looked at: they come back.")
                    client.close(Close.RESUME)
                if client.closed:
                    self.leave(client)
                if count % CLIENTS_AT_ONCE == 0:
                    await asyncio.sleep(0)


class _Running:
    """What there is once somebody listens."""

    def __init__(
        self,
        sealer: Sealer,
        ring: Ring,
        follower: Follower,
        catching_up: CatchingUp,
        looking: asyncio.Task[None],
    ) -> None:
        self.sealer = sealer
        self.ring = ring
        self.follower = follower
        self.catching_up = catching_up
        self.looking = looking
