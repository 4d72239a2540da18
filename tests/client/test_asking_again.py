"""What a session does where an answer is lost, or the server has no time."""

import threading
import time
from typing import Any

import httpx
import pytest
from tests.client.cutting import ELSEWHERE, Network, portal
from tests.client.devices import session_at, until
from tests.web.firm import JOB, Firm

from hosanna_core.errors import Busy
from hosanna_core.model.limits import Use
from hosanna_core.rules.access import USER
from hosanna_web.client import Offline, Refused
from hosanna_web.client import session as module
from hosanna_web.client.answers import refusal_of


def test_a_post_whose_answer_is_lost_is_done_once(firm: Firm, net: Network) -> None:
    with session_at(net.port, "admin") as session:
        net.losing = True
        mending = threading.Timer(1.0, net.mend)
        mending.start()
        job = session.post("/jobs", JOB)
        mending.join()
        assert [each["id"] for each in session.get("/jobs")["items"]] == [job["id"]]


def test_a_post_of_ones_own_key_is_the_same_request_later(firm: Firm, port: int) -> None:
    with session_at(port, "admin") as session:
        first, second = (session.post("/jobs", JOB, key="mine-1") for _ in range(2))
        assert first == second
        assert session.post("/jobs", JOB)["id"] != first["id"]


def test_an_edit_whose_answer_is_lost_is_not_sent_again(firm: Firm, net: Network) -> None:
    job = firm.job()
    with session_at(net.port, "admin") as session:
        net.losing = True
        with pytest.raises(Offline) as offline:
            session.patch(f"/jobs/{job}", {"title": "Other"}, if_match=1)
        assert offline.value.sent
        until(lambda: firm.read(job).json["version"] == 2)


def test_what_never_left_is_sent_again_whatever_it_is(
    firm: Firm, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = firm.job()
    with session_at(port, "admin") as session:
        ask, failures = session._http.request, [httpx.ConnectError("no route")] * 2

        def failing(*given: Any, **more: Any) -> httpx.Response:
            if failures:
                raise failures.pop()
            return ask(*given, **more)

        monkeypatch.setattr(session._http, "request", failing)
        assert session.patch(f"/jobs/{job}", {"title": "Other"}, if_match=1)["version"] == 2


def test_a_busy_server_is_asked_again_after_as_long_as_it_says(
    firm: Firm, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = firm.job()
    with session_at(port, "admin") as session:
        commit = firm.ports.store.ledger.commit
        busy = [Busy(retry_after=1)]

        def failing(change: Any) -> None:
            if busy:
                raise busy.pop()
            commit(change)

        monkeypatch.setattr(firm.ports.store.ledger, "commit", failing)
        began = time.monotonic()
        assert session.post(f"/jobs/{job}/transitions/confirm")["status"] == "CONFIRMED"
        assert time.monotonic() - began >= 1.0
        busy.append(Busy(retry_after=99))
        with pytest.raises(Refused) as refused:
            session.post(f"/jobs/{job}/transitions/cancel", {"reason": "x"})
        assert (refused.value.status, refused.value.retry_after, refused.value.passes) == (503, 99.0, True)


def test_too_many_requests_wait_as_long_as_they_are_told(firm: Firm, port: int) -> None:
    with session_at(port, "tess") as session:
        others = (Use(USER, firm.ids["tess"]),) * (USER.most - 3)
        assert firm.ports.throttles.begin(others)
        firm.ports.throttles.end(others, failed=True)
        # Two logins and a look at who that is came before.
        with pytest.raises(Refused) as refused:
            session.get("/jobs")
        assert (refused.value.status, refused.value.passes) == (429, True)
        assert (refused.value.retry_after or 0) > 5


def test_what_stands_between_may_answer_anything() -> None:
    for content, headers in (
        (b"<html>Bad gateway</html>", {}),
        (b"[1]", {"retry-after": "soon"}),
        (b"\xff", {"retry-after": "-1"}),
    ):
        refused = refusal_of(502, headers, content)
        assert (refused.code, refused.retry_after, refused.passes) == ("", None, True)
        assert "502" in refused.detail


@pytest.mark.parametrize("status", ["200 OK", ELSEWHERE, "401 Unauthorized"])
def test_a_network_that_answers_by_itself_logs_nobody_out(
    firm: Firm, net: Network, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    monkeypatch.setattr(module, "GRACE", 0.1)
    with session_at(net.port, "tess") as session, portal(status) as hotel:
        near, net.server = net.server, hotel
        net.cut()
        net.up = True
        with pytest.raises((Offline, Refused)) as refused:
            session.request("GET", "/jobs", patience=0.0)
        assert isinstance(refused.value, Offline) is (status != "401 Unauthorized")
        net.server = near
        net.cut()
        net.up = True
        assert session.logged_in
        assert session.get("/jobs")["items"] == []
