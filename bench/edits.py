"""Changes at a steady rate through the API, by turns through each of several server processes."""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from hosanna_core.usecases.fieldwork import transition_job
from hosanna_core.usecases.jobs import create_job
from hosanna_core.usecases.judging import Unparsed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.house import House
    from bench.serving import Server

JOBS = 50
TEXT = "Replace the panel, move the meter, and pull new feeders. " * 2
"""With such a description a message about a job has about a kilobyte."""


def confirmed(house: House) -> list[str]:
    """The ids of jobs that everybody but Technicians sees, new in that house."""
    bodies = [house.job_body(n, description=TEXT) for n in range(JOBS)]
    jobs = [create_job(house.ports, house.administrator, body) for body in bodies]
    for job in jobs:
        transition_job(house.ports, house.administrator, job.id, "confirm", Unparsed(b"{}"))
    return [job.id for job in jobs]


@dataclass
class Edits:
    """Edits jobs in turn; of each edit is noted when it was *asked* for and when *answered*, in nanoseconds."""

    servers: Sequence[Server]
    tokens: Sequence[str]
    """An Administrator's, one for each server."""
    jobs: Sequence[str]
    asked: list[int] = field(default_factory=list)
    answered: list[int] = field(default_factory=list)
    made: list[tuple[str, int]] = field(default_factory=list)
    """Each edit's job and version, in their order."""
    _versions: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        ways = list(zip(self.servers, self.tokens, strict=True))
        self._turns = zip(itertools.cycle(self.jobs), itertools.cycle(ways), strict=False)
        for job in self.jobs:
            self._note(self._ask(*ways[0], "GET", job))

    def _ask(self, server: Server, token: str, method: str, job: str, **more: Any) -> Any:
        status, answer = server.ask(method, f"/api/v1/jobs/{job}", token=token, **more)
        if status != HTTPStatus.OK:
            raise RuntimeError(f"{method} of a job was refused: {status} {answer!r}")
        return json.loads(answer)

    def _note(self, job: Any) -> None:
        self._versions[job["id"]] = job["version"]

    @property
    def took(self) -> list[float]:
        """Seconds from each request to its answer."""
        return [(after - before) / 1e9 for before, after in zip(self.asked, self.answered, strict=True)]

    def edit(self) -> None:
        """The next one."""
        job, (server, token) = next(self._turns)
        body = {"description": f"{time.monotonic_ns()} {TEXT}"}
        expected = {"If-Match": f'"{self._versions[job]}"'}
        self.asked.append(time.monotonic_ns())
        answer = self._ask(server, token, "PATCH", job, body=body, also=expected)
        self.answered.append(time.monotonic_ns())
        self._note(answer)
        self.made.append((job, self._versions[job]))

    def steadily(self, rate_a_second: int, seconds: float) -> None:
        """Edit so often a second, however long each takes."""
        start = time.monotonic()
        for number in range(int(rate_a_second * seconds)):
            time.sleep(max(0.0, start + number / rate_a_second - time.monotonic()))
            self.edit()
