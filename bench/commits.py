"""From a commit to every client: the last of two thousand on one process, and all of a thousand on two."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench import socketio
from bench.broadcasts import CLIENTS, bearer
from bench.crowd import crowd
from bench.dialects import OURS, SOCKET_IO
from bench.edits import Edits, confirmed
from bench.figures import Figure, percentile
from bench.house import hire
from bench.listener import Place
from bench.opened import opened
from bench.serving import command, environment, free_port, serving
from bench.side import in_turn, side, typical
from bench.wire import wire
from hosanna_core.model.people import Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bench.crowd import Crowd
    from bench.serving import Server
    from bench.side import Side

_SUBSCRIBERS = 1_000
_SERVERS = 2
_RATE = 20
_SECONDS = 5
_STRETCHES = 5
"""So often so many seconds, by turns with the yardstick."""
_ROUNDS = 11
_FEW = ("admin", "second", "third", "office")
_MANY = 200
"""So many different users, each with a view of their own to be judged."""
_MS = 1e3


def measure(folder: Path, yardstick: Path | None, message: Path) -> Iterator[Figure]:
    """The last client first; then the steady rate on SQLite with few users and with many, and on MongoDB's wire."""
    yield _last(folder / "last", yardstick, message)
    many = [*_FEW, *(f"more{n}" for n in range(_MANY - len(_FEW)))]
    yield from _steady(folder / "few", "SQLite", _FEW, yardstick, message)
    yield from _steady(folder / "many", "SQLite", many, yardstick, message)
    with wire(folder / "wire") as database:
        yield from _steady(folder / "mongo", "MongoDB's wire", _FEW, yardstick, message, database)


def _last(folder: Path, yardstick: Path | None, message: Path) -> Figure:
    with opened(folder, technicians=0) as house:
        jobs = confirmed(house)
    with ExitStack() as running:
        server = running.enter_context(_server(folder))
        ours = running.enter_context(side("ours", server))
        tokens = [server.log_in(name) for name in _FEW]
        ours.join(CLIENTS, [bearer(token) for token in tokens])
        edits = Edits([server], tokens[:1], jobs)
        sides = [ours]
        if yardstick is not None:
            emitting = running.enter_context(socketio.socketio(yardstick, message))
            sides.append(running.enter_context(side("socket.io", emitting)))
            sides[-1].join(CLIENTS)

        def once(each: Side) -> None:
            took = each.say(1, edits.edit if each is ours else None)
            # From the answer on: until then it was the commit that took its time.
            each.last.append(took - edits.took[-1] if each is ours else took)

        in_turn(sides, _ROUNDS, once)
    last, their_last = typical(ours.last, sides[-1].last if len(sides) > 1 else ())
    return Figure(
        f"a PATCH is answered (SQLite) until the last of {CLIENTS:,} clients has it", last * _MS, "ms",
        f"{socketio.NAME}, emitting", their_last * _MS, "at most 1.5 times the yardstick",
    )  # fmt: skip


def _steady(
    folder: Path, store: str, users: Sequence[str], yardstick: Path | None, message: Path, database: str = ""
) -> Iterator[Figure]:
    with opened(folder, database=database, technicians=0) as house:
        for name in users[len(_FEW) :]:
            hire(house.ports, house.administrator, name, Role.OFFICE_MANAGER)
        jobs = confirmed(house)
    with ExitStack() as running:
        servers = [running.enter_context(_server(folder, database)) for _ in range(_SERVERS)]
        tokens = [servers[n % _SERVERS].log_in(name) for n, name in enumerate(users)]
        here = running.enter_context(crowd())
        here.connect("ours", _spread(servers, tokens), timed=True)
        edits = Edits(servers, tokens[:_SERVERS], jobs)
        emitted = None if yardstick is None else running.enter_context(_emitting(yardstick, message))
        for _ in range(_STRETCHES):
            here.expect(_RATE * _SECONDS)
            edits.steadily(_RATE, _SECONDS)
            here.reached()
            if emitted is not None:
                emitted.steadily()
        from_asked, from_answered = here.delays(edits.asked), here.delays(edits.answered)
        theirs = 0.0 if emitted is None else emitted.crowd.delays(emitted.sent).p99
    took = percentile(edits.took, 0.99)
    what = f"p99 of {_SUBSCRIBERS:,} clients of {len(users)} users on {_SERVERS} processes, {_RATE} changes/s, {store}"
    yield Figure(
        f"request to client, {what}", from_asked.p99 * _MS, "ms", "p99 of the answers to those requests", took * _MS,
        "none: it contains the answer's own time",
    )  # fmt: skip
    yield Figure(
        f"commit to client, {what}", from_answered.p99 * _MS, "ms", f"{socketio.NAME}, one process, no commit",
        theirs * _MS, "under 200 ms",
    )  # fmt: skip


def _spread(servers: Sequence[Server], tokens: Sequence[str]) -> list[Place]:
    """Each user's clients on all servers."""
    headers = [bearer(token) for token in tokens]
    return [
        Place(servers[n % len(servers)].port, OURS.path, headers[n // len(servers) % len(headers)])
        for n in range(_SUBSCRIBERS)
    ]


@dataclass
class _Emitted:
    """Socket.IO with as many clients, and when each message was *sent* to them."""

    server: Server
    crowd: Crowd
    sent: list[int] = field(default_factory=list)

    def steadily(self) -> None:
        """As many messages a second as there are changes."""
        self.crowd.expect(_RATE * _SECONDS)
        start = time.monotonic()
        for number in range(_RATE * _SECONDS):
            time.sleep(max(0.0, start + number / _RATE - time.monotonic()))
            self.sent.append(time.monotonic_ns())
            self.server.tell("1")
        self.crowd.reached()


@contextmanager
def _emitting(yardstick: Path, message: Path) -> Iterator[_Emitted]:
    with socketio.socketio(yardstick, message) as server, crowd() as here:
        here.connect("socket.io", [Place(server.port, SOCKET_IO.path)] * _SUBSCRIBERS, timed=True)
        yield _Emitted(server, here)


@contextmanager
def _server(folder: Path, database: str = "") -> Iterator[Server]:
    port = free_port()
    with serving(command("serve"), environment(folder, port, database), port) as server:
        yield server
