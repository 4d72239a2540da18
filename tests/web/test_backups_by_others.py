"""A server that makes no backups knows how old the last one is that somebody else made: an alert goes by it."""

import asyncio

from tests.web.firm import Firm

from hosanna_core.usecases.auditing import record
from hosanna_core.usecases.backing_up import MADE
from hosanna_web import backups
from hosanna_web.executors import Pool
from hosanna_web.measuring import Measures

OFTEN = 0.01
MAKES_NONE = 0
TOLD = "hosanna_backup_last_success_timestamp_seconds"


def test_a_server_that_makes_no_backups_tells_how_old_the_last_one_is(firm: Firm) -> None:
    record(firm.ports, MADE)
    measures = Measures()
    assert f"{TOLD} 0.0" in measures.text().decode()

    async def looking() -> None:
        pool = Pool("reading", threads=1, most_waiting=10)
        async with backups.backups(firm.ports, pool, MAKES_NONE, OFTEN, measures=measures):
            while f"{TOLD} 0.0" in measures.text().decode():  # noqa: ASYNC110  # nothing tells but the figure
                await asyncio.sleep(OFTEN)
        await asyncio.to_thread(pool.close)

    asyncio.run(asyncio.wait_for(looking(), 60))
    lines = dict(line.rsplit(" ", 1) for line in measures.text().decode().splitlines())
    assert float(lines[TOLD]) == firm.clock.now() / 1000
    assert lines["hosanna_backup_due"] == "0.0"
