"""How what the server stands on is doing: what `/health/ready` tells, and no waiting for a store that is away.

Who asks a store that is silent would wait as long as the driver does, and everybody behind them longer. So where the
oldest request has been waiting for a moment one small question is asked on the side. If that finds no answer, either,
whoever waits is told, and so is everybody who comes, until the store answers again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from hosanna_core.errors import Busy
from hosanna_core.model.condition import Condition, Mode
from hosanna_core.usecases.users import nobody_yet
from hosanna_web.executors import Pool
from hosanna_web.meanwhile import meanwhile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from hosanna_core.ports import Ports
    from hosanna_web.measuring import Measures
    from hosanna_web.tracing import Tracing

PATIENCE: Final = 1.0
"""Seconds that the store is given for one small read."""
SUSPICIOUS: Final = 0.5
"""Seconds after which the oldest request makes somebody ask."""
LOOKS: Final = 0.1
"""Seconds between two looks at the oldest request."""
KEPT: Final = 1.0
"""Seconds for which a report is told again: however many ask, the dependencies are asked once."""
RETRY: Final = 2
"""Seconds after which whoever finds the store away may come back."""
_TURNS: Final = 5
"""More than it takes from a thread's answer to whoever awaits it."""
UNCHANGED: Final = "The store does not answer: nothing was changed."
_log = logging.getLogger("hosanna.web")


@runtime_checkable
class Watched(Protocol):
    """Something beside the store that can say how it is."""

    def condition(self) -> Condition | None:
        """How it is, without asking anybody; None where there is nothing to tell of."""


class Watch:
    """For one event loop. *served* are the pools whose work asks the store, each with what its callers are told.

    Who is *impatient* does not wait for a store that is away: not meant for one that lies in this process or a file.
    """

    def __init__(
        self,
        ports: Ports,
        measures: Measures,
        *,
        served: Mapping[Pool, str],
        conditions: Sequence[Callable[[], Condition | None]] = (),
        impatient: bool = True,
        metrics_token: str | None = None,
        tracing: Tracing | None = None,
    ) -> None:
        self._ports = ports
        self.measures = measures
        self._served = served
        self._conditions = conditions
        self._impatient = impatient
        self.metrics_token = metrics_token
        """What whoever reads the figures must bring; None: nothing."""
        self.tracing = tracing
        """What is told of each request; None: nobody wants to know."""
        self._pool = Pool("probing", threads=2, most_waiting=16)
        self._asking: asyncio.Future[float] | None = None
        self._one_at_a_time = asyncio.Lock()
        self._told: tuple[Condition, ...] = ()
        self._told_at = float("-inf")
        self.away = False
        """Whether nobody is to wait for the store."""
        self.stopping = False

    def demand(self) -> None:
        """Raise Busy where the store is away."""
        if self.away:
            raise Busy(UNCHANGED, RETRY)

    async def conditions(self) -> tuple[Condition, ...]:
        """How everything is, the store first; not older than a second, and never waited for longer than two."""
        async with self._one_at_a_time:
            if time.monotonic() - self._told_at >= KEPT:
                store = await self._judged()
                beside = (condition() for condition in self._conditions)
                self._told = (store, *(each for each in beside if each is not None))
                self._told_at = time.monotonic()
            return self._told

    @property
    def last_told(self) -> tuple[Condition, ...]:
        """What was told last, however old; nobody is asked."""
        return self._told

    async def figures(self) -> bytes:
        """What was counted, as text; after a look, so that it tells of the dependencies, too."""
        await self.conditions()
        return await self._pool.run(self.measures.text)

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[None]:
        """While this is open nobody waits for a store that is away."""
        async with meanwhile(*([self._again_and_again()] if self._impatient else [])):
            yield

    def close(self) -> None:
        """Let the threads go. Blocks for as long as the store keeps one waiting."""
        self._pool.close()

    async def _again_and_again(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(LOOKS)
            oldest = min((each for pool in self._served if (each := pool.oldest) is not None), default=None)
            if self.away or (oldest is not None and loop.time() - oldest > SUSPICIOUS):
                await self._judged()

    async def _judged(self) -> Condition:
        """How the store is. Where it is away whoever waits for it is told."""
        found = await self._asked()
        if self._impatient:
            was, self.away = self.away, found.mode is Mode.AWAY
            if self.away:
                for pool, words in self._served.items():
                    pool.give_up(Busy(words, RETRY))
            if self.away and not was:
                _log.warning(
                    "The store does not answer (%s): requests are refused until it does.", found.error
                )
            elif was and not self.away:
                _log.warning("The store is back.")
        return found

    async def _asked(self) -> Condition:
        asking = self._asking
        if asking is None or asking.done():
            # One that has found no answer yet is waited for again: no heap of questions before a silent store.
            self._asking = asking = asyncio.ensure_future(self._pool.run(self._ask))
        await asyncio.wait((asking,), timeout=PATIENCE)
        for _ in range(_TURNS):
            # After a moment in which nothing ran here the answer may be there, and is not heard yet.
            await asyncio.sleep(0)
        if not asking.done():
            return Condition(name="store", mode=Mode.AWAY, error="TimeoutError")
        error = asking.exception()
        if error is not None:
            return Condition(name="store", mode=Mode.AWAY, error=type(error.__cause__ or error).__name__)
        latency = asking.result()
        mode = Mode.OK if latency < SUSPICIOUS else Mode.DEGRADED
        return Condition(name="store", mode=mode, latency_ms=round(latency * 1000, 3))

    def _ask(self) -> float:
        """One small read: the seconds that it took."""
        began = time.perf_counter()
        nobody_yet(self._ports)
        return time.perf_counter() - began
