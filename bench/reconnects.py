"""Everybody back at once: two hundred clients that each missed fifty events."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from statistics import median
from typing import TYPE_CHECKING

from bench import socketio
from bench.crowd import crowd
from bench.dialects import OURS, SOCKET_IO
from bench.edits import JOBS, Edits, confirmed
from bench.figures import Figure
from bench.listener import Place
from bench.opened import opened
from bench.serving import Server, command, environment, free_port, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bench.crowd import Crowd

_CLIENTS = 200
_GAP = JOBS
"""Each event is another job's."""
_ROUNDS = 3
_USERS = ("admin", "second", "third", "office")
_FAREWELL = 0.5
"""Seconds for a server to notice that everybody left."""


def measure(folder: Path, yardstick: Path | None, message: Path) -> Iterator[Figure]:
    """To the server that they left, and to one that was started since and remembers nothing."""
    folder.mkdir()
    with opened(folder / "store", technicians=0) as house:
        jobs = confirmed(house)
    remembered, started_anew = [], []
    for _ in range(_ROUNDS):
        remembered.append(_ours(folder / "store", jobs, anew=False))
        started_anew.append(_ours(folder / "store", jobs, anew=True))
    theirs = 0.0 if yardstick is None else median(_theirs(yardstick, message) for _ in range(_ROUNDS))
    for what, took in (("to the same process", remembered), ("to a process started since", started_anew)):
        yield Figure(
            f"{_CLIENTS} reconnects at once, {_GAP} events missed by each, {what}", median(took), "s",
            f"{socketio.NAME}, recovering, the same process", theirs, "under 5 s, all in order",
        )  # fmt: skip


def _ours(folder: Path, jobs: Sequence[str], *, anew: bool) -> float:
    """Seconds from the first reconnect until the last client has its last event."""
    port = free_port()
    words, env = command("serve"), environment(folder, port)
    with ExitStack() as running:
        here = running.enter_context(crowd())
        with ExitStack() as first:
            server = first.enter_context(serving(words, env, port))
            tokens = [server.log_in(name) for name in _USERS]
            headers = [{"Authorization": f"Bearer {token}"} for token in tokens]
            places = [Place(port, OURS.path, headers[n % len(headers)]) for n in range(_CLIENTS)]
            cursors = [json.loads(heard[0])["cursor"] for heard in _come_and_go(here, "ours", places)]
            edits = Edits([server], tokens[:1], jobs)
            for _ in range(_GAP):
                edits.edit()
            if not anew:
                running.enter_context(first.pop_all())
        if anew:
            # It listens before it is ready: starting is not what is measured.
            running.enter_context(serving(words, env, port)).ask("GET", "/health/ready")
        back = [
            Place(port, f"{OURS.path}?cursor={cursor}", place.headers)
            for cursor, place in zip(cursors, places, strict=True)
        ]
        took = _back(here, "ours", back)
        for heard in here.kept():
            _check(heard, edits.made)
        here.leave()
    return took


def _theirs(yardstick: Path, message: Path) -> float:
    with socketio.socketio(yardstick, message, recovering=True) as server, crowd() as here:
        places = [Place(server.port, SOCKET_IO.path)] * _CLIENTS
        heard = _come_and_go(here, "socket.io", places, server)
        # What every event ends with is the place from which on a client resumes.
        resumed = [
            json.dumps({"pid": json.loads(texts[1][2:])["pid"], "offset": json.loads(texts[2][2:])[-1]})
            for texts in heard
        ]
        server.tell(str(_GAP))
        time.sleep(_FAREWELL)
        return _back(
            here,
            "socket.io",
            [Place(server.port, SOCKET_IO.path, {}, {"40": f"40{each}"}) for each in resumed],
        )


def _come_and_go(
    here: Crowd, dialect: str, places: Sequence[Place], server: Server | None = None
) -> list[list[str]]:
    """Connect, hear one message if there is a server to say it, hang up; answers what each heard."""
    here.connect(dialect, places, kept=range(len(places)))
    if server is not None:
        here.expect(1)
        server.tell("1")
        here.reached()
    heard = here.kept()
    here.leave()
    time.sleep(_FAREWELL)
    return heard


def _back(here: Crowd, dialect: str, places: Sequence[Place]) -> float:
    here.expect(_GAP, clients=len(places))
    started = here.connect(dialect, places, together=len(places), kept=range(len(places)))
    return (here.reached() - started) / 1e9


def _check(heard: Sequence[str], made: Sequence[tuple[str, int]]) -> None:
    """Raises RuntimeError unless exactly what was missed came, in order."""
    hello, *events = (json.loads(text) for text in heard)
    found = [
        (each["job"]["id"], each["job"]["version"]) for each in events if each["type"].startswith("job.")
    ]
    if not hello["recovered"] or found != list(made):
        raise RuntimeError(f"a client that came back was told {hello} and {found}, not {made}")
