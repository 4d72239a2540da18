"""Noticing that the store was restored by another process: what this one knows of it is another store's."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from hosanna_core.errors import HosannaError
from hosanna_web.meanwhile import meanwhile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from hosanna_core.ports import Ports
    from hosanna_web.executors import Pool

EVERY: Final = 1.0
"""Seconds between two looks."""
_log = logging.getLogger("hosanna.web")


@asynccontextmanager
async def watch_for_a_restore(
    ports: Ports, pool: Pool, restored: Callable[[], None] | None
) -> AsyncIterator[None]:
    """While this is open *restored* is called once the store has become another one: its keys are others, too."""
    watching = [] if restored is None else [_watch(ports, pool, ports.store.feed.epoch, restored)]
    async with meanwhile(*watching):
        yield


async def _watch(ports: Ports, pool: Pool, epoch: bytes, restored: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(EVERY)
        with contextlib.suppress(HosannaError):  # it is busy, or away: it is looked at again
            if await pool.run(_epoch_of, ports) != epoch:
                _log.warning("The store was restored: this server begins anew.")
                restored()
                return


def _epoch_of(ports: Ports) -> bytes:
    return ports.store.feed.epoch
