"""`GET /jobs?limit=50` with a token: processor time of the server process, beside the bare app's."""

from __future__ import annotations

import os
import sys
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from bench.figures import Figure
from bench.serving import Server, command, environment, free_port, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

_REQUESTS = 2000
_ADMINISTRATORS = ("admin", "second", "third")
_PATH = "/api/v1/jobs?limit=50"


def measure(folder: Path) -> Iterator[Figure]:
    """In turn, three times each; the median counts. *folder* is a filled store."""
    port, bare_port = free_port(), free_port()
    body = folder / "page.json"
    with serving(command("serve"), environment(folder, port), port) as hosanna:
        # All limits are on: each round is another Administrator's, lest the minute's requests run out.
        tokens = [hosanna.log_in(name) for name in _ADMINISTRATORS]
        body.write_bytes(hosanna.ask("GET", _PATH, token=tokens[0])[1])
        env = {**environment(folder), "BENCH_BODY": str(body), "PYTHONPATH": os.pathsep.join(("src", "."))}
        with serving(bare(bare_port), env, bare_port) as yardstick:
            pairs = [(_cost(hosanna, token), _cost(yardstick, token)) for token in tokens]
    ours, theirs = sorted(pairs, key=lambda pair: pair[0] / pair[1])[len(pairs) // 2]
    yield Figure(
        "GET /jobs?limit=50 on SQLite, CPU", ours, "µs", "bare ASGI app: verifies the token, sends the bytes", theirs,
        "at most twice the yardstick",
    )  # fmt: skip


def bare(port: int) -> list[str]:
    """What starts the bare app."""
    options = "--loop uvloop --http httptools --no-access-log --log-level warning --no-server-header"
    return [sys.executable, "-m", "uvicorn", "bench.bare:app", "--port", str(port), *options.split()]


def _cost(server: Server, token: str) -> float:
    """Microseconds of processor time a request."""
    server.ask("GET", _PATH, token=token)
    before = server.cpu()
    for _ in range(_REQUESTS):
        status, _body = server.ask("GET", _PATH, token=token)
        if status != HTTPStatus.OK:
            raise RuntimeError(f"a list was refused: {status}")
    return (server.cpu() - before) / _REQUESTS * 1e6
