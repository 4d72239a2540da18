"""Server-sent events: the same messages, as a browser's EventSource reads them."""

import json
import threading
import time

import httpx
import pytest
from tests.cli.listening import listening
from tests.web.firm import API, Firm
from tests.web.listeners import events, listens

from hosanna_core.rules.access import AccessPolicy

SOON = 10.0
"""Seconds; far less on a machine that has nothing else to do, and far more where nobody ends them."""


def test_events_are_the_messages_of_the_stream_with_their_cursors_as_ids(firm: Firm, port: int) -> None:
    with events(firm, port, "office") as told, listens(firm, port, "office") as socket:
        socket.next()
        hello = next(told)
        assert hello["retry"] == "2000"
        assert (hello["event"], json.loads(hello["data"])["recovered"]) == ("hello", False)
        firm.job("CONFIRMED")
        event, message = next(told), socket.next()
        data = json.loads(event["data"])
        assert event["event"] == data["type"] == message["type"] == "job.entered_view"
        assert event["id"] == data["cursor"] == message["cursor"]
        assert data == message


def test_a_browser_that_comes_back_gets_what_it_missed(firm: Firm, port: int) -> None:
    with events(firm, port, "admin") as told:
        last = next(told)["id"]
    job = firm.job("CONFIRMED")
    with events(firm, port, "admin", **{"Last-Event-ID": last}) as told:
        assert json.loads(next(told)["data"])["recovered"] is True
        assert [next(told)["event"] for _ in range(2)] == ["job.created", "job.status_changed"]
    with events(firm, port, "admin", f"?cursor={last}") as told:
        assert json.loads(next(told)["data"])["recovered"] is True
        assert json.loads(next(told)["data"])["job_id"] == job


@pytest.mark.parametrize("last", ["x", "A" * 5000, "\xff"])
def test_an_id_that_is_none_recovers_nothing_and_is_no_error(firm: Firm, port: int, last: str) -> None:
    with events(firm, port, "admin", **{"Last-Event-ID": last.encode("latin-1")}) as told:  # type: ignore[arg-type]
        assert json.loads(next(told)["data"])["recovered"] is False


def test_a_ticket_will_do_and_only_once(firm: Firm, port: int) -> None:
    ticket = firm.ask("POST", "/stream/tickets", "tess").json["ticket"]
    url = f"http://127.0.0.1:{port}{API}/events?ticket={ticket}"
    with httpx.Client(trust_env=False) as client:
        with client.stream("GET", url) as response:
            assert response.status_code == 200
        assert client.get(url).status_code == 401


def test_who_has_no_token_and_pages_of_foreign_origins_are_refused(firm: Firm, port: int) -> None:
    bearer = {"Authorization": f"Bearer {firm.tokens['tess']}"}
    with httpx.Client(trust_env=False, base_url=f"http://127.0.0.1:{port}{API}") as client:
        assert client.get("/events").status_code == 401
        assert client.get("/events", headers={"Authorization": "Bearer none"}).status_code == 401
        foreign = client.get("/events", headers={**bearer, "Origin": "http://evil.example"})
        assert (foreign.status_code, foreign.json()["code"]) == (403, "foreign_origin")
        assert client.get("/events?cursr=1", headers=bearer).status_code == 422
        assert client.get(f"/events?token={firm.tokens['tess']}").status_code == 401


def test_head_says_what_it_would_be_like_and_ends(firm: Firm, port: int) -> None:
    bearer = {"Authorization": f"Bearer {firm.tokens['tess']}"}
    with httpx.Client(trust_env=False) as client:
        answer = client.head(f"http://127.0.0.1:{port}{API}/events", headers=bearer)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream")


def test_who_logs_out_is_told_nothing_more(firm: Firm, port: int) -> None:
    with events(firm, port, "office") as told:
        next(told)
        began = time.monotonic()
        firm.ask("POST", "/auth/logout", "office")
        assert [event["event"] for event in told] == []
        assert time.monotonic() - began < SOON


def test_events_end_with_the_token() -> None:
    firm = Firm(policy=AccessPolicy(access_lifetime=300_000))
    with listening(firm.app) as port, events(firm, port, "office") as told:
        next(told)
        firm.clock.step(300_000)
        assert {event["event"] for event in told} <= {"token.expiring"}


def test_events_end_when_the_server_stops(firm: Firm) -> None:
    ended = threading.Event()

    def listen(port: int, ready: threading.Event) -> None:
        with events(firm, port, "office") as told:
            next(told)
            ready.set()
            for _ in told:
                pass
        ended.set()

    with listening(firm.app, farewell=firm.app.end_streams) as port:
        ready = threading.Event()
        thread = threading.Thread(target=listen, args=(port, ready))
        thread.start()
        assert ready.wait(10)
    thread.join(10)
    assert ended.is_set()


def test_many_who_listen_take_nobodys_place(firm: Firm) -> None:
    with listening(firm.app, connections=5) as port:
        streams = [events(firm, port, "office") for _ in range(8)]
        opened = [stream.__enter__() for stream in streams]
        try:
            assert {next(told)["event"] for told in opened} == {"hello"}
            with httpx.Client(trust_env=False) as client:
                assert client.get(f"http://127.0.0.1:{port}/health/live").status_code == 200
            firm.job("CONFIRMED")
            assert {next(told)["event"] for told in opened} == {"job.entered_view"}
        finally:
            for stream in streams:
                stream.__exit__(None, None, None)
