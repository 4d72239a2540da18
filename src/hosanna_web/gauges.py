"""The figures that somebody else keeps anyhow: they are looked at when they are asked for, and cost nothing before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prometheus_client.core import GaugeMetricFamily

from hosanna_core.model.condition import Mode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from prometheus_client.metrics_core import Metric

    from hosanna_web.executors import Pool
    from hosanna_web.realtime.hub import Hub
    from hosanna_web.watching import Watch

_MODES: Final = {Mode.OK: 0, Mode.DEGRADED: 1, Mode.AWAY: 2}


class Gauges:
    """Asks the pools, those who listen, and the watch; on whichever thread the figures are read."""

    def __init__(self, pools: Sequence[Pool], hub: Hub, watch: Watch) -> None:
        self._pools = pools
        self._hub = hub
        self._watch = watch

    def collect(self) -> Iterator[Metric]:
        """All of them, as the library wants them."""
        yield _gauge(
            "hosanna_pool_waiting",
            "What waits for a thread.",
            "pool",
            ((each.name, each.waiting) for each in self._pools),
        )
        yield _gauge(
            "hosanna_pool_busy", "Threads at work.", "pool", ((each.name, each.busy) for each in self._pools)
        )
        yield _gauge(
            "hosanna_pool_threads",
            "Threads at most.",
            "pool",
            ((each.name, each.most) for each in self._pools),
        )
        yield _gauge("hosanna_sockets_open", "Who listens.", "kind", self._hub.kinds.items())
        yield GaugeMetricFamily(
            "hosanna_feed_lag_seconds",
            "How long ago everything that had happened was told to those who listen; 0 where nobody does.",
            value=self._hub.lag,
        )
        told = self._watch.last_told
        yield _gauge(
            "hosanna_dependency_mode",
            "0: ok, 1: degraded, 2: away.",
            "dependency",
            ((each.name, _MODES[each.mode]) for each in told),
        )
        yield _gauge(
            "hosanna_dependency_seconds",
            "Of the last answer.",
            "dependency",
            ((each.name, each.latency_ms / 1000) for each in told if each.latency_ms is not None),
        )
        yield _gauge(
            "hosanna_dependency_waiting",
            "What waits in front of it.",
            "dependency",
            ((each.name, each.waiting) for each in told if each.waiting is not None),
        )


def _gauge(name: str, words: str, label: str, values: Iterable[tuple[str, float]]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=(label,))
    for value, figure in values:
        family.add_metric((value,), figure)
    return family
