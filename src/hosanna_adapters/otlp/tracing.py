"""Spans of requests, of the use cases in them, and of what is asked outside."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import context as contexts
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import SpanKind, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span

LAST_WORDS: Final = 2.0
"""Seconds that a collector is given at the end."""
_PATIENCE: Final = 5.0
_CARRIED: Final = ("traceparent", "tracestate")
_FAULT: Final = 500
_PROPAGATOR: Final = TraceContextTextMapPropagator()


def exporter_to(endpoint: str, headers: Mapping[str, str]) -> SpanExporter:
    """What sends spans to the collector at *endpoint*, by OTLP over HTTP."""
    return OTLPSpanExporter(
        endpoint=f"{endpoint.rstrip('/')}/v1/traces", headers=dict(headers), timeout=_PATIENCE
    )


class OtlpTracing:
    """Makes spans, and hands them to *exporter* on a thread of its own; those that it does not take are dropped.

    A *share* of the requests is traced where nobody before us has decided. Of an error only its class is told: its
    words may quote somebody.
    """

    def __init__(self, exporter: SpanExporter, *, service: str, version: str, share: float = 1.0) -> None:
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(share)),
            resource=Resource.create({"service.name": service, "service.version": version}),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("hosanna", version)

    def begin(self, method: str, headers: Mapping[bytes, bytes]) -> RequestSpan:
        """The span of a request, which is the current one from now on; below the caller's, where *headers* name it."""
        carrier = {
            name: value.decode("latin-1")
            for name in _CARRIED
            if (value := headers.get(name.encode())) is not None
        }
        before = _PROPAGATOR.extract(carrier) if carrier else contexts.Context()
        return RequestSpan(self._tracer.start_span(method, context=before, kind=SpanKind.SERVER))

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """A span of what is done meanwhile."""
        with self._within(name, SpanKind.INTERNAL):
            yield

    @contextmanager
    def call(self, name: str) -> Iterator[None]:
        """A span of somebody else being asked meanwhile."""
        with self._within(name, SpanKind.CLIENT):
            yield

    @contextmanager
    def _within(self, name: str, kind: SpanKind) -> Iterator[None]:
        with self._tracer.start_as_current_span(
            name, kind=kind, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except BaseException as error:
                span.set_attribute("error.type", type(error).__name__)
                raise

    def close(self) -> None:
        """Send what waits, if the collector takes it within a moment."""
        # Its own patience is half a minute.
        closing = threading.Thread(target=self._provider.shutdown, name="hosanna-traces", daemon=True)
        closing.start()
        closing.join(LAST_WORDS)


class RequestSpan:
    """One request's."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self._token = contexts.attach(set_span_in_context(span))
        known = span.get_span_context()
        self.trace_id = format(known.trace_id, "032x")
        self.span_id = format(known.span_id, "016x")

    def done(
        self,
        method: str,
        *,
        request_id: str,
        route: str | None = None,
        status: int | None = None,
        actor_id: str | None = None,
        code: str | None = None,
    ) -> None:
        """It is answered, or with no *status* whoever asked has gone. In the task that began it."""
        contexts.detach(self._token)
        span = self._span
        if span.is_recording():
            told: dict[str, Any] = {
                "http.request.method": method,
                "http.route": route,
                "http.response.status_code": status,
                "hosanna.request_id": request_id,
                "enduser.id": actor_id,
                "error.type": code,
            }
            span.set_attributes({name: value for name, value in told.items() if value is not None})
            span.update_name(method if route is None else f"{method} {route}")
            if status is not None and status >= _FAULT:
                span.set_status(StatusCode.ERROR)
        span.end()
