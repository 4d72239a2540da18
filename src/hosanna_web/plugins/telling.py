"""Telling plugins what happened: each reads the feed on from where it was, on one server of all."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.errors import Busy, PluginFailed
from hosanna_core.usecases.reading_on import give_back_reading, hold_reading, moved, read_on
from hosanna_web.executors import Pool
from hosanna_web.meanwhile import meanwhile
from hosanna_web.plugins.lent import job_lent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from hosanna_core.model.event import Event
    from hosanna_core.ports import Ports
    from hosanna_web.plugins.plugin import Plugin

MOVED: Final = "hosanna_moved"
FOLLOW: Final = "hosanna_follow"
EVERY: Final = 1.0
"""Seconds between two looks at the feed."""
LEASED_EVERY: Final = 15.0
TELLING: Final = 5.0
"""Seconds that a plugin may take for one event."""
LONGEST: Final = 20.0
"""No event is told after so long without keeping the place: who reads holds the lease for a minute."""
TRIES: Final = 8
"""An event that failed so often is left out: those behind it want to be heard, too."""
LONGEST_PAUSE: Final = 64.0
_log = logging.getLogger("hosanna.plugins")


@asynccontextmanager
async def told(ports: Ports, plugins: Sequence[Plugin], every: float) -> AsyncIterator[None]:
    """While this is open the plugins that follow are told; at the end it waits for one event of each at most."""
    stopping = threading.Event()
    readers = [
        Reader(ports, each, stopping.is_set) for each in plugins if each.has(MOVED) or each.has(FOLLOW)
    ]
    pool = Pool("plugins", threads=max(1, len(readers)), most_waiting=len(readers))
    try:
        async with meanwhile(*(_again_and_again(each, pool, every) for each in readers)):
            yield
    finally:
        stopping.set()
        await asyncio.to_thread(pool.close)
        await asyncio.gather(*(asyncio.to_thread(each.give_back) for each in readers))


async def _again_and_again(reader: Reader, pool: Pool, every: float) -> None:
    while True:
        more = False
        try:
            more = await pool.run(reader.once)
        except Exception:  # whatever it is, the server goes on: what was not told comes again
            _log.exception("The plugin '%s' could not be told what happened; it is tried again.", reader.name)
        if not more:
            await asyncio.sleep(max(every, reader.pause))


class Reader:
    """One plugin's way through the feed."""

    def __init__(self, ports: Ports, plugin: Plugin, stopping: Callable[[], bool] = lambda: False) -> None:
        self.name = plugin.name
        self._ports = ports
        self._plugin = plugin
        self._stopping = stopping
        self._place = f"plugin:{plugin.name}"
        self._leased_at = float("-inf")
        self._holds = False
        self._until = 0.0
        self._failed: tuple[str, int] = ("", 0)
        """The event that failed last, and how often."""
        self._heard: set[tuple[str, str]] = set()
        """Which hooks have heard the event that is told again for another one's sake."""

    @property
    def pause(self) -> float:
        """Seconds to wait before what failed is tried again: each time twice as many."""
        tries = self._failed[1]
        return min(2.0 ** (tries - 1), LONGEST_PAUSE) if tries else 0.0

    def once(self) -> bool:
        """Tell what is new, as far as the plugin keeps up; whether there may be more at once. Blocks."""
        if not self._leased():
            return False
        self._until = time.monotonic() + LONGEST
        progress = read_on(self._ports, self._place, self._tell)
        if progress.lost:
            _log.warning("Some of what happened is not kept any more: the plugin '%s' missed it.", self.name)
        return progress.more

    def give_back(self) -> None:
        """Let another server go on at once. Blocks, and raises nothing."""
        if self._leased_at == float("-inf"):
            return
        try:
            give_back_reading(self._ports, self._place)
        except Exception as error:  # whatever it is, the server ends, and the lease with its time
            _log.warning(
                "Another server tells the plugin '%s' within a minute, not at once. %s", self.name, error
            )

    def _leased(self) -> bool:
        now = time.monotonic()
        if now - self._leased_at >= LEASED_EVERY:
            self._leased_at = now
            self._holds = False
            self._holds = hold_reading(self._ports, self._place)
        return self._holds

    def _tell(self, event: Event) -> bool:
        """Whether one may go on behind it."""
        if self._stopping() or time.monotonic() >= self._until:
            return False
        try:
            self._tell_each(event)
        except PluginFailed:
            return self._given_up(event)
        except Busy:
            return False
        self._failed = ("", 0)
        self._heard.clear()
        return True

    def _tell_each(self, event: Event) -> None:
        for hook in (MOVED, FOLLOW):
            if self._plugin.has(hook) and (event.key, hook) not in self._heard:
                self._tell_one(hook, event)
                self._heard.add((event.key, hook))

    def _tell_one(self, hook: str, event: Event) -> None:
        implementation = self._plugin.implements[hook]
        if hook == FOLLOW:
            self._plugin.ask(hook, lambda: implementation(event=event, ports=self._ports), TELLING)
        elif (step := moved(self._ports, event)) is not None:
            lent = msgspec.structs.replace(step, job=job_lent(step.job))
            self._plugin.ask(hook, lambda: implementation(moved=lent, ports=self._ports), TELLING)

    def _given_up(self, event: Event) -> bool:
        key, tries = self._failed
        tries = tries + 1 if key == event.key else 1
        self._failed = (event.key, tries)
        if tries < TRIES:
            return False
        _log.error(
            "The plugin '%s' failed %d times at %s, which it is not told.", self.name, tries, event.key
        )
        self._failed = ("", 0)
        self._heard.clear()
        return True
