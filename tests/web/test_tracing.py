"""Spans: one a request with its use case below it, under the caller's, and nothing in them that anybody said."""

import sys
import threading
from collections.abc import Iterator, Sequence
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tests.cli.running import serving
from tests.web.firm import API, JOB, Firm

from hosanna_adapters.http import HttpSender
from hosanna_adapters.otlp import OtlpTracing, tracing
from hosanna_adapters.smtp import SmtpMailer
from hosanna_adapters.smtp.delivery import Server
from hosanna_core.model.mail import Mail
from hosanna_web.app import WebSettings, create_app
from hosanna_web.composition import open_system
from hosanna_web.data_folder import CannotStart
from hosanna_web.logs import LogSettings, keeping_log
from hosanna_web.settings import load_settings

CANARY = "canary7Qx"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = "00f067aa0ba902b7"


class Traced:
    """A firm whose spans are kept."""

    def __init__(self, share: float = 1.0) -> None:
        self.firm = Firm()
        self.kept = InMemorySpanExporter()
        self.tracing = OtlpTracing(self.kept, service="hosanna", version="1", share=share)
        self.firm.app = create_app(self.firm.ports, web=WebSettings(tracing=self.tracing))

    @property
    def spans(self) -> list[ReadableSpan]:
        self.tracing._provider.force_flush()
        found = sorted(self.kept.get_finished_spans(), key=lambda span: span.start_time or 0)
        self.kept.clear()
        return found


@pytest.fixture
def traced() -> Iterator[Traced]:
    found = Traced()
    yield found
    found.tracing.close()


def ids(span: ReadableSpan) -> tuple[str, str]:
    context = span.get_span_context()
    assert context is not None
    return format(context.trace_id, "032x"), format(context.span_id, "016x")


def test_a_request_is_a_span_with_its_use_case_below_it(traced: Traced) -> None:
    job_id = traced.firm.job("CONFIRMED")
    assert len(traced.spans) >= 4
    traced.firm.ask("GET", f"/jobs/{job_id}", "admin", x_request_id="9c1f")
    request, step = traced.spans
    assert (request.name, step.name) == (f"GET {API}/jobs/{{id}}", "get_job")
    assert request.attributes == {
        "http.request.method": "GET",
        "http.route": f"{API}/jobs/{{id}}",
        "http.response.status_code": 200,
        "hosanna.request_id": "9c1f",
        "enduser.id": traced.firm.ids["admin"],
    }
    assert request.parent is None
    assert step.parent is not None
    assert (step.parent.trace_id, step.parent.span_id) == (
        request.context.trace_id,
        request.context.span_id,
    )
    assert request.resource.attributes["service.name"] == "hosanna"


def test_requests_at_once_do_not_get_into_each_others_traces(traced: Traced) -> None:
    asking = traced.firm.asking
    traced.firm.at_once(*[asking("GET", "/jobs", "admin"), asking("POST", "/jobs", "admin", JOB)] * 10)
    spans = traced.spans
    requests = {ids(span): span for span in spans if span.parent is None}
    assert len(requests) == 20
    assert len({trace for trace, _ in requests}) == 20
    for step in (span for span in spans if span.parent is not None):
        above = requests[ids(step)[0], format(step.parent.span_id, "016x")]
        assert (above.name, step.name) in {
            (f"GET {API}/jobs", "list_jobs"),
            (f"POST {API}/jobs", "create_job"),
        }


@pytest.mark.parametrize(("flags", "kept"), [("01", True), ("00", False)], ids=["wanted", "not wanted"])
def test_whoever_asks_says_which_trace_it_belongs_to_and_whether_it_is_kept(flags: str, kept: bool) -> None:
    traced = Traced(share=0.0 if kept else 1.0)
    traced.firm.ask("GET", "/jobs", "admin", traceparent=f"00-{TRACE}-{CALLER}-{flags}")
    found = traced.spans
    assert bool(found) is kept
    if kept:
        assert ids(found[0])[0] == TRACE
        assert found[0].parent is not None
        assert format(found[0].parent.span_id, "016x") == CALLER
    traced.tracing.close()


@pytest.mark.parametrize("given", ["", "00-nothing", f"00-{TRACE}-{CALLER}-01, 00-{TRACE}-{CALLER}-01"])
def test_what_is_no_traceparent_begins_a_trace_of_its_own(traced: Traced, given: str) -> None:
    traced.firm.ask("GET", "/jobs", "admin", traceparent=given)
    assert traced.spans[0].parent is None


