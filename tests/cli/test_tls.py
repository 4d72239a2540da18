"""HTTPS of the server's own."""

import contextlib
import os
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from tests.cli.listening import GET, answer, certificate, connected, heard, listening
from tests.cli.running import hosanna, serving
from tests.web.firm import Firm

from hosanna_web.app import WebSettings, create_app
from hosanna_web.cli.tls import tls_context
from hosanna_web.data_folder import CannotStart

SECRET = "0f2b8Kq-7dLxVw3ZsTt9mNc4RyHgJe6P"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def port(files: tuple[Path, Path]) -> Iterator[int]:
    app = create_app(Firm().ports, web=WebSettings(https_required=True))
    with listening(app, tls=tls_context(*files), head=0.4) as found:
        yield found


def trusting(files: tuple[Path, Path]) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=files[0])


@contextlib.contextmanager
def secured(port: int, context: ssl.SSLContext) -> Iterator[ssl.SSLSocket]:
    with (
        connected(port) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1", suppress_ragged_eofs=False) as connection,
    ):
        yield connection


def test_it_speaks_https_with_the_certificate_of_the_files(port: int, files: tuple[Path, Path]) -> None:
    with secured(port, trusting(files)) as connection:
        assert connection.version() == "TLSv1.3"
        connection.sendall(GET)
        given = answer(connection)
    assert given.status == 200
    assert given.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


def test_tls_1_2_is_the_oldest_that_is_spoken(port: int, files: tuple[Path, Path]) -> None:
    context = trusting(files)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with secured(port, context) as connection:
        cipher = connection.cipher()
        assert cipher is not None
        assert cipher[0].startswith("ECDHE")
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="deprecated"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(OSError), secured(port, context):  # noqa: PT011  # an ssl.SSLError or a reset, as it happens
        pass


def test_plain_http_is_hung_up_on(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(GET)
        with contextlib.suppress(ConnectionError):
            assert b"HTTP" not in heard(connection).raw


def test_who_never_shakes_hands_is_cut_off(port: int) -> None:
    with connected(port) as connection, contextlib.suppress(ConnectionError):
        assert heard(connection).raw == b""


def test_who_is_too_slow_is_told_so_under_tls_too(port: int, files: tuple[Path, Path]) -> None:
    with secured(port, trusting(files)) as connection:
        connection.sendall(b"GET")
        assert answer(connection).json["code"] == "too_slow"


def test_who_does_not_say_goodbye_is_not_waited_for(files: tuple[Path, Path]) -> None:
    """A server that is told to stop would stop only when its patience is over."""
    app = create_app(Firm().ports, web=WebSettings(https_required=True))
    with (
        listening(app, tls=tls_context(*files), idle=0.2, goodbye=0.2) as port,
        secured(port, trusting(files)) as connection,
    ):
        connection.sendall(GET)
        assert answer(connection).status == 200
        with socket.socket(fileno=os.dup(connection.fileno())) as beneath:
            beneath.settimeout(15)
            heard(beneath)


def test_files_that_do_not_fit_are_told_apart(files: tuple[Path, Path], tmp_path: Path) -> None:
    other = certificate(tmp_path, "other")
    with pytest.raises(CannotStart, match="not the one of the certificate"):
        tls_context(files[0], other[1])
    with pytest.raises(CannotStart, match=r"TLS_CERT_FILE: .*missing.* cannot be read"):
        tls_context(tmp_path / "missing", files[1])
    with pytest.raises(CannotStart, match=r"TLS_KEY_FILE: .* cannot be read"):
        tls_context(files[0], tmp_path)
    for wrong in (files[1], Path(__file__)):
        with pytest.raises(CannotStart, match="do not hold a certificate"):
            tls_context(wrong, files[1])


def test_a_key_that_needs_a_password_is_refused_and_not_asked_for(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    key = serialization.load_pem_private_key(files[1].read_bytes(), None)
    locked = tmp_path / "locked.pem"
    locked.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"hush"),
        )
    )
    with pytest.raises(CannotStart, match="not encrypted"):
        tls_context(files[0], locked)


def test_hosanna_serves_https_in_production(files: tuple[Path, Path], tmp_path: Path) -> None:
    production = {
        "HOSANNA_ENV": "production",
        "JWT_SECRET": SECRET,
        "PUBLIC_URL": "https://127.0.0.1",
        "TLS_CERT_FILE": str(files[0]),
        "TLS_KEY_FILE": str(files[1]),
    }
    with serving(tmp_path, **production) as server:
        assert server.url.startswith("https://127.0.0.1:")
        found = int(server.url.rpartition(":")[2])
        with secured(found, trusting(files)) as connection:
            connection.sendall(GET)
            assert answer(connection).status == 200
        with connected(found) as plain:
            plain.sendall(GET)
            with contextlib.suppress(ConnectionError):
                assert b"HTTP" not in heard(plain).raw
        assert server.stop() == 0
        assert "Traceback" not in server.complained


def test_a_key_of_another_certificate_keeps_it_from_starting(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    other = certificate(tmp_path, "other")
    refused = hosanna(tmp_path, "serve", TLS_CERT_FILE=str(files[0]), TLS_KEY_FILE=str(other[1]))
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: TLS_KEY_FILE")
    assert not (tmp_path / "data").exists()
