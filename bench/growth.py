"""Lists, gets and searches in a store of 10,000 jobs and one of a million: what growing costs."""

from __future__ import annotations

import urllib.parse
from typing import TYPE_CHECKING

from bench import questions
from bench.figures import Figure, percentile
from bench.generate import fill
from bench.house import RARE_EVERY, House, rare
from bench.opened import opened
from bench.serving import Server, command, environment, free_port, serving
from hosanna_core.model.query import JobFilter, Sort
from hosanna_core.rules.visibility import SEES_ALL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SMALL = 10_000
_P99 = 0.99
_ROUNDS = 3
_GETS = 200


def measure(small: Path, large: Path, many: int) -> Iterator[Figure]:
    """Both folders are made and filled; the yardstick of each figure is the same questions to the small store."""
    before, after = _measured(small, SMALL), _measured(large, many)
    for what, figure in after.items():
        limit = "1.5" if "HTTP" in what else "2"
        yield Figure(
            f"{what} at {many:,} jobs, p99", figure, "ms", f"the same at {SMALL:,} jobs", before[what],
            f"at most {limit} times",
        )  # fmt: skip


def _measured(folder: Path, count: int) -> dict[str, float]:
    with opened(folder) as house:
        fill(house, count, label=f"filling {count:,} jobs")
        ids = _some_ids(house)
        asked = {
            "list in the store": list(questions.lists(house)),
            "get in the store": list(questions.gets(house, ids)),
            "search in the store": list(questions.searches(house, count)),
        }
        figures = {what: percentile(questions.timed(list_, _ROUNDS), _P99) for what, list_ in asked.items()}
        technician = house.technicians[0].id
    port = free_port()
    with serving(command("serve"), {**environment(folder, port), "RATE_LIMIT": "off"}, port) as server:
        return figures | _over_http(server, ids, technician, count)


def _some_ids(house: House) -> list[str]:
    page = house.ports.store.jobs.page(SEES_ALL, JobFilter(), Sort.NEWEST, None, _GETS)
    return [row.id for row in page.rows]


def _over_http(server: Server, ids: list[str], technician: str, count: int) -> dict[str, float]:
    tokens = [server.log_in(name) for name in ("admin", "office", "technician0")]
    filters = ({}, {"status": "BILLED"}, {"priority": "EMERGENCY"}, {"technician_id": technician})
    paths = {
        "list over HTTP": [
            "?" + urllib.parse.urlencode({"sort": sort, **wanted}) for sort in Sort for wanted in filters
        ],
        "get over HTTP": [f"/{job_id}" for job_id in ids[:40]],
        "search over HTTP": [
            f"?q={words}{rare(lot)}"
            for lot in range(0, count // RARE_EVERY, 7)[:30]
            for words in ("", "panl7%20")
        ],
    }
    return {what: percentile(_timed(server, tokens, list_), _P99) for what, list_ in paths.items()}


def _timed(server: Server, tokens: list[str], paths: list[str]) -> list[float]:
    def asking(token: str, path: str) -> Callable[[], object]:
        return lambda: server.ask("GET", f"/api/v1/jobs{path}", token=token)

    asks = [asking(token, path) for token in tokens for path in paths]
    return questions.timed(asks, _ROUNDS)
