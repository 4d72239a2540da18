"""One message to two thousand clients of one process: until the last has it, how many a second, and what one costs."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench import socketio
from bench.crowd import crowd
from bench.dialects import OURS
from bench.figures import Figure
from bench.listener import Place
from bench.serving import environment, free_port, serving
from bench.side import Side, in_turn, side, typical

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.serving import Server

CLIENTS = 2_000
_ROUNDS = 11
_BURSTS = 7
_BURST = 50
"""So many messages at once: what each client is owed then fits into what any server holds for it."""
_KILOBYTE = 1024


def measure(folder: Path, yardstick: Path | None, message: Path) -> Iterator[Figure]:
    """Shared frames, the plain way of any ASGI server, and Socket.IO, in turn; *message* becomes what is said."""
    with ExitStack() as running:
        sides: dict[str, Side] = {}
        for way in ("shared", "plain"):
            server = running.enter_context(_hub(folder, way))
            sides[way] = running.enter_context(side("ours", server))
        token = sides["shared"].server.log_in("admin")
        message.write_text(_said(sides["shared"].server, token))
        if yardstick is not None:
            server = running.enter_context(socketio.socketio(yardstick, message))
            sides["theirs"] = running.enter_context(side("socket.io", server))
        for each in sides.values():
            each.join(CLIENTS, ({},) if each.dialect != "ours" else (bearer(each.server.log_in("admin")),))
        every = list(sides.values())
        in_turn(every, _ROUNDS, lambda each: each.last.append(each.say(1)))
        in_turn(every, _BURSTS, lambda each: each.sustained.append(CLIENTS * _BURST / each.say(_BURST)))
    yield from _figures(sides["shared"], sides["plain"], sides.get("theirs"))


def bearer(token: str) -> dict[str, str]:
    """The header of whom the token belongs to."""
    return {"Authorization": f"Bearer {token}"}


@contextmanager
def _hub(folder: Path, way: str) -> Iterator[Server]:
    port = free_port()
    words = [sys.executable, str(Path(__file__).with_name("hub.py")), str(port), way]
    with serving(words, environment(folder), port, told=True) as server:
        yield server


def _said(server: Server, token: str) -> str:
    """What the server says to everybody, as one client hears it."""
    with crowd() as here:
        here.connect("ours", [Place(server.port, OURS.path, bearer(token))], kept=[0])
        here.expect(1)
        server.tell("1")
        here.reached()
        return here.kept()[0][-1]


def _figures(shared: Side, plain: Side, theirs: Side | None) -> Iterator[Figure]:
    for way, ours, faster in (("shared frames", shared, 4), ("plain ASGI", plain, 1.3)):
        last, their_last = typical(ours.last, theirs.last if theirs else ())
        yield Figure(
            f"a broadcast reaches the last of {CLIENTS:,} clients, {way}", last * 1e3, "ms", socketio.NAME,
            their_last * 1e3, "at most 1.5 times the yardstick",
        )  # fmt: skip
        sustained, their_sustained = typical(ours.sustained, theirs.sustained if theirs else ())
        yield Figure(
            f"messages to {CLIENTS:,} clients, {way}", sustained, "1/s", socketio.NAME, their_sustained,
            f"at least {faster} times the yardstick",
        )  # fmt: skip
        yield Figure(
            f"memory a connection, {way}", ours.memory / _KILOBYTE, "kB", socketio.NAME,
            theirs.memory / _KILOBYTE if theirs else 0.0, "at most 32 kB",
        )  # fmt: skip
