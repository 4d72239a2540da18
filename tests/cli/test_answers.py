"""How answers go out over real sockets: to who does not read them, and whatever an application makes of them."""

import asyncio
import socket
from typing import Any

import pytest
from tests.cli.listening import GET, connected, heard, listening, living, said

from hosanna_web.cli.connections import ON_THE_WAY

SOON = 0.4
PIECE = 32 * 1024


async def in_pieces(scope: Any, receive: Any, send: Any) -> None:
    """Answers a megabyte after another, as an export would."""
    if scope["type"] == "lifespan":
        await living(receive, send)
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for left in range(29, -1, -1):
        await send({"type": "http.response.body", "body": b"x" * 1_000_000, "more_body": left > 0})


async def at_once(scope: Any, receive: Any, send: Any) -> None:
    """Answers many megabytes in one piece, and is done."""
    if scope["type"] == "lifespan":
        await living(receive, send)
        return
    body = b"x" * 30_000_000
    head = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": body, "more_body": False})


@pytest.mark.parametrize("app", [in_pieces, at_once])
@pytest.mark.parametrize("last", [b"", b"Connection: close\r\n"], ids=["keeps", "closes"])
def test_who_does_not_read_the_answer_is_cut_off(app: Any, last: bytes) -> None:
    with listening(app, reading=SOON) as port, connected(port) as connection:
        connection.sendall(GET[:-2] + last + b"\r\n")
        # Nothing is read until the server has given up: then sending fails, sooner or later.
        with pytest.raises(ConnectionError):
            send_for_ever(connection)


def test_little_of_an_answer_that_goes_on_and_on_is_on_its_way_to_who_does_not_read_it() -> None:
    """What the system holds for a client looks taken, and the client looks well."""
    sent: list[int] = []

    async def on_and_on(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await living(receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await receive()
        gone = asyncio.create_task(receive())
        while not gone.done():
            await send({"type": "http.response.body", "body": b"x" * PIECE, "more_body": True})
            sent.append(PIECE)
            await asyncio.sleep(0.01 if sum(sent) > PIECE else 2 * SOON)

    with listening(on_and_on, reading=SOON) as port, connected(port) as connection:
        connection.sendall(GET)
        with pytest.raises(ConnectionError):
            send_for_ever(connection)
    assert ON_THE_WAY < sum(sent) < 8 * ON_THE_WAY


def send_for_ever(connection: socket.socket) -> None:
    while True:
        asyncio.run(asyncio.sleep(SOON / 4))
        connection.sendall(b"\r\n")


def test_who_reads_slowly_gets_all_of_it() -> None:
    with listening(at_once, reading=SOON) as port, connected(port) as connection:
        connection.sendall(GET[:-2] + b"Connection: close\r\n\r\n")
        length = 0
        while piece := connection.recv(4_000_000):
            length += len(piece)
            if length < 12_000_000:
                asyncio.run(asyncio.sleep(SOON / 8))
    assert length > 30_000_000


async def broken(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await living(receive, send)
    elif scope["path"] == "/raises":
        raise RuntimeError("SELECT secret")


@pytest.mark.parametrize(("path", "status"), [(b"/raises", 500), (b"/says-nothing", 503)])
def test_an_application_that_gives_no_answer_is_answered_for(path: bytes, status: int) -> None:
    with listening(broken) as port:
        given = said(port, GET.replace(b"/health/live", path))
    assert given.status == status
    assert given.headers["content-type"] == "application/problem+json"
    assert b"SELECT" not in given.raw


async def careless(scope: Any, receive: Any, send: Any) -> None:
    """Answers in ways that no application should."""
    if scope["type"] == "lifespan":
        await living(receive, send)
        return
    headers, body = {
        "/split": ([(b"x", b"a\r\nset-cookie: b"), (b"content-length", b"2")], b"{}"),
        "/short": ([(b"content-length", b"3")], b"{}"),
        "/chunked": ([(b"x", b"a")], b"{}"),
    }[scope["path"]]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def test_a_header_never_becomes_two() -> None:
    with listening(careless) as port:
        given = said(port, GET.replace(b"/health/live", b"/split"))
    assert given.status == 500
    assert "set-cookie" not in given.headers


def test_an_answer_without_a_length_goes_in_chunks() -> None:
    with listening(careless) as port, connected(port) as connection:
        connection.sendall(GET.replace(b"/health/live", b"/chunked")[:-2] + b"Connection: close\r\n\r\n")
        whole = heard(connection)
    assert whole.headers["transfer-encoding"] == "chunked"
    assert whole.raw.endswith(b"2\r\n{}\r\n0\r\n\r\n")


def test_an_answer_that_is_shorter_than_it_says_ends_its_connection() -> None:
    with listening(careless) as port:
        assert said(port, GET.replace(b"/health/live", b"/short")).raw.endswith(b"\r\n\r\n{}")
