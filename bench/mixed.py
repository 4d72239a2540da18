"""A working day's mixture at a constant rate against 100,000 jobs on SQLite, and how soon a restart answers."""

from __future__ import annotations

import json
import os
import random
import time
from http import HTTPStatus
from itertools import chain, cycle
from typing import TYPE_CHECKING

from bench.figures import Figure, percentile
from bench.generate import fill
from bench.house import RARE_EVERY, rare
from bench.listing import bare
from bench.load import Request, answers, run
from bench.opened import opened
from bench.serving import Server, command, environment, free_port, serving
from hosanna_core.model.query import JobFilter, Sort
from hosanna_core.model.status import Status
from hosanna_core.rules.visibility import SEES_ALL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from bench.house import House
    from hosanna_core.ports import Store

JOBS = 100_000
RATE = 300
"""Requests a second."""
SECONDS = 60
WARM = 5
"""Seconds before anything counts."""
_ADMINISTRATORS = 3
_OFFICE = ("admin", "second", "third", "office")
_PEOPLE = (*_OFFICE, *(f"technician{n}" for n in range(20)))
"""So many that each stays far below what one user may ask for in a minute: all limits are on."""
_LOOKED_UP = 1_000
_IN_THE_FIELD = 1_000
_START = ("start", "{}")
_LATER = (("hold", '{"reason":"parts are missing"}'), ("resume", '{"reason":"parts are here"}'))
_PAGE = "/api/v1/jobs?limit=50"
_YARDSTICK = "bare ASGI app, asked the same: verifies the token, sends a page"
_RESTARTS = 3


def measure(folder: Path, jobs: int) -> Iterator[Figure]:
    """*folder* is made and filled with *jobs*, 100,000 at most."""
    count = min(jobs, JOBS)
    with opened(folder) as house:
        fill(house, count)
        scene = Scene(house, count)
    port, bare_port = free_port(), free_port()
    page = folder / "page.json"
    env = {**environment(folder), "BENCH_BODY": str(page), "PYTHONPATH": os.pathsep.join(("src", "."))}
    with serving(command("serve"), environment(folder, port), port) as hosanna:
        tokens = [hosanna.log_in(name) for name in _PEOPLE]
        page.write_bytes(hosanna.ask("GET", _PAGE, token=tokens[0])[1])
        _brought(hosanna, tokens, scene.requests(RATE * WARM))
        ours, memory = _brought(hosanna, tokens, scene.requests(RATE * SECONDS))
        with serving(bare(bare_port), env, bare_port) as yardstick:
            theirs, _ = _brought(yardstick, tokens, scene.requests(RATE * WARM))
    yield from _latencies(ours, theirs, f"{RATE}/s on {count:,} jobs")
    yield _grown(memory)
    yield _restarted(folder, env, tokens[0], count)


class Scene:
    """What there is to ask for. Transitions go on where those before ended."""

    def __init__(self, house: House, count: int) -> None:
        store = house.ports.store
        self._chance = random.Random(7)  # the same requests in every run
        self._lots = count // RARE_EVERY
        self._ids = [
            row.id for row in store.jobs.page(SEES_ALL, JobFilter(), Sort.NEWEST, None, _LOOKED_UP).rows
        ]
        technicians = {actor.id: len(_OFFICE) + number for number, actor in enumerate(house.technicians)}
        self._moves = _moves(list(_dispatched(store, technicians)))

    def requests(self, count: int) -> list[Request]:
        """The next so many: 35 % lists, 35 % single jobs, 20 % transitions, 10 % searches."""
        kinds = self._chance.choices(("list", "get", "transition", "search"), (35, 35, 20, 10), k=count)
        return [next(self._moves) if kind == "transition" else self._read(kind) for kind in kinds]

    def _read(self, kind: str) -> Request:
        # A single job is looked up by those who may see each of them.
        who = self._chance.randrange(_ADMINISTRATORS if kind == "get" else len(_PEOPLE))
        path = {
            "list": f"?limit=50&sort={self._chance.choice(list(Sort))}",
            "get": f"/{self._chance.choice(self._ids)}",
            "search": f"?q={self._chance.choice(('', 'panl7%20'))}{rare(self._chance.randrange(self._lots))}",
        }[kind]
        return Request(kind, "GET", f"/api/v1/jobs{path}", who)


