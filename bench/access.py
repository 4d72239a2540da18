"""Coming in: how many logins a second, what a flood of them does to others, and what the clock tells strangers."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http import HTTPStatus
from statistics import median
from typing import TYPE_CHECKING

from bench.figures import Figure, percentile, rate
from bench.house import PASSWORD
from bench.serving import Server, command, environment, free_port, serving
from hosanna_adapters.argon2 import Argon2Passwords

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

_LOGIN = "/api/v1/auth/login"
_LIST = "/api/v1/jobs?limit=50"
_KNOWN = "admin@example.com"
_UNKNOWN = "nobody.at.all@example.com"
_SECONDS = 15
_TRIES = 400
_HASHES = 40
_LIST_RATE = 20
_NO_LIMITS = {"RATE_LIMIT": "off"}
"""Where thousands of wrong logins from one address are the measurement, they must not be refused for being many."""


def measure(folder: Path) -> Iterator[Figure]:
    """*folder* is a filled store."""
    yield _sustained(folder)
    yield _flooded(folder)
    yield from _told_by_the_clock(folder)


def _sustained(folder: Path) -> Figure:
    """Logins that succeed, with all limits on: only failures count."""
    with _server(folder, {}) as server:
        done = _steadily(20, lambda: _login(server, _KNOWN, PASSWORD), _SECONDS)
    achieved = sum(status == HTTPStatus.OK for status, _ in done) / _SECONDS
    return Figure(
        "successful logins, 20 asked for a second", achieved, "1/s", "argon2id alone, two threads", _hashes_a_second(),
        "20 a second on 2 cores",
    )  # fmt: skip


def _hashes_a_second() -> float:
    passwords = Argon2Passwords()
    hashed = passwords.hash(PASSWORD)

    def work() -> None:
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(lambda _: passwords.verify(hashed, PASSWORD), range(_HASHES)))

    return rate(work, _HASHES)


def _flooded(folder: Path) -> Figure:
    """The list beside 60 logins a second, and without them."""
    with _server(folder, _NO_LIMITS) as server:
        token = server.log_in("admin")
        alone = _listed(server, token)
        flood = threading.Thread(
            target=_steadily, args=(60, lambda: _login(server, _UNKNOWN, "wrong"), _SECONDS + 2)
        )
        flood.start()
        time.sleep(1)
        beside = _listed(server, token)
        flood.join()
    return Figure(
        "p99 of a list beside 60 logins a second", beside * 1e3, "ms", "the same list without them", alone * 1e3,
        "under 250 ms",
    )  # fmt: skip


def _listed(server: Server, token: str) -> float:
    """The p99 of lists asked for at a steady rate, in seconds."""
    done = _steadily(_LIST_RATE, lambda: _ask(server, _LIST, token=token), _SECONDS - 2)
    if any(status != HTTPStatus.OK for status, _ in done):
        raise RuntimeError(f"a list was refused: {sorted({status for status, _ in done})}")
    return percentile([seconds for _, seconds in done], 0.99)


def _told_by_the_clock(folder: Path) -> Iterator[Figure]:
    """Known and unknown accounts in turn, the one first as often as the other."""
    with _server(folder, _NO_LIMITS) as server:
        for what, ask in (
            ("login", lambda email: _login(server, email, "wrong")),
            ("forgotten password", lambda email: _forgot(server, email)),
        ):
            known, unknown = _in_turn(ask)
            yield Figure(
                f"{what}: known less unknown account, medians of {_TRIES}", abs(known - unknown) * 1e3, "ms",
                "the median of an unknown one", unknown * 1e3, "under 2 ms",
            )  # fmt: skip


def _in_turn(ask: Callable[[str], int]) -> tuple[float, float]:
    took: dict[str, list[float]] = {_KNOWN: [], _UNKNOWN: []}
    for turn in range(_TRIES):
        for email in (_KNOWN, _UNKNOWN) if turn % 2 else (_UNKNOWN, _KNOWN):
            start = time.perf_counter()
            ask(email)
            took[email].append(time.perf_counter() - start)
    return median(took[_KNOWN]), median(took[_UNKNOWN])


def _login(server: Server, email: str, password: str) -> int:
    return _ask(server, _LOGIN, {"email": email, "password": password})


def _forgot(server: Server, email: str) -> int:
    return _ask(server, "/api/v1/auth/password/forgot", {"email": email})


@contextmanager
def _server(folder: Path, more: Mapping[str, str]) -> Iterator[Server]:
    port = free_port()
    with serving(command("serve"), {**environment(folder, port), **more}, port) as server:
        yield server


_of_this_thread = threading.local()


def _ask(server: Server, path: str, body: object = None, token: str = "") -> int:
    """The status of one request, over a connection that this thread keeps."""
    if getattr(_of_this_thread, "port", None) != server.port:
        _of_this_thread.server, _of_this_thread.port = Server(server.pid, server.port), server.port
    method = "GET" if body is None else "POST"
    status, _ = _of_this_thread.server.ask(method, path, token=token, body=body)
    return int(status)


def _steadily(rate_a_second: int, work: Callable[[], int], seconds: float) -> list[tuple[int, float]]:
    """Begin *work* at a steady rate, however long each takes; answers each one's status and time since its turn."""
    start = time.perf_counter()

    def one(number: int) -> tuple[int, float]:
        turn = start + number / rate_a_second
        time.sleep(max(0.0, turn - time.perf_counter()))
        return work(), time.perf_counter() - turn

    with ThreadPoolExecutor(64) as threads:
        return list(threads.map(one, range(int(rate_a_second * seconds))))
