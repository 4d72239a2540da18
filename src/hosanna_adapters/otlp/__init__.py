"""Spans to a collector of OpenTelemetry, by its own SDK: needs the extra `tracing`."""

from hosanna_adapters.otlp.tracing import OtlpTracing, exporter_to

__all__ = ["OtlpTracing", "exporter_to"]