def _dispatched(store: Store, technicians: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """The jobs in the field, and who has each."""
    wanted = JobFilter(statuses=frozenset({Status.DISPATCHED}))
    scope = SEES_ALL.narrow(wanted)
    assert scope
    for row in store.jobs.page(scope, wanted, Sort.NEWEST, None, _IN_THE_FIELD).rows:
        yield row.id, technicians[json.loads(row.body)["technician_id"]]


def _moves(jobs: Sequence[tuple[str, int]]) -> Iterator[Request]:
    """All are started, then held, then gone on with, and held again: between a job's moves the others have theirs."""
    for action, body in chain((_START,), cycle(_LATER)):
        for job_id, who in jobs:
            yield Request("transition", "POST", f"/api/v1/jobs/{job_id}/transitions/{action}", who, body)


def _brought(
    server: Server, tokens: Sequence[str], requests: Sequence[Request]
) -> tuple[dict[str, list[float]], list[int]]:
    """Seconds by kind, and the memory of the server every half second meanwhile."""
    process = run(server.port, tokens, RATE, requests)
    memory = []
    end = time.monotonic() + len(requests) / RATE
    while time.monotonic() < end and process.poll() is None:
        time.sleep(0.5)
        memory.append(server.memory())
    return answers(process), memory


def _latencies(
    ours: Mapping[str, Sequence[float]], theirs: Mapping[str, Sequence[float]], where: str
) -> Iterator[Figure]:
    every = [took for kind in ours.values() for took in kind]
    bare = [took for kind in theirs.values() for took in kind]
    for name, share, wanted in (("p50", 0.5, "under 20 ms"), ("p99", 0.99, "under 100 ms, and no error")):
        yield Figure(
            f"mixed load, {where}, {name}", percentile(every, share) * 1e3, "ms", _YARDSTICK,
            percentile(bare, share) * 1e3, wanted,
        )  # fmt: skip
    for kind, took in sorted(ours.items()):
        yield Figure(
            f"of these each {kind}, p99", percentile(took, 0.99) * 1e3, "ms", _YARDSTICK,
            percentile(bare, 0.99) * 1e3, "to look at",
        )  # fmt: skip


def _grown(memory: Sequence[int]) -> Figure:
    third = len(memory) // 3
    return Figure(
        "memory of the server at its most", max(memory) / 1e6, "MB", "at its most in the first third of that minute",
        max(memory[:third]) / 1e6, "under 400 MB and flat: a ratio of at most 1.1",
    )  # fmt: skip


def _restarted(folder: Path, env: Mapping[str, str], token: str, count: int) -> Figure:
    """From the start of the process to the first page that is right: the median of some."""
    took: dict[str, list[float]] = {"hosanna": [], "bare": []}
    for _ in range(_RESTARTS):
        port = free_port()
        for name, words, environ in (
            ("hosanna", command("serve"), environment(folder, port)),
            ("bare", bare(port), env),
        ):
            start = time.perf_counter()
            with serving(words, environ, port) as server:
                status, body = server.ask("GET", _PAGE, token=token)
                took[name].append(time.perf_counter() - start)
            if status != HTTPStatus.OK or len(json.loads(body)["items"]) != 50:
                raise RuntimeError(f"the first answer was wrong: {status} {body!r}")
    ours, theirs = (sorted(each)[len(each) // 2] for each in took.values())
    return Figure(
        f"restart to the first right answer with {count:,} jobs", ours, "s", "the same of the bare ASGI app", theirs,
        "under 2 s",
    )  # fmt: skip
