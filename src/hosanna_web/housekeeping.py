"""Forgetting what is too old, by the clock: a little at once, with pauses, so that nobody waits for it."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from hosanna_core.errors import Busy
from hosanna_core.usecases.housekeeping import forget_old
from hosanna_web.meanwhile import meanwhile

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from hosanna_core.ports import Ports
    from hosanna_web.executors import Pool

EVERY: Final = 3_600.0
"""Seconds between two looks."""
FIRST: Final = 60.0
"""Seconds until the first: who starts has other things to do."""
PAUSE: Final = 0.05
"""Seconds between two batches: others write meanwhile."""
_log = logging.getLogger("hosanna.web")


def housekeeping(ports: Ports, pool: Pool, every: float) -> AbstractAsyncContextManager[None]:
    """While this is open what is too old by the settings is forgotten, again and again.

    Where several servers share a store each of them does it: what is gone is gone.
    """
    return meanwhile(_again_and_again(ports, pool, every))


async def _again_and_again(ports: Ports, pool: Pool, every: float) -> None:
    await asyncio.sleep(min(every, FIRST))
    while True:
        try:
            await _all(ports, pool)
        except Busy as busy:
            _log.warning("What is too old could not be forgotten; it is tried again. %s", busy)
        except Exception:  # whatever it is, the server goes on: what is too old stays so
            _log.exception("What is too old could not be forgotten; it is tried again.")
        await asyncio.sleep(every)


async def _all(ports: Ports, pool: Pool) -> None:
    forgotten = 0
    while some := await pool.run(forget_old, ports):
        forgotten += some
        await asyncio.sleep(PAUSE)
    if forgotten:
        _log.info(
            "%d notifications, deliveries and plans were older than the settings say, and are gone.",
            forgotten,
        )
