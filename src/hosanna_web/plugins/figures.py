"""How often plugins have failed, for `/metrics`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from prometheus_client.metrics_core import Metric

    from hosanna_web.plugins.plugin import Plugin


class PluginFigures:
    """Asks the plugins when the figures are read. Their names are known beforehand: no caller can choose a label."""

    def __init__(self, plugins: Sequence[Plugin]) -> None:
        self._plugins = plugins

    def collect(self) -> Iterator[Metric]:
        """All of them, as the library wants them."""
        loaded = GaugeMetricFamily(
            "hosanna_plugin_loaded", "1: it is, 0: it could not be.", labels=("plugin",)
        )
        failures = CounterMetricFamily(
            "hosanna_plugin_failures", "Calls of a plugin that failed.", labels=("plugin", "hook")
        )
        for plugin in self._plugins:
            loaded.add_metric((plugin.name,), float(plugin.loaded))
            for hook, count in tuple(plugin.failures.items()):
                failures.add_metric((plugin.name, hook), count)
        yield loaded
        yield failures