def test_a_fault_is_an_error_and_nothing_that_anybody_said_is_in_a_span(
    traced: Traced, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> Any:
        raise ValueError(CANARY)

    monkeypatch.setattr(type(traced.firm.ports.store.jobs), "page", fails)
    assert traced.firm.ask("GET", f"/jobs?q={CANARY}", "admin").status == 500
    assert traced.firm.ask(CANARY, f"/{CANARY}", None, {CANARY: 1}, base="").status == 404
    fault, step, lost = traced.spans
    assert fault.status.status_code.name == "ERROR"
    assert fault.attributes["error.type"] == "internal_error"
    assert step.attributes["error.type"] == "ValueError"
    assert (lost.name, lost.status.status_code.name) == ("other", "UNSET")
    assert CANARY not in "".join(span.to_json() for span in (fault, step, lost))


def test_who_asks_how_we_are_is_not_traced(traced: Traced) -> None:
    for path in ("/health/live", "/health/ready", "/metrics"):
        traced.firm.ask("GET", path, None, base="")
    assert traced.spans == []


def test_lines_of_the_log_say_which_span_they_belong_to(traced: Traced, tmp_path: Path) -> None:
    file = tmp_path / "hosanna.log"
    with keeping_log(LogSettings(file=file)):
        traced.firm.ask("GET", "/jobs", "admin")
    trace_id, span_id = ids(traced.spans[0])
    assert f'"trace_id":"{trace_id}","span_id":"{span_id}"' in file.read_text()


def test_a_letter_and_a_webhook_are_spans_below_the_request_they_come_from(
    traced: Traced, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivered: list[EmailMessage] = []
    monkeypatch.setattr(Server, "deliver", lambda _, letter: delivered.append(letter))
    mailer = SmtpMailer("mail.example.com", sender="hosanna@example.com")
    mailer.traced = traced.tracing.call
    sender = HttpSender(private=True, limit=0.5, traced=traced.tracing.call)
    with traced.tracing.step("above"):
        mailer.send(Mail(to="ann@example.com", subject="Subject", text="Text"))
        assert sender.send("http://127.0.0.1:1/", b"{}", {}) is None
    mailer.close()
    assert len(delivered) == 1
    spans = {span.name: span for span in traced.spans}
    assert spans.keys() == {"above", "deliver_letter", "tell_webhook"}
    for name in ("deliver_letter", "tell_webhook"):
        assert ids(spans[name])[0] == ids(spans["above"])[0]
        assert spans[name].kind.name == "CLIENT"
        assert not spans[name].attributes


class Silent(SpanExporter):
    """A collector that takes a span and does not say so."""

    def __init__(self) -> None:
        self.over = threading.Event()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.over.wait(60)
        return SpanExportResult.FAILURE


def test_a_collector_that_is_silent_holds_up_neither_requests_nor_the_end(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing, "LAST_WORDS", 0.05)
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "20")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "10")
    silent = Silent()
    told = OtlpTracing(silent, service="hosanna", version="1")
    firm.app = create_app(firm.ports, web=WebSettings(tracing=told))
    answers = firm.at_once(*[firm.asking("GET", "/jobs", "admin")] * 200)
    assert {each.status for each in answers} == {200}
    told.close()
    silent.over.set()


def test_an_endpoint_without_the_extra_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in [each for each in sys.modules if each.startswith("hosanna_adapters.otlp")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    monkeypatch.setenv("HOSANNA_DATA", str(tmp_path))
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    with pytest.raises(CannotStart, match=r"hosanna\[tracing\]"):
        open_system(load_settings(), memory=True)


class Collector(ThreadingHTTPServer):
    """Takes spans over HTTP."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.taken: list[tuple[str, str | None, ExportTraceServiceRequest]] = []
        self.came = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Taking(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Collector)
        body = self.rfile.read(int(self.headers["content-length"]))
        told = ExportTraceServiceRequest.FromString(body)
        self.server.taken.append((self.path, self.headers["api-key"], told))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()
        self.server.came.set()

    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""


@pytest.mark.deep
def test_a_server_sends_its_spans_to_a_collector(tmp_path: Path) -> None:
    with Collector() as collector:
        thread = threading.Thread(target=collector.serve_forever, args=(0.05,))
        thread.start()
        given = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_EXPORTER_OTLP_HEADERS": "api-key=a%20b",
            "OTEL_SERVICE_NAME": "branch office",
            "OTEL_BSP_SCHEDULE_DELAY": "50",
        }
        with serving(tmp_path, "--memory", **given) as server, server.client() as client:
            wrong = {"email": "ann@example.com", "password": "nobody's password"}
            assert client.post("/api/v1/auth/login", json=wrong).status_code == 401
            assert collector.came.wait(30)
            assert server.stop() == 0
        collector.shutdown()
        thread.join()
    path, key, told = collector.taken[0]
    assert (path, key) == ("/v1/traces", "a b")
    (resource,) = told.resource_spans
    named = {each.key: each.value.string_value for each in resource.resource.attributes}
    assert named["service.name"] == "branch office"
    names = {
        span.name for _, _, each in collector.taken for span in each.resource_spans[0].scope_spans[0].spans
    }
    assert names == {"POST /api/v1/auth/login", "log_in"}


@pytest.mark.deep
def test_a_server_whose_collector_is_away_serves_and_ends_all_the_same(tmp_path: Path) -> None:
    given = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "LOG_FORMAT": "json"}
    with serving(tmp_path, "--memory", **given) as server, server.client() as client:
        for _ in range(20):
            assert client.get("/api/v1/jobs").status_code == 401
        assert server.stop() == 0
