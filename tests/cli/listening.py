"""A server in this process on real sockets, as impatient as a test wants it, and a client that knows no manners."""

import contextlib
import datetime as dt
import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hosanna_web.cli.connections import Patience
from hosanna_web.cli.server import AnnouncingServer, listening_socket
from hosanna_web.threshold import Threshold

LONG = 30.0
GET = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"


@contextlib.contextmanager
def listening(
    app: Any,
    *,
    tls: ssl.SSLContext | None = None,
    threshold: Threshold | None = None,
    farewell: Callable[[], Awaitable[None]] | None = None,
    refused: Callable[[str], None] = lambda _: None,
    goodbye: float = 2,
    **patience: float,
) -> Iterator[int]:
    """The port of a server that runs until the block ends; *goodbye*: how long it waits for those who leave."""
    ready = threading.Event()
    with listening_socket("127.0.0.1", 0) as listener:
        server = AnnouncingServer(
            app,
            ready.set,
            threshold=threshold or Threshold(),
            tls=tls,
            farewell=farewell,
            refused=refused,
            patience=Patience(farewell=goodbye, **patience),  # type: ignore[arg-type]  # two of them are whole numbers
        )
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            assert ready.wait(LONG)
            yield int(listener.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join(LONG)
            assert not thread.is_alive()


@dataclass(frozen=True)
class Heard:
    """What came over a connection until it ended."""

    raw: bytes

    @property
    def status(self) -> int:
        return int(self.raw.split(b" ", 2)[1])

    @property
    def headers(self) -> dict[str, str]:
        lines = self.raw.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
        return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}

    @property
    def json(self) -> Any:
        body = self.raw.partition(b"\r\n\r\n")[2]
        assert len(body) == int(self.headers["content-length"])
        return json.loads(body)


@contextlib.contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=LONG) as connection:
        yield connection


def heard(connection: socket.socket) -> Heard:
    """Everything until the server hangs up."""
    return Heard(b"".join(iter(lambda: connection.recv(65536), b"")))


def said(port: int, *words: bytes) -> Heard:
    """What is answered to *words*, until the server hangs up."""
    with connected(port) as connection:
        for word in words:
            connection.sendall(word)
        return heard(connection)


def answer(connection: socket.socket) -> Heard:
    """One answer with a Content-Length; the connection stays."""
    raw = b""
    while b"\r\n\r\n" not in raw:
        raw += _more(connection)
    head, _, body = raw.partition(b"\r\n\r\n")
    length = int(Heard(raw).headers["content-length"])
    while len(body) < length:
        body += _more(connection)
    return Heard(head + b"\r\n\r\n" + body)


def _more(connection: socket.socket) -> bytes:
    piece = connection.recv(65536)
    assert piece, "it hung up"
    return piece


def certificate(folder: Path, name: str = "server") -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .sign(key, hashes.SHA256())
    )
    files = folder / f"{name}-cert.pem", folder / f"{name}-key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return files


async def living(receive: Any, send: Any) -> None:
    """What a server wants to hear at the start and at the end."""
    for stage in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{stage}.complete"})
