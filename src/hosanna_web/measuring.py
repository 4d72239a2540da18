"""What is counted while the server works. Everything that tells a figure of its own calls this, and knows no library.

Labels are known beforehand: routes by their templates, codes and actions by their tables. Nothing that a caller can
choose becomes a label, so that no caller can fill the memory.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Final, Protocol

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from hosanna_core.rules.lifecycle import STANDARD

if TYPE_CHECKING:
    from prometheus_client.registry import Collector

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
NOWHERE: Final = "none"
"""The route of a request that found none."""
OTHER: Final = "other"
DONE: Final = "done"
"""The outcome of a transition that was made."""
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_ACTIONS: Final = frozenset(STANDARD.actions)
_LATENCIES: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_LOGIN: Final = {200: "ok", 401: "refused", 429: "throttled"}


class _Routed(Protocol):
    """What is told of an operation."""

    @property
    def name(self) -> str: ...

    @property
    def path(self) -> str: ...


def method_told(method: str) -> str:
    """A method by its name, where it is one: else it is whatever somebody liked to send.

    >>> method_told("GET"), method_told("ann@example.com")
    ('GET', 'other')
    """
    return method if method in _METHODS else OTHER


class Measures:
    """The figures of one application. Any thread may tell one.

    >>> measures = Measures()
    >>> measures.refused("not_found")
    >>> b'hosanna_errors_total{code="not_found"} 1.0' in measures.text()
    True
    """

    def __init__(self) -> None:
        # When a series began nobody asks here, and it would be every third line.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library types everything but this
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._requests = Counter(
            "hosanna_requests", "Requests answered.", ("method", "route", "status"), registry=registry
        )
        self._seconds = Histogram(
            "hosanna_request_seconds",
            "From the last byte of a request until its answer is ready.",
            ("method", "route"),
            buckets=_LATENCIES,
            registry=registry,
        )
        self._errors = Counter(
            "hosanna_errors", "Refusals and faults, by code.", ("code",), registry=registry
        )
        self.in_progress = 0
        """Requests that are being worked on. For the event loop alone."""
        progress = Gauge(
            "hosanna_requests_in_progress", "Requests that are being worked on.", registry=registry
        )
        progress.set_function(lambda: self.in_progress)
        self._logins = Counter("hosanna_logins", "Tries to log in.", ("outcome",), registry=registry)
        self._transitions = Counter(
            "hosanna_transitions", "Tries to move a job.", ("action", "outcome"), registry=registry
        )
        self._cut_off = Counter(
            "hosanna_clients_cut_off", "Open connections ended from our side.", ("code",), registry=registry
        )
        self._handshakes = Counter(
            "hosanna_handshakes", "WebSockets that were opened, or refused.", ("outcome",), registry=registry
        )
        self._outright = Counter(
            "hosanna_connections_refused",
            "What never became a request: no HTTP, too large, too slow, one connection too many.",
            ("code",),
            registry=registry,
        )
        self._turned_away = Counter(
            "hosanna_overload_refusals", "Told to come back, by what was full.", ("where",), registry=registry
        )
        self._lines = Counter(
            "hosanna_log_lines_lost", "Lines of the log that could not be written.", registry=registry
        )
        self._rounds(registry)
        Gauge("hosanna_build_info", "What runs here.", ("version",), registry=registry).labels(
            version("hosanna")
        ).set(1)
        self._answers: dict[tuple[str | None, str, int], tuple[Counter, Histogram]] = {}

    def _rounds(self, registry: CollectorRegistry) -> None:
        """What is done again and again beside the requests."""
        self._due = Gauge(
            "hosanna_deliveries_due",
            "What the last look found due; as many as one look takes mean that there are more.",
            ("kind",),
            registry=registry,
        )
        self._backups = Counter("hosanna_backups", "Backups tried.", ("outcome",), registry=registry)
        self._last_backup = Gauge(
            "hosanna_backup_last_success_timestamp_seconds",
            "When the last good backup was made, whoever made it; 0 where there is none.",
            registry=registry,
        )
        self._backup_due = Gauge(
            "hosanna_backup_due",
            "1 while the newest backup, whoever made it, is older than BACKUP_EVERY.",
            registry=registry,
        )

    def answered(self, operation: _Routed | None, method: str, status: int, seconds: float) -> None:
        """A request has its answer; *operation* is None where its path leads nowhere."""
        name = None if operation is None else operation.name
        found = self._answers.get((name, method, status))
        if found is None:
            told = method_told(method)
            route = NOWHERE if operation is None else operation.path
            found = self._requests.labels(told, route, status), self._seconds.labels(told, route)
            if told is not OTHER:
                self._answers[name, method, status] = found
        found[0].inc()
        found[1].observe(seconds)
        if name == "log_in":
            self._logins.labels(_LOGIN.get(status, "failed")).inc()

    def refused(self, code: str) -> None:
        """A request was refused, or failed, with this code."""
        self._errors.labels(code).inc()

    def moved(self, action: str, outcome: str = DONE) -> None:
        """Somebody tried to move a job: it was done, or refused with a code."""
        self._transitions.labels(action if action in _ACTIONS else OTHER, outcome).inc()

    def shaken(self, outcome: str) -> None:
        """Somebody wanted a WebSocket: it was opened, or refused with a code."""
        self._handshakes.labels(outcome).inc()

    def refused_outright(self, code: str) -> None:
        """What a connection brought became no request, for this reason."""
        self._outright.labels(code).inc()

    def cut_off(self, code: int) -> None:
        """An open connection was ended with this close code."""
        self._cut_off.labels(code).inc()

    def turned_away(self, where: str) -> None:
        """Somebody was told to come back, because this was full."""
        self._turned_away.labels(where).inc()

    def lost_lines(self, count: int) -> None:
        """So many lines of the log came to nothing."""
        self._lines.inc(count)

    def found_due(self, kind: str, count: int) -> None:
        """A look at what is to be told found so much."""
        self._due.labels(kind).set(count)

    def backed_up(self) -> None:
        """A backup that is good was made."""
        self._backups.labels("ok").inc()

    def last_backup(self, at: float) -> None:
        """When the last good backup was made, in seconds since 1970; whoever made it."""
        self._last_backup.set(at)

    def backup_due(self, *, due: bool) -> None:
        """A look at the newest backup found that another one is due, or not."""
        self._backup_due.set(due)

    def backup_failed(self) -> None:
        """A backup came to nothing."""
        self._backups.labels("failed").inc()

    def also(self, collector: Collector) -> None:
        """Ask *collector*, too, whenever the figures are read."""
        self._registry.register(collector)

    def text(self) -> bytes:
        """All figures, as Prometheus reads them. Takes milliseconds: not on the event loop."""
        return generate_latest(self._registry)
