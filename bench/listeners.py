"""Thousands of clients in a process of its own, cheap enough to be no part of what is measured: one epoll, counting.

Commands come on the standard input as lines of JSON and are answered on the standard output: see `bench.crowd`.
"""

from __future__ import annotations

import gc
import json
import resource
import select
import sys
import time
from itertools import islice
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.dialects import DIALECTS
from bench.figures import percentile
from bench.listener import Listener, Place

_BUFFER = 1024 * 1024
_AT_ONCE = 512
_PATIENCE = 60.0
"""Seconds that a round may take."""


class Listeners:
    """All clients of this process."""

    def __init__(self) -> None:
        self._poll = select.epoll()
        self._commands = sys.stdin.fileno()
        self._poll.register(self._commands, select.EPOLLIN)
        self._listeners: list[Listener] = []
        self._by_socket: dict[int, Listener] = {}
        self._buffer = bytearray(_BUFFER)
        self._view = memoryview(self._buffer)
        self._had = self._wanted = 0
        self._reached = 0

    def serve(self) -> None:
        """Do what is asked until nobody asks any more."""
        while True:
            for number, _ in self._poll.poll(maxevents=_AT_ONCE):
                if number != self._commands:
                    self._read(number)
                    continue
                line = sys.stdin.readline()
                if not line:
                    return
                command = json.loads(line)
                answer = getattr(self, command.pop("do"))(**command)
                print(json.dumps(answer), flush=True)

    def connect(
        self, dialect: str, places: list[dict[str, Any]], together: int, timed: bool, kept: list[int]
    ) -> dict[str, Any]:
        """One client for each place, so many of them at once; those of the numbers *kept* remember what they hear."""
        started = time.monotonic_ns()
        waiting = enumerate(Place(**place) for place in places)
        while lot := list(islice(waiting, together)):
            fresh = [self._client(dialect, place, timed, number in kept) for number, place in lot]
            self._until(lambda fresh=fresh: all(each.joined for each in fresh))
        return {"started": started, "took": time.monotonic_ns() - started}

    def _client(self, dialect: str, place: Place, timed: bool, kept: bool) -> Listener:
        listener = Listener(place, DIALECTS[dialect], [] if timed else None, [] if kept else None)
        listener.connect()
        self._listeners.append(listener)
        self._by_socket[listener.socket.fileno()] = listener
        self._poll.register(listener.socket.fileno(), select.EPOLLIN)
        return listener

    def expect(self, messages: int, clients: int | None) -> dict[str, Any]:
        """From now on so many messages to each client are waited for, be they here or about to come."""
        self._wanted = self._had + messages * (len(self._listeners) if clients is None else clients)
        return {}

    def reached(self) -> dict[str, Any]:
        """When the last client had what was expected."""
        self._until(lambda: self._had >= self._wanted)
        counts = {each.counted for each in self._listeners}
        if len(counts) != 1 or self._had != self._wanted:
            raise RuntimeError(f"the clients heard different numbers of messages: {sorted(counts)}")
        return {"at": self._reached}

    def delays(self, sent: list[int]) -> dict[str, Any]:
        """How long after they were *sent* the newest messages were heard, over all clients, in nanoseconds."""
        delays = [
            heard - told
            for each in self._listeners
            for told, heard in zip(sent, (each.times or [])[-len(sent) :], strict=True)
        ]
        median, tail, most = percentile(delays, 0.5), percentile(delays, 0.99), max(delays)
        return {"median": median, "p99": tail, "worst": most}

    def kept(self) -> list[list[str]]:
        """What was heard by those who remember."""
        return [[text.decode() for text in each.kept] for each in self._listeners if each.kept is not None]

    def leave(self) -> dict[str, Any]:
        """Hang up, all of them."""
        for each in self._listeners:
            each.socket.close()
        self._listeners.clear()
        self._by_socket.clear()
        self._had = self._wanted = 0
        return {}

    def _read(self, number: int) -> None:
        listener = self._by_socket[number]
        counted = listener.read(self._buffer, self._view)
        if counted:
            self._had += counted
            if self._had == self._wanted:
                self._reached = time.monotonic_ns()
        if listener.lost:
            raise RuntimeError(f"a client is connected no more, {listener.lost}")

    def _until(self, done: Any) -> None:
        end = time.monotonic() + _PATIENCE
        while not done():
            if time.monotonic() > end:
                had = sorted({each.counted for each in self._listeners})
                raise RuntimeError(
                    f"the clients wait in vain; they have heard {had[:3]} to {had[-3:]} messages"
                )
            for number, _ in self._poll.poll(1.0, _AT_ONCE):
                if number != self._commands:
                    self._read(number)


if __name__ == "__main__":
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    gc.disable()
    Listeners().serve()
