"""WebSockets as nobody decent opens them: frames that are none, floods, and clients that never read."""

import contextlib
import json
import logging
import os
import socket
import struct
import time
from collections.abc import Iterator

import pytest
from tests.cli.listening import listening
from tests.web.firm import API, Firm
from tests.web.listeners import listens

from hosanna_web.cli import sockets
from hosanna_web.realtime import clients, outlets

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
KEY = "dGhlIHNhbXBsZSBub25jZQ=="


@pytest.fixture
def port(firm: Firm) -> Iterator[int]:
    with listening(firm.app, farewell=firm.app.end_streams) as found:
        yield found


class Raw:
    """A client that writes frames by hand."""

    def __init__(self, firm: Firm, port: int, who: str, *, receive_buffer: int | None = None) -> None:
        self.socket = socket.socket()
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(30)
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall(
            f"GET {API}/stream HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n"
            f"Authorization: Bearer {firm.tokens[who]}\r\n\r\n".encode()
        )
        self.received = b""
        while b"\r\n\r\n" not in self.received:
            self.received += self.socket.recv(65536)
        head, _, self.received = self.received.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101"), head

    def send(
        self, opcode: int, payload: bytes = b"", *, final: bool = True, first: int | None = None
    ) -> None:
        mask = os.urandom(4)
        length = len(payload)
        size = (
            bytes([0x80 | length])
            if length < 126
            else (
                bytes([0x80 | 126]) + struct.pack("!H", length)
                if length < 65536
                else bytes([0x80 | 127]) + struct.pack("!Q", length)
            )
        )
        masked = bytes(byte ^ mask[n % 4] for n, byte in enumerate(payload))
        head = (0x80 if final else 0) | opcode if first is None else first
        self.socket.sendall(bytes([head]) + size + mask + masked)

    def frames(self) -> Iterator[tuple[int, bytes]]:
        """Every frame until the connection ends."""
        while True:
            while len(self.received) < 2 or len(self.received) < self._length():
                more = self.socket.recv(65536)
                if not more:
                    return
                self.received += more
            length, start = self._length(), self._start()
            yield self.received[0] & 0x0F, self.received[start:length]
            self.received = self.received[length:]

    def _start(self) -> int:
        return {126: 4, 127: 10}.get(self.received[1], 2)

    def _length(self) -> int:
        size = self.received[1]
        if size < 126:
            return 2 + size
        if len(self.received) < self._start():
            return self._start()
        return self._start() + int.from_bytes(self.received[2 : self._start()], "big")

    def close_code(self) -> int | None:
        """What the server said as it ended the connection; None if nothing."""
        with contextlib.suppress(ConnectionError):
            for opcode, payload in self.frames():
                if opcode == CLOSE:
                    return int.from_bytes(payload[:2], "big")
        return None


@pytest.fixture
def raw(firm: Firm, port: int) -> Iterator[Raw]:
    found = Raw(firm, port, "tess")
    yield found
    found.socket.close()


@pytest.mark.parametrize(
    "said",
    ["", "nonsense", "[1, 2]", "{}", '{"type": "fly"}', '{"type": 1}', '{"type": "ping", "more": 1}',
     '{"type": "authenticate"}', '{"type": "authenticate", "token": 7}', "[" * 10_000, '{"a":' * 3_000, "null"],
)  # fmt: skip
def test_a_message_that_is_none_is_answered_by_an_error_and_the_connection_goes_on(
    firm: Firm, port: int, said: str
) -> None:
    with listens(firm, port, "tess") as tess:
        tess.next()
        tess.say(said)
        error = tess.next()
        assert (error["type"], error["code"]) == ("error", "invalid_message")
        assert error["detail"]
        tess.say({"type": "ping"})
        assert tess.next()["type"] == "pong"


def test_who_sends_nothing_but_such_messages_is_sent_away(firm: Firm, port: int) -> None:
    with listens(firm, port, "tess") as tess:
        tess.next()
        for _ in range(21):
            tess.say("nonsense")
        assert tess.close_code() == 1008
        assert [each["type"] for each in tess.heard].count("error") == 20


def test_a_binary_message_is_refused(firm: Firm, port: int) -> None:
    with listens(firm, port, "tess") as tess:
        tess.next()
        tess.say(b'{"type": "ping"}')
        assert tess.close_code() == 1003


def test_a_message_that_is_too_large_is_refused_before_it_is_whole(firm: Firm, port: int) -> None:
    with listens(firm, port, "tess") as tess:
        tess.next()
        tess.say(json.dumps({"type": "authenticate", "token": "x" * 20_000}))
        assert tess.close_code() == 1009


def test_many_messages_at_once_are_too_many(raw: Raw) -> None:
    for _ in range(100):
        raw.send(TEXT, b'{"type": "ping"}')
    assert raw.close_code() == 4429


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ((TEXT, b"\xff\xfe"), 1007),
        ((TEXT, b"x" * 70_000), 1009),
        ((0x3, b"x"), 1002),
        ((PING, b"x" * 126), 1002),
        ((0x0, b"x"), 1002),
        ((CLOSE, b"\x00"), 1002),
    ],
)
def test_frames_that_are_none_end_the_connection_with_the_code_for_it(
    raw: Raw, frame: tuple[int, bytes], code: int
) -> None:
    raw.send(*frame)
    assert raw.close_code() == code


def test_frames_with_bits_that_nobody_agreed_on_are_refused(raw: Raw) -> None:
    raw.send(TEXT, b"{}", first=0xF1)
    assert raw.close_code() == 1002


