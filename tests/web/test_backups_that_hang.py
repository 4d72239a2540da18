"""A backup that hangs is ended, and said to have failed; the server waits for it neither now nor at its end."""

import asyncio
import sys

import pytest
from tests.web.firm import JOB, Firm

from hosanna_web import backups
from hosanna_web.executors import Pool
from hosanna_web.measuring import Measures

HANGS = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); time.sleep(600)",
)
OFTEN = 0.01
MINUTE = 60_000


def test_a_backup_that_hangs_is_ended_and_another_one_tried(
    firm: Firm, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(backups, "LONGEST", 0.5)
    monkeypatch.setattr(backups, "_ENDS_IN", 0.1)
    monkeypatch.setattr(backups, "_LOOKS_WHILE_ONE_IS_TRIED", MINUTE)
    measures = Measures()
    assert firm.ask("POST", "/jobs", "admin", JOB).status == 201

    async def two_tries() -> None:
        pool = Pool("reading", threads=1, most_waiting=10)
        async with backups.backups(firm.ports, pool, MINUTE, OFTEN, HANGS, measures=measures):
            while caplog.text.count("took too long") < 2:  # noqa: ASYNC110  # nothing tells a test but the log
                await asyncio.sleep(OFTEN)
        await asyncio.to_thread(pool.close)

    asyncio.run(asyncio.wait_for(two_tries(), 60))
    assert b'hosanna_backups_total{outcome="failed"} 2.0' in measures.text()
