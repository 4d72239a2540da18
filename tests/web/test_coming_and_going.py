"""What happens in the moment in which somebody comes in, renews their token, or is looked at by the clock."""

import asyncio
import logging
from typing import Any

import pytest
from tests.cli.listening import connected
from tests.client.devices import until
from tests.web.firm import API, Firm
from tests.web.listeners import events, listens

from hosanna_core.model.limits import Use
from hosanna_core.ports import Ports
from hosanna_core.rules.access import USER
from hosanna_core.usecases.access import Identity, identify
from hosanna_core.usecases.streams import Entry
from hosanna_web.executors import Pool
from hosanna_web.realtime import hub, sockets
from hosanna_web.realtime.clients import Client
from hosanna_web.realtime.closing import Close
from hosanna_web.realtime.hub import Hub
from hosanna_web.realtime.outlets import EventOutlet


@pytest.fixture
def stopping(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is admitted finds the hub closed when they come in."""
    admit = Hub.admit

    async def admitted(self: Hub, identity: Identity, cursor: str | None) -> Entry:
        entry = await admit(self, identity, cursor)
        await self.close()
        return entry

    monkeypatch.setattr(Hub, "admit", admitted)


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR]


@pytest.mark.usefixtures("stopping")
def test_who_comes_in_as_the_server_stops_is_told_to_come_back(
    firm: Firm, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    with listens(firm, port, "tess") as tess:
        assert tess.close_code() == Close.RESTARTING
    assert errors(caplog) == []


@pytest.mark.usefixtures("stopping")
def test_whose_events_begin_as_the_server_stops_hears_their_end(
    firm: Firm, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    with events(firm, port, "tess") as told:
        assert list(told) == []
    assert errors(caplog) == []


def test_a_token_whose_session_ends_while_it_is_looked_at_renews_nothing(
    firm: Firm, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = firm.log_in("tess")

    def ended_meanwhile(ports: Ports, token: str) -> Identity:
        identity = identify(ports, token)
        assert firm.ask("POST", "/auth/logout", None, authorization=f"Bearer {other}").status == 204
        # The follower has told everybody of it before this answer is there.
        theo.until_quiet()
        return identity

    with listens(firm, port, "tess") as tess, listens(firm, port, "theo") as theo:
        tess.next()
        theo.next()
        monkeypatch.setattr(sockets, "identify", ended_meanwhile)
        tess.say({"type": "authenticate", "token": other})
        assert tess.close_code() == Close.LOG_IN


def test_a_token_that_is_sent_counts_like_any_request(firm: Firm, port: int) -> None:
    with listens(firm, port, "tess") as tess:
        tess.next()
        # The handshake came before.
        others = (Use(USER, firm.ids["tess"]),) * (USER.most - 1)
        assert firm.ports.throttles.begin(others)
        firm.ports.throttles.end(others, failed=True)
        tess.say({"type": "authenticate", "token": firm.tokens["tess"]})
        refused = tess.next()
        assert (refused["type"], refused["code"]) == ("error", "too_many_requests")
        tess.say({"type": "ping"})
        assert tess.next()["type"] == "pong"


def test_a_client_that_cannot_be_looked_at_stops_no_other_clock(
    firm: Firm, port: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    look = Client.look

    def failing(self: Client, *given: Any) -> None:
        if self.line.actor.id == firm.ids["tess"]:
            raise RuntimeError("a bug")
        look(self, *given)

    monkeypatch.setattr(hub, "LOOKS_EVERY", 0.02)
    monkeypatch.setattr("hosanna_web.realtime.clients.HEARTBEAT", 0.1)
    monkeypatch.setattr(Client, "look", failing)
    with listens(firm, port, "theo") as theo, listens(firm, port, "tess") as tess:
        theo.next()
        assert tess.close_code() == Close.RESUME
        assert [theo.next()["type"] for _ in range(2)] == ["heartbeat", "heartbeat"]
    assert errors(caplog) == ["A client could not be looked at: they come back."]


def test_who_asks_for_more_behind_their_events_and_hangs_up_is_forgotten_at_once(
    firm: Firm, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    """It is the first of their requests that has to hear of it, though others wait behind it."""
    head = f"Host: localhost\r\nAuthorization: Bearer {firm.tokens['tess']}\r\n\r\n"
    with connected(port) as tess:
        tess.sendall(f"GET {API}/events HTTP/1.1\r\n{head}GET {API}/jobs HTTP/1.1\r\n{head}".encode())
        while b"hello" not in tess.recv(65536):
            pass
        assert firm.app._hub.count == 1
    until(lambda: firm.app._hub.count == 0)
    assert errors(caplog) == []


def test_who_is_gone_before_they_were_looked_at_is_forgotten(firm: Firm) -> None:
    identity = identify(firm.ports, firm.tokens["tess"])

    async def go() -> int:
        one = Hub(firm.ports, Pool("few", threads=2, most_waiting=9))
        entry = await one.admit(identity, None)
        coming = asyncio.create_task(one.join(identity, entry, EventOutlet()))
        await asyncio.sleep(0)
        assert one.count == 1, "it waits for the look"
        coming.cancel()
        with pytest.raises(asyncio.CancelledError):
            await coming
        left = one.count
        await one.close()
        return left

    assert asyncio.run(go()) == 0
