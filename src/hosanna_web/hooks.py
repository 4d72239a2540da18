"""Telling webhooks, again and again: one server reads the feed and sends, the others stand by."""

from __future__ import annotations

import asyncio
import logging
import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from hosanna_core.errors import Busy
from hosanna_core.usecases.webhook_news import queue_news
from hosanna_core.usecases.webhook_sending import (
    give_back_lease,
    hold_lease,
    send_due,
    webhooks_with_news,
)
from hosanna_core.usecases.webhooks import living
from hosanna_web.executors import Pool
from hosanna_web.meanwhile import meanwhile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from hosanna_core.model.ids import Id
    from hosanna_core.ports import Ports
    from hosanna_web.measuring import Measures

EVERY: Final = 1.0
"""Seconds between two looks at the feed and at what is due."""
LEASED_EVERY: Final = 15.0
"""Seconds after which the lease is renewed, or asked for."""
SENDERS: Final = 4
"""So many webhooks are told at once: one that is slow holds up none of the others until as many are."""
_log = logging.getLogger("hosanna.web")


@asynccontextmanager
async def hooks(ports: Ports, every: float, measures: Measures) -> AsyncIterator[None]:
    """While this is open webhooks are told; at the end it waits for the requests that are under way."""
    telling = Telling(ports, every, measures)
    try:
        async with meanwhile(telling.again_and_again()):
            yield
    finally:
        await telling.stop()


class Telling:
    """One server's part in it."""

    def __init__(self, ports: Ports, every: float, measures: Measures) -> None:
        self._ports = ports
        self._every = every
        self._measures = measures
        self._reading = Pool("webhooks", threads=1, most_waiting=1)
        self._sending = Pool("telling", threads=SENDERS, most_waiting=SENDERS)
        self._stopping = threading.Event()
        self._busy: dict[Id, asyncio.Task[None]] = {}
        self._last: Id = ""
        self._leased_at = float("-inf")
        self._holds = False

    async def again_and_again(self) -> None:
        """Look, queue and send, until somebody has had enough."""
        while True:
            more = False
            try:
                more = await self._once()
            except Busy as busy:
                # That the store is away is logged where it is noticed; where from says nothing more.
                _log.warning("Webhooks could not be told; it is tried again. %s", busy)
            except Exception:  # whatever it is, the server goes on: what is due stays due
                _log.exception("Webhooks could not be told; it is tried again.")
            if not more:
                await asyncio.sleep(self._every)

    async def stop(self) -> None:
        """Begin nothing more, wait for what is under way, and let another server go on."""
        self._stopping.set()
        await asyncio.gather(*self._busy.values(), return_exceptions=True)
        await self._give_back()
        await asyncio.to_thread(self._reading.close)
        await asyncio.to_thread(self._sending.close)

    async def _once(self) -> bool:
        """Whether there may be more of the feed to read."""
        if not await self._reading.run(living, self._ports) or not await self._leased():
            # Whoever does sees what is due.
            self._measures.found_due("webhooks", 0)
            return False
        more = await self._reading.run(queue_news, self._ports)
        news = await self._reading.run(webhooks_with_news, self._ports)
        self._measures.found_due("webhooks", len(news.due))
        for webhook_id in self._in_turn(news.ready):
            if webhook_id not in self._busy and len(self._busy) < SENDERS:
                self._last = webhook_id
                self._busy[webhook_id] = asyncio.create_task(self._tell(webhook_id))
        return more

    def _in_turn(self, webhook_ids: Sequence[Id]) -> list[Id]:
        """Those behind whoever was told last come first: a few that are slow for ever are not told for ever."""
        return sorted(webhook_ids, key=lambda each: (each <= self._last, each))

    async def _leased(self) -> bool:
        now = asyncio.get_running_loop().time()
        if now - self._leased_at >= LEASED_EVERY:
            self._leased_at = now
            self._holds = False
            self._holds = await self._reading.run(hold_lease, self._ports)
        return self._holds

    async def _give_back(self) -> None:
        # Also where it was asked for and the answer did not come any more.
        if self._leased_at == float("-inf"):
            return
        try:
            await self._reading.run(give_back_lease, self._ports)
        except Exception as error:  # whatever it is, the server ends, and the lease with its time
            _log.warning("Another server tells webhooks within a minute, not at once. %s", error)

    async def _tell(self, webhook_id: Id) -> None:
        try:
            await self._sending.run(send_due, self._ports, webhook_id, self._stopping.is_set)
        except Busy as busy:
            _log.warning("A webhook could not be told; it is tried again. %s", busy)
        except Exception:  # whatever it is, the others go on: what is due stays due
            _log.exception("A webhook could not be told; it is tried again.")
        finally:
            del self._busy[webhook_id]
