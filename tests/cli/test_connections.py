"""Those who speak no HTTP, or too slowly, or too many at once: over real sockets, with little patience."""

import asyncio
import contextlib
import select
import socket
from collections.abc import Iterator

import pytest
from litestar import Litestar
from tests.cli.listening import GET, LONG, answer, connected, heard, listening, said
from tests.web.firm import Firm

from hosanna_web.app import WebSettings, create_app
from hosanna_web.threshold import Threshold

FRIEND = "https://office.example.com"
SOON = 0.4
POST = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def firm() -> Firm:
    return Firm()


@pytest.fixture
def app(firm: Firm) -> Litestar:
    """An application for one server: it lives and ends with it."""
    return create_app(firm.ports)


@pytest.fixture(scope="module")
def port(firm: Firm) -> Iterator[int]:
    """A server with all its patience."""
    app = create_app(firm.ports, web=WebSettings(cors_origins=(FRIEND,)))
    with listening(app, threshold=Threshold(origins=(FRIEND,))) as found:
        yield found


@pytest.fixture(scope="module")
def hasty(firm: Firm) -> Iterator[int]:
    """A server that waits for nobody."""
    with listening(create_app(firm.ports), head=SOON, silence=SOON) as found:
        yield found


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03",
        b"HELO\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
        POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
        POST + b"Content-Length: -1\r\n\r\n",
        POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        GET[:-2] + b" folded: 1\r\n bad header\r\n\r\n",
        b"x" * 200_000,
    ],
    ids=lambda garbage: repr(garbage[:24]),
)
def test_what_is_no_http_is_told_so_as_every_other_refusal_is(port: int, garbage: bytes) -> None:
    refused = said(port, garbage)
    assert (refused.status, refused.json["code"]) == (400, "bad_request")
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["connection"] == "close"
    assert refused.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors" in refused.headers["content-security-policy"]
    assert "server" not in refused.headers
    assert b"Invalid HTTP" not in refused.raw