def test_frames_that_are_not_masked_are_refused(raw: Raw) -> None:
    raw.socket.sendall(bytes([0x81, 2]) + b"{}")
    assert raw.close_code() == 1002


def test_a_message_in_pieces_is_put_together_but_not_of_any_number(firm: Firm, port: int, raw: Raw) -> None:
    raw.send(TEXT, b'{"type":', final=False)
    raw.send(0x0, b'"ping"}')
    heard = raw.frames()
    said = [json.loads(next(heard)[1]) for _ in range(2)]
    raw.received = b""
    assert [each["type"] for each in said] == ["hello", "pong"]
    raw.send(TEXT, b"", final=False)
    for _ in range(200):
        raw.send(0x0, b"", final=False)
    assert raw.close_code() == 1008


def test_a_flood_of_pings_is_too_much(raw: Raw) -> None:
    with contextlib.suppress(ConnectionError):
        for _ in range(2_000):
            raw.send(PING, b"x")
    # Who still sends when it is hung up on may be reset before the last word is read.
    assert raw.close_code() in {4429, None}


def test_who_closes_is_answered(raw: Raw) -> None:
    raw.send(CLOSE, struct.pack("!H", 1000))
    assert raw.close_code() == 1000


@pytest.mark.deep
def test_a_server_that_stops_says_so_and_how_to_go_on(firm: Firm) -> None:
    with listening(firm.app, farewell=firm.app.end_streams) as port:
        found = Raw(firm, port, "tess")
        began = time.monotonic()
    reasons = [payload for opcode, payload in found.frames() if opcode == CLOSE]
    assert reasons == [struct.pack("!H", 1012) + b"server restarting; resume with your last cursor"]
    assert time.monotonic() - began < 20
    found.socket.close()


def flood(firm: Firm, job: str, count: int) -> None:
    """Edits, of some 5 kB each as they are told."""
    for n in range(count):
        answer = firm.ask(
            "PATCH", f"/jobs/{job}", "admin", {"description": f"{n % 10}" * 4_900}, if_match="*"
        )
        assert answer.status == 200


@pytest.mark.deep
def test_a_client_that_never_reads_is_cut_off_and_nobody_else_notices(
    firm: Firm, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlets, "MOST_UNTAKEN", 64 * 1024)
    monkeypatch.setattr(clients, "MOST_UNTAKEN", 64 * 1024)
    monkeypatch.setattr(sockets, "FAREWELL", 0.5)
    job = firm.job("CONFIRMED")
    deaf = Raw(firm, port, "office", receive_buffer=4096)
    with listens(firm, port, "office") as quick:
        quick.next()
        hub = firm.app._hub
        assert hub.count == 2
        for _ in range(100):
            flood(firm, job, 20)
            assert len([quick.next() for _ in range(20)]) == 20
            if hub.count == 1:
                break
        assert hub.count == 1, "it was cut off"
        quick.say({"type": "ping"})
        assert quick.next()["type"] == "pong"
    code = deaf.close_code()
    assert code in {4408, None}
    deaf.socket.close()


def test_a_client_that_does_not_answer_pings_is_cut_off(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hosanna_web.cli.server.PING_EVERY", 0.2)
    monkeypatch.setattr("hosanna_web.cli.server.PONG_WITHIN", 0.3)
    assert sockets.PING_EVERY + sockets.PONG_WITHIN <= 25
    with listening(firm.app) as port:
        dumb = Raw(firm, port, "office")
        began = time.monotonic()
        assert dumb.close_code() == 4408
        assert time.monotonic() - began < 20
        dumb.socket.close()


def test_who_breaks_off_in_the_middle_of_a_handshake_leaves_nothing(firm: Firm, port: int) -> None:
    for said in (
        f"GET {API}/stream HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n",
        f"GET {API}/stream HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(said.encode())
    with listens(firm, port, "tess") as tess:
        assert tess.next()["type"] == "hello"
        assert firm.app._hub.count == 1


def test_what_is_sent_right_behind_the_handshake_harms_nobody(firm: Firm, port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(
            f"GET {API}/stream HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n"
            f"Authorization: Bearer {firm.tokens['tess']}\r\n\r\n".encode()
            + b"\x81\x80\x00\x00\x00\x00" * 50
        )
        connection.settimeout(10)
        assert connection.recv(65536).startswith(b"HTTP/1.1 101")
    with listens(firm, port, "tess") as tess:
        assert tess.next()["type"] == "hello"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (f"Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 8\r\n", 426),
        (f"Sec-WebSocket-Key: {KEY}\r\n", 400),
        ("Sec-WebSocket-Version: 13\r\n", 400),
        ("Sec-WebSocket-Key: short\r\nSec-WebSocket-Version: 13\r\n", 400),
        (f"Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 13\r\n", 400),
        (f"Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 12\r\nSec-WebSocket-Version: 8\r\n", 400),
    ],
)
def test_a_handshake_that_is_none_is_refused_in_our_words(port: int, headers: str, status: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        asked = (
            f"GET {API}/stream HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        )
        connection.sendall(f"{asked}{headers}\r\n".encode())
        answer = b""
        while more := connection.recv(65536):
            answer += more
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"application/problem+json" in head
    assert b"nosniff" in head
    assert b"sec-websocket-version: 13" in head.lower()
    assert json.loads(body)["status"] == status


def test_what_is_no_text_leaves_nothing_in_the_log(raw: Raw, caplog: pytest.LogCaptureFixture) -> None:
    raw.send(TEXT, b"\xff\xfe")
    assert raw.close_code() == 1007
    assert not [each for each in caplog.records if each.levelno >= logging.WARNING]
