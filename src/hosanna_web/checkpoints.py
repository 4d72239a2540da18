"""Setting down, again and again, how far the audit trail has come."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from hosanna_core.errors import Busy
from hosanna_core.usecases.trail import Looked, checkpoint
from hosanna_web.meanwhile import meanwhile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hosanna_core.ports import Ports
    from hosanna_web.executors import Pool

EVERY: Final = 60.0
"""Seconds between two checkpoints: what is cut off a stream before the next one can go unseen."""
_log = logging.getLogger("hosanna.web")


@asynccontextmanager
async def checkpoints(ports: Ports, pool: Pool, every: float) -> AsyncIterator[None]:
    """While this is open a checkpoint is written every so many seconds, and one at the end."""
    looked = Looked(ports.store.feed.epoch)
    try:
        async with meanwhile(_again_and_again(ports, pool, every, looked)):
            yield
    finally:
        await _once(ports, pool, looked)


async def _again_and_again(ports: Ports, pool: Pool, every: float, looked: Looked) -> None:
    while True:
        await asyncio.sleep(every)
        await _once(ports, pool, looked)


async def _once(ports: Ports, pool: Pool, looked: Looked) -> None:
    try:
        await pool.run(checkpoint, ports, looked)
    except Busy as busy:
        _log.warning("The audit trail's checkpoint failed; it is tried again. %s", busy)
    except Exception:  # whatever it is, the server goes on: the next checkpoint says what this one would have
        _log.exception("The audit trail's checkpoint failed; it is tried again.")
