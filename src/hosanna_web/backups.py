"""Backups by the clock: looking whether one is due, and having it made by a process of its own.

A backup reads the whole store: done by a thread of this process it would take turns with everybody's requests.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from hosanna_core.model.ids import HOUR
from hosanna_core.usecases.backing_up import is_due, last_made
from hosanna_web.meanwhile import meanwhile
from hosanna_web.measuring import Measures

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from hosanna_core.model.ids import Millis
    from hosanna_core.ports import Ports
    from hosanna_web.executors import Pool

EVERY: Final = 60.0
"""Seconds between two looks."""
COMMAND: Final = (sys.executable, "-m", "hosanna_web.cli", "backup", "--if-due", "--json")
"""What makes one, of the same store by the same environment."""
LONGEST: Final = 6 * 3_600.0
"""Seconds that a backup may take; a million jobs take minutes. One that waits for a disk that is silent is ended."""
_ENDS_IN: Final = 5.0
"""Seconds that a backup is given to take its draft away when the server stops."""
_LOOKS_WHILE_ONE_IS_TRIED: Final = 4
_NONE: Final = b"null"
"""What the command says where another server was first."""
_log = logging.getLogger("hosanna.web")


@asynccontextmanager
async def backups(
    ports: Ports,
    pool: Pool,
    every: Millis,
    looks: float,
    command: Sequence[str] = COMMAND,
    *,
    measures: Measures | None = None,
) -> AsyncIterator[None]:
    """While this is open a backup is made whenever one is due; one under way ends with it.

    With 0 for *every* none is: then it is only looked how old the last one is that somebody else made.
    """
    measures = measures or Measures()
    working = (
        _again_and_again(ports, pool, every, looks, command, measures)
        if every
        else _looking(ports, pool, looks, measures)
    )
    async with meanwhile(working):
        yield


async def _looking(ports: Ports, pool: Pool, looks: float, measures: Measures) -> None:
    while True:
        await asyncio.sleep(looks)
        try:
            await _look(ports, pool, measures)
        except Exception:  # whatever it is, the server goes on: it is looked again
            _log.exception("How old the last backup is could not be found out; it is tried again.")


async def _look(ports: Ports, pool: Pool, measures: Measures) -> None:
    measures.last_backup((await pool.run(last_made, ports) or 0) / 1000)


async def _again_and_again(
    ports: Ports, pool: Pool, every: Millis, looks: float, command: Sequence[str], measures: Measures
) -> None:
    # Who makes it, and when one that failed is tried again, the command itself decides: this only asks it less often.
    after_one = max(looks, min(every, HOUR) / 1000 / _LOOKS_WHILE_ONE_IS_TRIED)
    pause = looks
    while True:
        await asyncio.sleep(pause)
        try:
            due = await pool.run(is_due, ports, every)
            measures.backup_due(due=due)
            await _look(ports, pool, measures)
            pause = after_one if due else looks
            if due:
                await _make(command, measures)
        except Exception:  # whatever it is, the server goes on: a backup that is due stays due
            _log.exception("Whether a backup is due could not be found out; it is tried again.")


async def _make(command: Sequence[str], measures: Measures) -> None:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(LONGEST):
            made, said = await process.communicate()
    except TimeoutError:
        await _end(process)
        measures.backup_failed()
        _log.error("The backup took too long and was ended. It is tried again.")
        return
    except asyncio.CancelledError:
        await _end(process)
        raise
    if process.returncode:
        words = said.decode(errors="replace").strip().rpartition("\n")[2]
        measures.backup_failed()
        _log.error("The backup failed, and is tried again. %s", words)
    elif made.strip() != _NONE:
        measures.backed_up()


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGINT)
        try:
            await asyncio.wait_for(process.wait(), _ENDS_IN)
        except TimeoutError:
            process.kill()
            # Where its disk is silent it ends once that answers; nobody waits for that here.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), _ENDS_IN)
