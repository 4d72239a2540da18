"""Clients that take nothing: what waits for them is bounded, however much they missed or happens at once."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.web.firm import Firm

from hosanna_core.usecases.access import identify
from hosanna_core.usecases.streams import sealer_of
from hosanna_core.usecases.syncing import sync
from hosanna_core.usecases.telling import look
from hosanna_web.executors import Pool
from hosanna_web.realtime import audiences
from hosanna_web.realtime.closing import Close
from hosanna_web.realtime.hub import Hub
from hosanna_web.realtime.outlets import MOST_UNTAKEN
from hosanna_web.realtime.wording import Wording

CHANGES = 60
LARGE = 22_000
"""Bytes of a message at most."""


class Untaken:
    """A way out that nobody takes anything from, until they do."""

    kind = "websocket"
    cut_with: int | None = None

    def __init__(self) -> None:
        self.untaken = 0
        self.most = 0
        self.versions: list[int] = []

    def send(self, wording: Wording, mark: bytes) -> None:
        self.untaken += wording.size
        self.most = max(self.most, self.untaken)
        self.versions += [
            said["version"] for each in wording.begun if "version" in (said := told(each, mark))
        ]

    def close(self, why: Close) -> None:
        self.cut_with = why


def told(begun: bytes, mark: bytes) -> dict[str, Any]:
    return dict(json.loads(begun + mark))


def change(firm: Firm, job: str) -> None:
    for number in range(CHANGES):
        text = chr(0x1F50C) * 4_990 + str(number)
        answer = firm.ask("PATCH", f"/jobs/{job}", "admin", {"description": text}, if_match="*")
        assert answer.status == 200, answer.body


async def until(met: Callable[[], bool]) -> None:
    for _ in range(3_000):
        if met():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come about")


@pytest.fixture
def job(firm: Firm) -> str:
    return firm.job("CONFIRMED")


def test_who_comes_back_is_sent_no_more_than_they_may_leave_untaken(firm: Firm, job: str) -> None:
    identity = identify(firm.ports, firm.tokens["admin"])
    cursor = sync(firm.ports, identity.actor, {"limit": ["200"]}).cursor
    change(firm, job)

    async def come_back() -> Untaken:
        hub, outlet = Hub(firm.ports, Pool("few", threads=2, most_waiting=9)), Untaken()
        await hub.join(identity, await hub.admit(identity, cursor), outlet)
        await until(lambda: outlet.untaken >= MOST_UNTAKEN)
        await asyncio.sleep(0.1)
        assert 0 < len(outlet.versions) < CHANGES
        while len(outlet.versions) < CHANGES:
            heard, outlet.untaken = len(outlet.versions), 0
            await until(lambda heard=heard: len(outlet.versions) > heard)  # type: ignore[misc]  # a default
        await hub.close()
        return outlet

    outlet = asyncio.run(come_back())
    assert outlet.most < MOST_UNTAKEN + LARGE
    assert outlet.versions == list(range(3, 3 + CHANGES))


def test_what_happens_at_once_is_told_in_slices_of_so_many_bytes(firm: Firm, job: str) -> None:
    place = firm.ports.store.feed.head()
    change(firm, job)
    followed = firm.ports.store.feed.after(place, 100).told
    actor = identify(firm.ports, firm.tokens["admin"]).actor
    sealer = sealer_of(firm.ports)
    looked = list(look(firm.ports, sealer, followed, {actor.id: actor.role}).tellings)
    slices = list(audiences._sliced(looked))
    assert [each for some in slices for each in some] == looked
    assert len(slices) == 5
    assert all(len(some) * LARGE < MOST_UNTAKEN + 2 * LARGE for some in slices)
