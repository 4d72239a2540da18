"""Which addresses are somebody's on the internet, and for how long anything may take."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.webpush.services import HERE, certificate_in, push_service

from hosanna_adapters.http import exchange
from hosanna_adapters.http.exchange import is_public, posted


@pytest.mark.parametrize(
    "address", ["9.9.9.9", "203.0.114.1", "2620:fe::fe", "64:ff9b::909:909", "2002:909:909::1"]
)
def test_addresses_on_the_internet_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
        "::", "::1", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1",
        "::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:a00:1::1", "2002:7f00:1::",
        "::127.0.0.1", "::10.0.0.1", "::ffff:0:10.0.0.1", "64:ff9b:1::a00:1", "fec0::1", "3fff::1", "5f00::1",
    ],
)  # fmt: skip
def test_addresses_around_us_are_not_however_they_are_written(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate_in(tmp_path_factory.mktemp("exchange"))


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificate)


def test_the_address_that_was_looked_at_is_the_one_that_is_asked(
    certificate: Path, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name may say one address when it is looked at, and another one when it is asked again."""
    asked: list[str] = []
    found = socket.getaddrinfo

    def changing(host: str, *given: Any, **more: Any) -> Any:
        asked.append(host)
        return found(HERE if host == "localhost" else host, *given, **more)

    monkeypatch.setattr(exchange.socket, "getaddrinfo", changing)
    with push_service(certificate) as service:
        url = service.url.replace(HERE, "localhost")
        assert posted(url, b"", {}, tls=tls, allowed=lambda address: str(address) == HERE, limit=5) == 201
        ((_, headers, _),) = service.posts
    assert asked.count("localhost") == 1
    assert headers["host"].startswith("localhost:")


def test_a_name_with_one_address_around_us_is_not_asked_at_any(
    tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    def two(*_: Any, **__: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 443)) for each in ("9.9.9.9", "10.0.0.1")]

    def never(*_: Any, **__: Any) -> Any:
        raise AssertionError("it was asked")

    monkeypatch.setattr(exchange.socket, "getaddrinfo", two)
    monkeypatch.setattr(exchange.socket, "create_connection", never)
    assert posted("https://two.example.com/", b"", {}, tls=tls, limit=5) is None


def test_a_look_up_that_hangs_is_waited_for_no_longer_than_the_limit(
    tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()

    def hanging(*_: Any, **__: Any) -> Any:
        released.wait(60)
        raise OSError

    monkeypatch.setattr(exchange.socket, "getaddrinfo", hanging)
    began = time.monotonic()
    assert posted("https://slow.example.com/", b"", {}, tls=tls, limit=0.2) is None
    assert time.monotonic() - began < 10
    released.set()


def test_who_is_found_when_nobody_waits_any_more_is_not_asked(
    certificate: Path, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told that nothing came through, somebody has put the next try down already."""
    released = threading.Event()
    found = socket.getaddrinfo

    def late(host: str, *given: Any, **more: Any) -> Any:
        released.wait(60)
        return found(host, *given, **more)

    with push_service(certificate) as service:
        monkeypatch.setattr(exchange.socket, "getaddrinfo", late)
        assert posted(service.url, b"", {}, tls=tls, allowed=lambda _: True, limit=0.2) is None
        released.set()
        nobody_is_left()
        assert service.posts == []


@pytest.fixture
def trickling(certificate: Path) -> Iterator[tuple[str, threading.Event]]:
    """One who answers a letter at a time and never ends, and whether the client is gone."""
    gone = threading.Event()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server((HERE, 0)) as server:

        def trickle() -> None:
            plain, _ = server.accept()
            with context.wrap_socket(plain, server_side=True) as connection:
                connection.recv(4096)
                try:
                    while not gone.wait(0.02):
                        connection.sendall(b"x")
                except OSError:
                    gone.set()

        thread = threading.Thread(target=trickle, daemon=True)
        thread.start()
        yield f"https://{HERE}:{server.getsockname()[1]}/", gone
        gone.set()
        thread.join()


def test_an_answer_that_trickles_in_ends_with_the_limit_and_so_does_the_connection(
    trickling: tuple[str, threading.Event], tls: ssl.SSLContext
) -> None:
    url, gone = trickling
    began = time.monotonic()
    assert posted(url, b"", {}, tls=tls, allowed=lambda _: True, limit=0.5) is None
    assert time.monotonic() - began < 20, "it would have trickled for ever"
    assert gone.wait(60)
    nobody_is_left()


def nobody_is_left() -> None:
    deadline = time.monotonic() + 5
    while any(thread.name == exchange.THREAD for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_hands_that_are_shaken_for_ever_are_let_go_with_the_limit(tls: ssl.SSLContext) -> None:
    gone = threading.Event()
    with socket.create_server((HERE, 0)) as server:

        def trickle() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"\x16\x03\x03\x3f\xff\x02")
                try:
                    while not gone.wait(0.02):
                        connection.sendall(b"\x00")
                except OSError:
                    gone.set()

        thread = threading.Thread(target=trickle, daemon=True)
        thread.start()
        url = f"https://{HERE}:{server.getsockname()[1]}/"
        assert posted(url, b"", {}, tls=tls, allowed=lambda _: True, limit=0.3) is None
        assert gone.wait(5)
        thread.join()
    nobody_is_left()
