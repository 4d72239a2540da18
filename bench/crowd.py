"""A crowd of listening clients, seen from the bench that drives it: their process, its commands and answers."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.listener import Place

_TOGETHER = 100
"""So many clients connect at once, unless they all shall."""


@dataclass(frozen=True)
class Delays:
    """Seconds from sending to hearing, over all clients and messages."""

    median: float
    p99: float
    worst: float


class Crowd:
    """The clients of one process; times are those of `time.monotonic_ns`, which all processes share."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def connect(
        self,
        dialect: str,
        places: Sequence[Place],
        *,
        together: int = _TOGETHER,
        timed: bool = False,
        kept: Sequence[int] = (),
    ) -> int:
        """Connect a client for each place and wait until all are in; answers when the first began."""
        every = [asdict(each) for each in places]
        answer = self._ask(
            "connect", dialect=dialect, places=every, together=together, timed=timed, kept=list(kept)
        )
        return int(answer["started"])

    def expect(self, messages: int, *, clients: int | None = None) -> None:
        """Say how many messages each client is about to hear; `reached` then tells when the last one had.

        So many *clients* where they are yet to connect.
        """
        self._ask("expect", messages=messages, clients=clients)

    def reached(self) -> int:
        """When the last client had heard what was expected; raises RuntimeError if one heard too little or too much."""
        return int(self._ask("reached")["at"])

    def delays(self, sent: Sequence[int]) -> Delays:
        """From when the newest messages were sent until they were heard; for a crowd that is timed."""
        answer = self._ask("delays", sent=list(sent))
        return Delays(**{name: value / 1e9 for name, value in answer.items()})

    def kept(self) -> list[list[str]]:
        """What was heard, by those who keep it."""
        kept: list[list[str]] = self._ask("kept")
        return kept

    def leave(self) -> None:
        """Hang up."""
        self._ask("leave")

    def _ask(self, what: str, **more: Any) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"do": what, **more}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the clients gave up at: {what}")
        return json.loads(line)


@contextmanager
def crowd() -> Iterator[Crowd]:
    """A crowd that nobody has joined yet."""
    words = [sys.executable, str(Path(__file__).with_name("listeners.py"))]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Crowd(process)
        finally:
            process.kill()
