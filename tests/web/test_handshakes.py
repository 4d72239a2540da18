"""Who opens a WebSocket, and by what: a token, a ticket, an origin."""

import pytest
from tests.cli.listening import listening
from tests.web.firm import API, Firm
from tests.web.listeners import listens, refused
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from hosanna_web.app import WebSettings, create_app
from hosanna_web.realtime import hub
from hosanna_web.threshold import Threshold


def test_nobody_keeps_all_others_out(firm: Firm, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "MOST_OF_ONE", 2)
    with listens(firm, port, "tess") as first, listens(firm, port, "tess") as second:
        first.next()
        second.next()
        status, problem = refused(firm, port, "tess")
        assert (status, problem["code"]) == (503, "busy")
        with listens(firm, port, "theo") as another:
            assert another.next()["type"] == "hello"
        first.connection.close()
        with listens(firm, port, "tess") as again:
            assert again.next()["type"] == "hello"


def test_a_ticket_opens_one_connection_in_place_of_a_token(firm: Firm, port: int) -> None:
    made = firm.ask("POST", "/stream/tickets", "tess")
    assert (made.status, made.json["expires_in"]) == (201, 30)
    ticket = made.json["ticket"]
    with listens(firm, port, None, f"?ticket={ticket}") as tess:
        assert tess.next()["type"] == "hello"
    assert refused(firm, port, None, f"?ticket={ticket}")[0] == 401


def test_a_ticket_is_good_for_thirty_seconds(firm: Firm, port: int) -> None:
    ticket = firm.ask("POST", "/stream/tickets", "tess").json["ticket"]
    firm.clock.step(30_000)
    assert refused(firm, port, None, f"?ticket={ticket}")[0] == 401


def test_a_ticket_of_a_session_that_was_ended_opens_nothing(firm: Firm, port: int) -> None:
    ticket = firm.ask("POST", "/stream/tickets", "tess").json["ticket"]
    firm.ask("POST", "/auth/logout", "tess")
    assert refused(firm, port, None, f"?ticket={ticket}")[0] == 401


@pytest.mark.parametrize("ticket", ["", "x", "A" * 200, "A" * 3000, "%ff"])
def test_a_ticket_that_is_none_opens_nothing(firm: Firm, port: int, ticket: str) -> None:
    assert refused(firm, port, None, f"?ticket={ticket}")[0] == 401


def test_an_access_token_in_an_address_is_refused(firm: Firm, port: int) -> None:
    for name in ("token", "access_token", "ticket"):
        assert refused(firm, port, None, f"?{name}={firm.tokens['tess']}")[0] == 401
    assert refused(firm, port, "tess", f"?access_token={firm.tokens['tess']}")[0] == 401


def test_who_has_no_valid_token_is_refused_in_the_handshake(firm: Firm, port: int) -> None:
    assert refused(firm, port, None)[0] == 401
    status, problem = refused(firm, port, None, token="not.a.token")
    assert (status, problem["code"]) == (401, "unauthenticated")
    firm.ask("POST", "/auth/logout", "tess")
    assert refused(firm, port, "tess")[0] == 401


def test_an_unknown_parameter_is_named(firm: Firm, port: int) -> None:
    status, problem = refused(firm, port, "tess", "?cursr=x")
    assert (status, [each["pointer"] for each in problem["errors"]]) == (422, ["/cursr"])


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1", "https://127.0.0.1:{port}"]
)
def test_a_page_of_a_foreign_origin_is_refused(firm: Firm, port: int, origin: str) -> None:
    status, problem = refused(firm, port, "tess", origin=origin.format(port=port))
    assert (status, problem["code"]) == (403, "foreign_origin")


def test_a_page_of_the_servers_own_origin_may_connect(firm: Firm, port: int) -> None:
    with listens(firm, port, "tess", origin=f"http://127.0.0.1:{port}") as tess:
        assert tess.next()["type"] == "hello"


def test_elsewhere_no_websocket_is_spoken(firm: Firm, port: int) -> None:
    bearer = {"Authorization": f"Bearer {firm.tokens['tess']}"}
    for path, headers, status in (
        (API + "/jobs", bearer, 404),
        (API + "/jobs", {}, 401),
        ("/health/live", {}, 404),
    ):
        with (
            pytest.raises(InvalidStatus) as caught,
            connect(f"ws://127.0.0.1:{port}{path}", additional_headers=headers),
        ):
            pass
        assert caught.value.response.status_code == status
    plain = firm.ask("GET", "/stream", "tess")
    assert (plain.status, plain.json["code"]) == (426, "upgrade_required")


def test_pages_at_the_public_address_are_the_servers_own_whatever_a_proxy_makes_of_the_host(
    firm: Firm,
) -> None:
    threshold = Threshold(own_origin="https://hosanna.example.com")
    app = create_app(firm.ports, web=WebSettings(own_origin="https://hosanna.example.com"))
    with (
        listening(app, threshold=threshold) as port,
        listens(firm, port, "tess", origin="https://Hosanna.example.com") as tess,
    ):
        assert tess.next()["type"] == "hello"
        assert refused(firm, port, "tess", origin="https://hosanna.example.org")[0] == 403
