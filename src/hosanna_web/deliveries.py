"""Delivering, again and again, what people are to be told by e-mail and Web Push."""

from __future__ import annotations

import asyncio
import logging
import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from hosanna_core.errors import Busy
from hosanna_core.usecases.delivering import AT_ONCE, deliver_due
from hosanna_web.executors import Pool
from hosanna_web.meanwhile import meanwhile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hosanna_core.ports import Ports
    from hosanna_web.measuring import Measures

EVERY: Final = 1.0
"""Seconds between two looks at what is due."""
_log = logging.getLogger("hosanna.web")


@asynccontextmanager
async def deliveries(ports: Ports, every: float, measures: Measures) -> AsyncIterator[None]:
    """While this is open, what is due is delivered within so many seconds; at the end it waits for one device at most.

    On a thread of its own: a push service may take its time, and nobody who writes shall wait behind it.
    """
    stopping = threading.Event()
    pool = Pool("delivering", threads=1, most_waiting=1)
    try:
        async with meanwhile(_again_and_again(ports, pool, every, stopping, measures)):
            yield
    finally:
        stopping.set()
        await asyncio.to_thread(pool.close)


async def _again_and_again(
    ports: Ports, pool: Pool, every: float, stopping: threading.Event, measures: Measures
) -> None:
    while True:
        if not await _once(ports, pool, stopping, measures):
            await asyncio.sleep(every)


async def _once(ports: Ports, pool: Pool, stopping: threading.Event, measures: Measures) -> bool:
    """Whether there may be more that is due already."""
    try:
        found = await pool.run(deliver_due, ports, stopping.is_set)
        measures.found_due("notices", found)
        return found == AT_ONCE
    except Busy as busy:
        # That the store is away is logged where it is noticed; where from says nothing more.
        _log.warning("Notifications could not be delivered; it is tried again. %s", busy)
        return False
    except Exception:  # whatever it is, the server goes on: what is due stays due
        _log.exception("Notifications could not be delivered; it is tried again.")
        return False
