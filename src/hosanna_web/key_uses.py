"""When API keys were used last: noted in passing, and put down now and then, so that who only reads never writes."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from hosanna_core.errors import Busy
from hosanna_core.usecases.api_keys import note_use
from hosanna_web.meanwhile import meanwhile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hosanna_core.model.ids import Id, Millis
    from hosanna_core.ports import Ports
    from hosanna_core.usecases.access import Identity
    from hosanna_web.executors import Pool

EVERY: Final = 60.0
"""Seconds between two times that they are put down."""
_log = logging.getLogger("hosanna.web")


class KeyUses:
    """The keys that were used since they were put down last. Any thread may note one."""

    def __init__(self) -> None:
        self._used: dict[Id, Millis] = {}

    def note(self, identity: Identity, at: Millis) -> None:
        """Somebody came in; a person is not noted."""
        if identity.scopes is not None:
            self._used[identity.actor.id] = at

    def put_down(self, ports: Ports) -> None:
        """Put down all that was noted."""
        used, self._used = self._used, {}
        for key_id, at in used.items():
            note_use(ports, key_id, at)

    @asynccontextmanager
    async def put_down_now_and_then(self, ports: Ports, pool: Pool, every: float) -> AsyncIterator[None]:
        """While this is open they are put down every so many seconds, and once at the end."""
        try:
            async with meanwhile(self._again_and_again(ports, pool, every)):
                yield
        finally:
            await self._once(ports, pool)

    async def _again_and_again(self, ports: Ports, pool: Pool, every: float) -> None:
        while True:
            await asyncio.sleep(every)
            await self._once(ports, pool)

    async def _once(self, ports: Ports, pool: Pool) -> None:
        if not self._used:
            return
        try:
            await pool.run(self.put_down, ports)
        except Busy as busy:
            _log.warning("When API keys were used could not be put down. %s", busy)
        except Exception:  # whatever it is, the server goes on: the next use says what this one would have
            _log.exception("When API keys were used could not be put down.")
