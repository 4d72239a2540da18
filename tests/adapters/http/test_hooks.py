"""Telling webhooks over HTTP: to public hosts by TLS alone, unless somebody allows more for tests."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.webpush.services import HERE, certificate_in, push_service

from hosanna_adapters.http import HttpSender

BODY = b'{"type":"webhook.test"}'


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate_in(tmp_path_factory.mktemp("hooks"))


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificate)


def test_a_receiver_gets_body_and_headers(certificate: Path, tls: ssl.SSLContext) -> None:
    with push_service(certificate) as service:
        assert HttpSender(private=True, tls=tls).send(service.url, BODY, {"webhook-id": "m"}) == 201
    ((path, headers, body),) = service.posts
    assert (path, body) == ("/s/1?of=them", BODY)
    assert headers["webhook-id"] == "m"
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"] == "Hosanna"


def test_a_private_network_is_not_asked(certificate: Path, tls: ssl.SSLContext) -> None:
    with push_service(certificate) as service:
        assert HttpSender(tls=tls).send(service.url, BODY, {}) is None
        assert HttpSender(tls=tls).send(service.url.replace(HERE, "localhost"), BODY, {}) is None
    assert service.posts == []


def test_nobody_is_followed_elsewhere(certificate: Path, tls: ssl.SSLContext) -> None:
    with push_service(certificate) as service, push_service(certificate) as other:
        service.answer, service.location = 307, other.url
        assert HttpSender(private=True, tls=tls).send(service.url, BODY, {}) == 307
    assert (len(service.posts), other.posts) == (1, [])


def test_a_certificate_that_nobody_signed_is_not_believed(certificate: Path) -> None:
    with push_service(certificate) as service:
        assert HttpSender(private=True).send(service.url, BODY, {}) is None
    assert service.posts == []


@contextmanager
def in_the_clear(answer: threading.Event | None = None) -> Iterator[tuple[str, list[bytes]]]:
    """A receiver without TLS, which answers at once, or when it is told to."""
    got: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(self.rfile.read(int(self.headers["content-length"])))
            if answer is not None:
                answer.wait(10)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer((HERE, 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://{HERE}:{server.server_address[1]}/", got
        if answer is not None:
            answer.set()
        server.shutdown()
        thread.join()


def test_without_tls_only_where_it_is_allowed() -> None:
    with in_the_clear() as (url, got):
        assert HttpSender(private=True).send(url, BODY, {}) == 200
        assert HttpSender().send(url, BODY, {}) is None
    assert got == [BODY]
    assert HttpSender(private=True).plain
    assert not HttpSender().plain


def test_a_receiver_that_does_not_answer_is_left_alone_in_time() -> None:
    with in_the_clear(threading.Event()) as (url, got):
        assert HttpSender(private=True, limit=0.3).send(url, BODY, {}) is None
    assert got == [BODY]
