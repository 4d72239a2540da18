"""One side of a comparison: a server that says something to everybody when told to, and the crowd that hears it."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

from bench.crowd import Crowd, crowd
from bench.dialects import DIALECTS
from bench.listener import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bench.serving import Server

_FIRST = 100
"""So many come and go before memory is looked at: what every server has only once is none of a connection's."""
_QUIET = 1.0
"""Seconds until memory, or a server that was told too much, has settled."""


@dataclass
class Side:
    """What was measured: *last* in seconds, *sustained* in messages a second, *memory* in bytes a client."""

    dialect: str
    server: Server
    crowd: Crowd
    last: list[float] = field(default_factory=list)
    sustained: list[float] = field(default_factory=list)
    memory: float = 0.0

    def join(self, clients: int, headers: Sequence[Mapping[str, str]] = ({},)) -> None:
        """Let so many clients in, each with the next of the *headers*, and see what they cost."""
        path = DIALECTS[self.dialect].path
        places = [Place(self.server.port, path, headers[n % len(headers)]) for n in range(clients)]
        self.crowd.connect(self.dialect, places[:_FIRST])
        self.crowd.leave()
        time.sleep(_QUIET)
        before = self.server.memory()
        self.crowd.connect(self.dialect, places)
        time.sleep(_QUIET)
        self.memory = (self.server.memory() - before) / clients

    def say(self, messages: int, trigger: Callable[[], object] | None = None) -> float:
        """Seconds from the trigger until the last client has heard so many messages."""
        self.crowd.expect(messages)
        start = time.monotonic_ns()
        if trigger is None:
            self.server.tell(str(messages))
        else:
            trigger()
        return (self.crowd.reached() - start) / 1e9


def in_turn(sides: Sequence[Side], rounds: int, once: Callable[[Side], None]) -> None:
    """Measure each side once a round, so that what disturbs the machine disturbs them all."""
    for _ in range(rounds):
        for side in sides:
            once(side)


def typical(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, float]:
    """Both sides in the round whose ratio is the median of all; 0 for a yardstick that is not there."""
    if not theirs:
        return median(ours), 0.0
    rounds = sorted(zip(ours, theirs, strict=True), key=lambda pair: pair[0] / pair[1])
    return rounds[len(rounds) // 2]


@contextmanager
def side(dialect: str, server: Server) -> Iterator[Side]:
    """A side whose crowd goes when the block ends."""
    with crowd() as here:
        yield Side(dialect, server, here)
