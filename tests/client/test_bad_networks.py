"""A device whose network breaks, hangs, or answers by itself."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.cli.listening import listening
from tests.client.cutting import ELSEWHERE, network, portal
from tests.client.devices import (
    Device,
    Doorman,
    both_transports,
    device_of,
    in_step,
    session_at,
    until,
)
from tests.web.firm import Firm
from websockets.exceptions import ConnectionClosedError, InvalidMessage
from websockets.sync.client import ClientConnection

from hosanna_web.app import create_app
from hosanna_web.client import (
    Follower,
    LocalCopy,
    Offline,
    Session,
    connections,
)
from hosanna_web.client.connections import socket_to


@both_transports
def test_what_happened_while_the_network_was_away_is_made_up_for(
    firm: Firm, port: int, transport: str
) -> None:
    job, other = firm.job("DISPATCHED"), firm.job("DISPATCHED")
    with network(port) as net, device_of(net.port, "tess", transport=transport) as tess:
        net.cut()
        until(lambda: not tess.is_connected())
        firm.move(job, "start")
        firm.move(other, "recall")
        third = firm.job("DISPATCHED")
        net.mend()
        in_step(firm, tess, "tess")
        assert set(tess.statuses()) == {job, third}
        # The feed led on: nothing was fetched again.
        assert tess.kinds().count("sync") == 1


@pytest.mark.deep
@both_transports
def test_a_network_that_swallows_everything_is_noticed_by_its_silence(
    firm: Firm, port: int, transport: str
) -> None:
    job = firm.job("DISPATCHED")
    with network(port) as net, device_of(net.port, "tess", silence=0.5, transport=transport) as tess:
        net.silent = True
        firm.move(job, "start")
        until(lambda: not tess.is_connected())
        net.cut()
        net.mend()
        in_step(firm, tess, "tess")


@both_transports
def test_another_server_in_the_place_of_the_first_leads_on(firm: Firm, port: int, transport: str) -> None:
    with (
        listening(create_app(firm.ports)) as other,
        network(port) as net,
        device_of(net.port, "tess", transport=transport) as tess,
    ):
        job = firm.job("DISPATCHED")
        until(lambda: job in tess.copy.jobs)
        net.cut()
        net.server = other
        firm.move(job, "start")
        net.mend()
        in_step(firm, tess, "tess")
        assert tess.kinds().count("sync") == 1


@pytest.mark.parametrize(
    "error",
    [ConnectionClosedError(None, None), InvalidMessage("none"), EOFError(), OSError(), TimeoutError()],
)
def test_a_handshake_that_breaks_off_is_tried_again_however_it_broke_off(
    firm: Firm, port: int, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures, connect = [error] * 3, connections.connect

    def failing(*given: Any, **more: Any) -> Any:
        if failures:
            raise failures.pop()
        return connect(*given, **more)

    monkeypatch.setattr(connections, "connect", failing)
    with device_of(port, "tess"):
        assert failures == []


@pytest.mark.deep
@both_transports
def test_who_is_told_nothing_for_longer_than_an_answer_may_take_stays_connected(
    firm: Firm, port: int, transport: str
) -> None:
    doorman = Doorman(firm)
    with (
        session_at(port, "tess", timeout=0.6) as session,
        Device(session, transport=transport) as tess,
    ):
        until(tess.is_connected)
        time.sleep(1.5)
        job = firm.job("DISPATCHED")
        until(lambda: job in tess.copy.jobs)
        assert len(doorman.admitted) == 1


@pytest.mark.deep
@both_transports
def test_a_connection_that_nobody_answers_is_given_up_in_time(firm: Firm, port: int, transport: str) -> None:
    with network(port) as net, session_at(net.port, "tess", timeout=1.0) as session:
        copy = LocalCopy(session)
        Follower(session, copy).catch_up()
        net.silent = True
        with Device(session, transport=transport) as tess:
            time.sleep(0.3)
            net.mend()
            # What was swallowed does not come any more: it takes a new attempt.
            until(tess.is_connected)


@both_transports
@pytest.mark.parametrize("status", ["200 OK", ELSEWHERE, "401 Unauthorized", "403 Forbidden"])
def test_a_network_that_answers_by_itself_is_waited_for(
    firm: Firm, port: int, transport: str, status: str
) -> None:
    job = firm.job("DISPATCHED")
    with (
        portal(status) as hotel,
        network(port) as net,
        device_of(net.port, "tess", transport=transport) as tess,
    ):
        net.cut()
        net.server, net.up = hotel, True
        until(lambda: not tess.is_connected())
        time.sleep(0.5)
        firm.move(job, "start")
        net.cut()
        net.server, net.up = port, True
        in_step(firm, tess, "tess")


def test_no_socket_is_opened_with_anybody_but_the_server_that_was_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        there = f"302 Found\r\nLocation: ws://127.0.0.1:{other.getsockname()[1]}/api/v1/stream"
        with (
            portal(there) as hotel,
            Session(f"http://127.0.0.1:{hotel}", timeout=1.0, trust_env=False) as session,
            pytest.raises(Offline),
            socket_to(session, "a token", None),
        ):
            pytest.fail("somebody let us in")
        other.setblocking(False)
        with pytest.raises(BlockingIOError):
            other.accept()


def test_what_is_cut_short_is_the_end_of_a_connection(
    firm: Firm, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = firm.job("DISPATCHED")
    with device_of(port, "tess") as tess:
        receive, whole = ClientConnection.recv, iter(["{"])

        def cut_short(self: ClientConnection, *given: Any) -> Any:
            said = receive(self, *given)
            return next(whole, said)

        monkeypatch.setattr(ClientConnection, "recv", cut_short)
        for action in ("start", "hold"):
            firm.move(job, action)
            in_step(firm, tess, "tess")
        assert next(whole, "all of it was said") != "{"


def test_events_that_are_cut_short_end_without_a_word(
    firm: Firm, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = firm.job("DISPATCHED")
    died: list[object] = []
    monkeypatch.setattr(threading, "excepthook", died.append)
    lines, short = httpx.Response.iter_lines, iter([True])

    def cut_short(self: httpx.Response) -> Iterator[str]:
        for line in lines(self):
            if line.startswith("data") and "job." in line and next(short, False):
                yield line[:-5]
                return
            yield line

    monkeypatch.setattr(httpx.Response, "iter_lines", cut_short)
    with device_of(port, "tess", transport="sse") as tess:
        firm.move(job, "start")
        in_step(firm, tess, "tess")
    assert died == []