def test_a_page_of_a_friend_may_read_that_too(port: int) -> None:
    origin = f"Origin: {FRIEND}\r\n".encode()
    refused = said(port, POST + origin + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n")
    assert refused.status == 400
    assert refused.headers["access-control-allow-origin"] == FRIEND


def test_whoever_asked_before_the_garbage_gets_their_answer_and_no_more(port: int) -> None:
    whole = said(port, GET + b"\x00garbage\r\n\r\n")
    assert whole.status == 200
    assert whole.raw.count(b"HTTP/1.1 ") == 1


def test_several_requests_at_once_are_answered_in_order(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(GET * 3 + GET.replace(b"live", b"nothing"))
        statuses = []
        raw = b""
        while raw.count(b"HTTP/1.1 ") < 4 or not raw.endswith(b"}"):
            raw += connection.recv(65536)
        statuses = [int(part[:3]) for part in raw.split(b"HTTP/1.1 ")[1:]]
        assert statuses == [200, 200, 200, 404]


@pytest.mark.parametrize(
    "head",
    [b"X: " + b"a" * 200_000, b"".join(b"X-%d: a\r\n" % n for n in range(20_000))],
    ids=["one", "many"],
)
def test_a_head_without_end_is_refused_before_it_is_read(port: int, head: bytes) -> None:
    refused = said(port, GET[:-2], head[:60_000], head[60_000:])
    assert (refused.status, refused.json["code"]) == (413, "too_large")


def test_a_target_without_end_is_refused(port: int) -> None:
    with connected(port) as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(b"GET /" + b"a" * 1_000_000)
        assert heard(connection).status == 413


def test_too_many_headers_are_refused(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(GET[:-2] + b"".join(b"X-%d: a\r\n" % n for n in range(101)) + b"\r\n")
        assert answer(connection).json["code"] == "too_large"


def test_headers_behind_a_body_are_none_of_the_requests(port: int) -> None:
    chunked = POST.replace(b"/api/v1/auth/login", b"/nothing") + b"Transfer-Encoding: chunked\r\n\r\n"
    with connected(port) as connection:
        connection.sendall(chunked + b"2\r\n{}\r\n0\r\n" + b"".join(b"X-%d: a\r\n" % n for n in range(101)))
        connection.sendall(b"\r\n")
        assert answer(connection).status == 404


def test_headers_without_end_behind_a_body_are_refused(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n")
        with contextlib.suppress(ConnectionError):
            for _ in range(200):
                connection.sendall(b"X: " + b"a" * 60_000 + b"\r\n")
        assert heard(connection).status == 413


def test_who_sends_too_much_reads_why(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(POST + b"Content-Length: 5000000\r\n\r\n")
        connection.sendall(b"x" * 5_000_000)
        refused = heard(connection)
    assert (refused.status, refused.json["code"]) == (413, "too_large")


def test_who_asks_first_whether_it_is_too_much_need_not_send_it(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(POST + b"Content-Length: 5000000\r\nExpect: 100-continue\r\n\r\n")
        assert answer(connection).status == 413


def test_who_may_send_it_is_told_to_go_on(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(POST + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"{}")
        assert answer(connection).status == 422


def test_who_would_rather_speak_something_else_is_answered_in_http_1(port: int) -> None:
    with connected(port) as connection:
        for _ in range(2):
            connection.sendall(GET[:-2] + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n")
            assert answer(connection).status == 200


@pytest.mark.parametrize(
    "start",
    [
        b"G",
        GET[:-2],
        POST + b"Content-Length: 10\r\n\r\n",
        POST + b"Content-Length: 10\r\n\r\n{",
        POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
    ],
    ids=["a letter", "half a head", "no body", "half a body", "some of a body"],
)
def test_who_stops_in_the_middle_is_told_and_cut_off(hasty: int, start: bytes) -> None:
    refused = said(hasty, start)
    assert (refused.status, refused.json["code"]) == (408, "too_slow")
    assert refused.headers["connection"] == "close"
    with connected(hasty) as connection:
        connection.sendall(GET)
        assert answer(connection).status == 200
        connection.sendall(start)
        assert heard(connection).status == 408


def drip(connection: socket.socket, word: bytes, pause: float) -> None:
    """A byte now and then, until the server has had enough."""

    async def dripping() -> None:
        for byte in word:
            connection.sendall(bytes([byte]))
            await asyncio.sleep(pause)

    with contextlib.suppress(ConnectionError):
        asyncio.run(dripping())


def test_a_head_that_comes_in_drips_is_cut_off(hasty: int) -> None:
    with connected(hasty) as connection:
        drip(connection, GET[:10], SOON / 4)
        assert heard(connection).json["code"] == "too_slow"


def test_a_body_that_comes_in_drips_is_cut_off(app: Litestar) -> None:
    with listening(app, silence=SOON * 2, body=SOON) as port, connected(port) as connection:
        connection.sendall(POST + b"Content-Length: 20\r\n\r\n")
        drip(connection, b"x" * 10, SOON / 4)
        assert heard(connection).json["code"] == "too_slow"


def test_who_says_nothing_is_cut_off_without_a_word(hasty: int) -> None:
    assert said(hasty).raw == b""


@pytest.mark.parametrize("noise", [b"", b"\r\n"], ids=["silent", "empty lines"])
def test_a_connection_that_is_not_used_is_closed(app: Litestar, noise: bytes) -> None:
    with listening(app, idle=SOON) as port, connected(port) as connection:
        connection.sendall(GET)
        assert answer(connection).status == 200
        connection.sendall(noise)
        assert heard(connection).raw == b""


def test_two_hundred_half_open_connections_hinder_nobody(app: Litestar) -> None:
    with listening(app) as port, contextlib.ExitStack() as crowd:
        for number in range(200):
            connection = crowd.enter_context(connected(port))
            connection.sendall((b"G", GET[:-2], POST + b"Content-Length: 10\r\n\r\n{")[number % 3])
        for _ in range(20):
            with connected(port) as connection:
                connection.sendall(GET)
                assert answer(connection).status == 200


HALF_A_BODY = POST + b"Content-Length: 9\r\n\r\n{"


def test_what_becomes_no_request_is_counted_by_its_code(app: Litestar) -> None:
    codes: list[str] = []
    with listening(app, head=SOON, refused=codes.append) as port:
        said(port, b"HELO\r\n\r\n")
        said(port, GET[:-2] + b"X: " + b"x" * 200_000)
        said(port, GET[:9])
    assert codes == ["bad_request", "too_large", "too_slow"]


def test_one_connection_too_many_is_told_to_come_back(app: Litestar) -> None:
    codes: list[str] = []
    with (
        listening(app, connections=3, beyond=1, silence=2, refused=codes.append) as port,
        contextlib.ExitStack() as crowd,
    ):
        for _ in range(3):
            crowd.enter_context(connected(port)).sendall(HALF_A_BODY)
        fourth = said(port, GET)
        assert (fourth.status, fourth.json["code"], fourth.headers["retry-after"]) == (503, "busy", "1")
        assert fourth.headers["connection"] == "close"
        assert "content-security-policy" in fourth.headers
        assert codes == ["busy"]


def test_far_too_many_are_cut_off(app: Litestar) -> None:
    with listening(app, connections=3, beyond=0, silence=2) as port, contextlib.ExitStack() as crowd:
        for _ in range(3):
            crowd.enter_context(connected(port)).sendall(HALF_A_BODY)
        assert said_whatever_happens(port, GET) == b""


def said_whatever_happens(port: int, word: bytes) -> bytes:
    with contextlib.suppress(ConnectionError):
        return said(port, word).raw
    return b""


def test_sockets_that_only_sit_there_shut_nobody_out(app: Litestar) -> None:
    with listening(app, connections=3, beyond=1) as port, contextlib.ExitStack() as crowd:
        useful = crowd.enter_context(connected(port))
        useful.sendall(GET)
        assert answer(useful).status == 200
        silent = [crowd.enter_context(connected(port)) for _ in range(2)]
        silent[1].sendall(b"G")
        for _ in range(5):
            with connected(port) as newcomer:
                newcomer.sendall(GET)
                assert answer(newcomer).status == 200
        useful.sendall(GET)
        assert answer(useful).status == 200


def test_connections_that_nobody_uses_make_room(app: Litestar) -> None:
    with listening(app, connections=3, beyond=1) as port, contextlib.ExitStack() as crowd:
        idle = [crowd.enter_context(connected(port)) for _ in range(3)]
        for connection in idle:
            connection.sendall(GET)
            assert answer(connection).status == 200
        with connected(port) as fourth:
            fourth.sendall(GET)
            assert answer(fourth).status == 200
        closed, _, _ = select.select(idle, [], [], LONG)
        assert heard(closed[0]).raw == b""


def test_an_answer_to_head_has_no_body(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(GET.replace(b"GET", b"HEAD") + GET)
        raw = b""
        while not raw.endswith(b"}"):
            raw += connection.recv(65536)
    assert raw.count(b"HTTP/1.1 200 ") == 2
    assert raw.count(b'{"status":"ok"}') == 1
