"""What holds for every answer: headers, other origins, too much at once, surprises, and the end."""

import asyncio
import dataclasses
import logging
import threading
from typing import Any

import pytest
from litestar import Litestar
from tests.web.asgi import Ask, answered, said_after
from tests.web.firm import API, JOB, Firm

from hosanna_core.errors import Busy
from hosanna_core.testing.doubles import PlainPasswords
from hosanna_web.app import WebSettings, create_app
from hosanna_web.executors import Pool

FRIEND = "https://office.example.com"


@pytest.fixture
def open_firm() -> Firm:
    return Firm(web=WebSettings(cors_origins=(FRIEND,)))


def test_no_answer_is_kept_or_guessed_at(firm: Firm) -> None:
    for answer in (
        firm.ask("GET", "/jobs", "admin"),
        firm.ask("GET", "/jobs", None),
        firm.ask("GET", "/x", "admin"),
    ):
        assert answer.header("cache-control") == "no-store"
        assert answer.header("x-content-type-options") == "nosniff"
        assert answer.header("content-length") == str(len(answer.body))


def test_a_page_of_a_friend_may_read_every_answer_also_a_refusal(open_firm: Firm) -> None:
    for target, who in (("/jobs", "admin"), ("/jobs", None), ("/nothing", "admin"), ("/jobs?x=1", "admin")):
        answer = open_firm.ask("GET", target, who, origin=FRIEND)
        assert answer.header("access-control-allow-origin") == FRIEND
        assert answer.header("vary") == "Origin"
        assert "ETag" in (answer.header("access-control-expose-headers") or "")


def test_a_page_of_a_stranger_may_not(open_firm: Firm, firm: Firm) -> None:
    for house, origin in ((open_firm, "https://elsewhere.example.com"), (open_firm, "null"), (firm, FRIEND)):
        answer = house.ask("GET", "/jobs", "admin", origin=origin)
        assert (answer.status, answer.header("access-control-allow-origin")) == (200, None)


def test_a_browser_of_a_friend_may_ask_beforehand_and_nobody_else(open_firm: Firm) -> None:
    asked = {"access_control_request_method": "PATCH"}
    preflight = open_firm.ask("OPTIONS", "/jobs/x", None, origin=FRIEND, **asked)
    assert preflight.status == 204
    assert "PATCH" in (preflight.header("access-control-allow-methods") or "")
    assert "If-Match" in (preflight.header("access-control-allow-headers") or "")
    assert (
        open_firm.ask("OPTIONS", "/jobs/x", None, origin="https://elsewhere.example.com", **asked).status
        == 401
    )
    assert open_firm.ask("OPTIONS", "/jobs/x", None, origin=FRIEND).status == 401


class BrokenUsers:
    def calling(self, user_id: str) -> Any:
        raise RuntimeError("SELECT secret FROM users at /srv/hosanna/store.db")


def test_what_nobody_foresaw_is_logged_and_not_told(firm: Firm, caplog: pytest.LogCaptureFixture) -> None:
    broken = dataclasses.replace(firm.ports, store=dataclasses.replace(firm.ports.store, users=BrokenUsers()))
    firm.app = create_app(broken)
    with caplog.at_level(logging.ERROR, "hosanna.web"):
        answer = firm.ask("GET", "/jobs", "admin")
    assert (answer.status, answer.json["code"]) == (500, "internal_error")
    assert "SELECT" not in answer.body.decode()
    assert answer.json["request_id"] in caplog.text
    assert "SELECT" in caplog.text


class BusyUsers:
    def calling(self, user_id: str) -> Any:
        raise Busy(retry_after=7)


def test_a_busy_store_says_when_to_come_back(firm: Firm) -> None:
    busy = dataclasses.replace(firm.ports, store=dataclasses.replace(firm.ports.store, users=BusyUsers()))
    firm.app = create_app(busy)
    answer = firm.ask("GET", "/jobs", "admin")
    assert (answer.status, answer.header("retry-after"), answer.json["code"]) == (503, "7", "busy")


class HeldPasswords(PlainPasswords):
    """Nobody gets through until the gate is open."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()

    def verify(self, password_hash: str, password: str) -> bool:
        self.gate.wait(10)
        return super().verify(password_hash, password)


def test_too_many_logins_wait_behind_a_limit_and_hold_up_nobody_else(firm: Firm) -> None:
    held = HeldPasswords()
    app = create_app(dataclasses.replace(firm.ports, passwords=held))
    login = Ask(
        "POST", f"{API}/auth/login", json={"email": "tess@example.com", "password": "a long enough password"}
    )
    plain = Ask("GET", f"{API}/jobs", firm.tokens["admin"])

    async def crowd() -> tuple[list[int], int]:
        waiting = [asyncio.ensure_future(answered(app, login)) for _ in range(60)]
        # Those for whom there is no room are answered while the gate is still shut.
        for _, refused in zip(range(26), asyncio.as_completed(waiting), strict=False):
            assert (await refused).status == 503
        meanwhile = (await answered(app, plain)).status
        held.gate.set()
        answers = await asyncio.gather(*waiting)
        refused = [answer for answer in answers if answer.status == 503]
        assert {answer.header("retry-after") for answer in refused} == {"1"}
        return sorted(answer.status for answer in answers), meanwhile

    statuses, meanwhile = asyncio.run(crowd())
    assert meanwhile == 200
    assert statuses == [200] * 34 + [503] * 26


def test_work_runs_on_as_many_threads_as_there_may_be_and_no_more() -> None:
    pool = Pool("test", threads=3, most_waiting=100)
    seen: set[int] = set()

    def work(number: int) -> int:
        seen.add(threading.get_ident())
        if number == 13:
            raise LookupError(number)
        return number * 2

    async def all_of_it() -> list[Any]:
        return await asyncio.gather(*(pool.run(work, number) for number in range(50)), return_exceptions=True)

    answers = asyncio.run(all_of_it())
    assert [answer for answer in answers if not isinstance(answer, Exception)] == [
        n * 2 for n in range(50) if n != 13
    ]
    assert isinstance(answers[13], LookupError)
    assert len(seen) <= 3
    pool.close()


def test_at_the_end_the_threads_go_and_then_what_they_stood_on(firm: Firm) -> None:
    closed: list[list[str]] = []

    def running() -> list[str]:
        return [
            thread.name for thread in threading.enumerate() if thread.name.startswith(("work-", "hashing-"))
        ]

    before = len(running())
    app: Litestar = create_app(firm.ports, close=lambda: closed.append(running()))

    async def a_day() -> int:
        async with app.lifespan():
            answer = await answered(app, Ask("POST", f"{API}/jobs", firm.tokens["admin"], json=JOB))
            return answer.status

    assert asyncio.run(a_day()) == 201
    assert len(closed) == 1
    assert len(closed[0]) == before


def test_a_websocket_is_turned_away(firm: Firm) -> None:
    scope = {**Ask("GET", f"{API}/stream").scope(), "type": "websocket"}
    said = said_after(firm.app, scope, {"type": "websocket.connect"})
    assert [message["type"] for message in said] == ["websocket.close"]
