"""The server of the broadcast bench: the real one over a store in memory, and a feed that brings what it is told to.

Arguments: the port, and whether frames are "shared" or go the "plain" way of any ASGI server. A line on the standard
input is a number: so many events, at once.
"""

from __future__ import annotations

import itertools
import sys
from dataclasses import replace
from pathlib import Path
from threading import Lock, Thread
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import msgspec
import uvicorn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.edits import confirmed
from bench.house import people
from hosanna_adapters.memory.feed import Log, MemoryFeed
from hosanna_web.app import WebSettings, create_app
from hosanna_web.cli.server import AnnouncingServer, allow_many_files, listening_socket
from hosanna_web.composition import open_system
from hosanna_web.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.model.event import Event
    from hosanna_core.ports import Ports

_FILES = 10_000
_HOST = "127.0.0.1"


def main() -> None:
    """Serve until somebody ends the process."""
    port, way = int(sys.argv[1]), sys.argv[2]
    with open_system(load_settings(), memory=True) as system:
        # A feed of its own: what it brings was never committed.
        log = Log(Lock())
        feed = MemoryFeed(SimpleNamespace(log=log))  # type: ignore[arg-type]  # all that it wants of a state
        events = _events(system.ports)
        Thread(target=_bring, args=(log, events), daemon=True).start()
        app = create_app(
            replace(system.ports, store=replace(system.ports.store, feed=feed)), web=WebSettings()
        )
        allow_many_files(_FILES)
        if way == "shared":
            _serve_ours(app, port)
        else:
            _serve_plainly(app, port)


def _events(ports: Ports) -> list[Event]:
    """One for each job, none of which changes anybody's view."""
    start = ports.store.feed.head()
    jobs = confirmed(people(ports, technicians=0))
    told = ports.store.feed.after(start, 10 * len(jobs)).told
    found = [each.event for each in told if each.event.kind == "job.status_changed"]
    return [msgspec.structs.replace(each, before=each.after) for each in found]


def _bring(log: Log, events: Sequence[Event]) -> None:
    source = itertools.cycle(events)
    for line in sys.stdin:
        with log.grown:
            log.extend(itertools.islice(source, int(line)))


def _serve_ours(app: Any, port: int) -> None:
    server = AnnouncingServer(app, lambda: None, threshold=WebSettings().threshold())
    server.run([listening_socket(_HOST, port)])


def _serve_plainly(app: Any, port: int) -> None:
    options: dict[str, Any] = {"ws": "websockets-sansio", "loop": "uvloop", "http": "httptools"}
    uvicorn.run(app, host=_HOST, port=port, backlog=4096, log_level="error", access_log=False, **options)


if __name__ == "__main__":
    main()
