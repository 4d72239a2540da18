"""What `/health/ready` and `/metrics` tell, and that nobody waits for a store that is away."""

import asyncio
import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.web.asgi import Answer, Ask, answered
from tests.web.firm import API, JOB, Firm

from hosanna_adapters.memory import MemoryStore
from hosanna_core.errors import Busy
from hosanna_core.model.condition import Condition, Mode
from hosanna_web import executors, watching
from hosanna_web.app import WebSettings, create_app
from hosanna_web.executors import Pool
from hosanna_web.measuring import Measures

TOKEN = "figures-for-prometheus"
AT_ONCE = 10.0
"""Seconds: long for a promise of two, on a machine with other things to do; who is silent is so for a minute."""


class Fault:
    """Users that can be asked for, or cannot."""

    def __init__(self, really: Any) -> None:
        self._really = really
        self.asked = 0
        self.raises: Exception | None = None
        self.silent = threading.Event()
        self.silent.set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._really, name)

    def page(self, *given: Any) -> Any:
        self.asked += 1
        self._go_wrong()
        return self._really.page(*given)

    def calling(self, *given: Any) -> Any:
        self._go_wrong()
        return self._really.calling(*given)

    def _go_wrong(self) -> None:
        assert self.silent.wait(60)
        if self.raises is not None:
            raise self.raises


@pytest.fixture
def fault() -> Iterator[Fault]:
    found = Fault(MemoryStore().ports())
    yield found
    found.silent.set()


@pytest.fixture
def far(fault: Fault) -> Firm:
    """A firm whose store is far away, and may be further."""
    store = MemoryStore().ports()
    fault._really = store.users
    return Firm(dataclasses.replace(store, users=fault), web=WebSettings(near=False, threads=4))


def figures(firm: Firm, **headers: str) -> dict[tuple[str, ...], float]:
    answer = firm.ask("GET", "/metrics", None, base="", **headers)
    assert answer.status == 200, answer.body
    assert (answer.header("content-type") or "").startswith("text/plain; version=0.0.4")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.body.decode())
        for sample in family.samples
    }


def ready(firm: Firm) -> Answer:
    return firm.ask("GET", "/health/ready", None, base="")


def running(app: Any, day: Callable[[], Any]) -> Any:
    async def whole() -> Any:
        async with app.lifespan():
            return await day()

    return asyncio.run(whole())


def test_readiness_tells_of_each_thing_how_it_is(firm: Firm) -> None:
    told = ready(firm).json
    assert told["status"] == "ok"
    (store,) = told["dependencies"]
    assert (store["name"], store["mode"]) == ("store", "ok")
    assert store["latency_ms"] >= 0


def test_what_stands_beside_the_store_makes_it_degraded_and_no_more() -> None:
    firm = Firm()
    gone = Condition(name="redis", mode=Mode.AWAY, error="TimeoutError")
    firm.app = create_app(firm.ports, conditions=(lambda: gone, lambda: None))
    answer = ready(firm)
    assert (answer.status, answer.json["status"]) == (200, "degraded")
    assert answer.json["dependencies"][1] == {"name": "redis", "mode": "away", "error": "TimeoutError"}


def test_a_store_that_fails_is_told_by_the_class_of_its_error_alone(far: Firm, fault: Fault) -> None:
    fault.raises = ValueError("mongodb://ann:secret@db.example.com")
    answer = ready(far)
    assert (answer.status, answer.json["code"], answer.header("retry-after")) == (503, "not_ready", "2")
    assert answer.json["dependencies"] == [{"name": "store", "mode": "away", "error": "ValueError"}]
    assert b"secret" not in answer.body


def test_who_asks_a_thousand_times_a_second_asks_the_store_once(
    far: Firm, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PATIENCE", "KEPT"):  # a busy machine takes longer than a second for a thousand
        monkeypatch.setattr(watching, name, 60.0)
    before = fault.asked
    answers = far.at_once(*[Ask("GET", "/health/ready")] * 1_000)
    assert {each.status for each in answers} == {200}
    assert fault.asked == before + 1


def test_a_silent_store_is_found_out_within_two_seconds_while_the_process_lives(
    far: Firm, fault: Fault
) -> None:
    fault.silent.clear()
    began = time.monotonic()

    async def a_day() -> None:
        for _ in range(2):
            asked = asyncio.create_task(answered(far.app, Ask("GET", "/health/ready")))
            alive = await answered(far.app, Ask("GET", "/health/live"))
            assert alive.status == 200
            assert (await asked).json["dependencies"][0]["error"] == "TimeoutError"
        assert time.monotonic() - began < AT_ONCE
        assert fault.asked == 1 + asked_at_the_start, "a silent store is not asked a second time"
        fault.silent.set()
        back = time.monotonic()
        while (await answered(far.app, Ask("GET", "/health/ready"))).status != 200:
            assert time.monotonic() - back < 60
            await asyncio.sleep(0.05)

    asked_at_the_start = fault.asked
    asyncio.run(a_day())


def test_who_waits_for_a_silent_store_is_told_within_two_seconds_and_it_is_served_again_when_it_is_back(
    far: Firm, fault: Fault
) -> None:
    lists = Ask("GET", f"{API}/users", far.tokens["admin"])
    makes = Ask("POST", f"{API}/jobs", far.tokens["admin"], json=JOB)

    async def a_day() -> tuple[list[Answer], Answer, float]:
        fault.silent.clear()
        began = time.monotonic()
        waiting = await asyncio.gather(*(answered(far.app, each) for each in (lists, makes) * 20))
        took = time.monotonic() - began
        asked = fault.asked
        at_once = await answered(far.app, lists)
        assert fault.asked == asked, "nobody waits for it again"
        assert (await answered(far.app, Ask("GET", "/health/live"))).status == 200
        assert (await answered(far.app, Ask("GET", f"{API}/nothing"))).status == 401, "it has no token at all"
        fault.silent.set()
        back = time.monotonic()
        while (await answered(far.app, lists)).status != 200:
            assert time.monotonic() - back < 60
            await asyncio.sleep(0.05)
        return waiting, at_once, took

    waiting, at_once, took = running(far.app, a_day)
    assert took < AT_ONCE
    for each in (*waiting, at_once):
        assert (each.status, each.json["code"]) == (503, "busy")
        assert each.header("retry-after") == "2"
    words = {each.json["detail"] for each in waiting}
    assert any("nothing was changed" in each for each in words)
    assert any("is not known" in each for each in words), "a change may have been made"
    assert "nothing was changed" in at_once.json["detail"]


def test_who_waits_for_a_thread_is_told_also_while_every_thread_is_stuck(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(executors, "LONGEST_WAIT", 0.2)
    turned: list[str] = []
    pool = Pool("few", threads=1, most_waiting=2, turned_away=turned.append)
    stuck = threading.Event()

    async def crowd() -> None:
        first = asyncio.create_task(pool.run(stuck.wait, 60))
        await asyncio.sleep(0)
        waiting = [asyncio.create_task(pool.run(int)) for _ in range(3)]
        began = time.monotonic()
        told = await asyncio.gather(*waiting, return_exceptions=True)
        assert time.monotonic() - began < AT_ONCE
        assert [type(each) for each in told] == [Busy] * 3
        stuck.set()
        assert await first
        assert await pool.run(int) == 0

    asyncio.run(crowd())
    pool.close()
    assert turned == ["few"] * 3


def test_what_came_to_nothing_meanwhile_does_not_disturb_its_thread() -> None:
    pool = Pool("one", threads=1, most_waiting=9)
    stuck = threading.Event()

    async def crowd() -> None:
        waiting = [asyncio.create_task(pool.serve(stuck.wait, 60)) for _ in range(3)]
        await asyncio.sleep(0.05)
        assert pool.oldest is not None
        pool.give_up(Busy("away"))
        assert all(isinstance(each, Busy) for each in await asyncio.gather(*waiting, return_exceptions=True))
        assert pool.oldest is None
        stuck.set()
        assert await pool.serve(int) == 0
        assert (pool.waiting, pool.busy) == (0, 0)

    asyncio.run(crowd())
    pool.close()


def test_a_server_that_is_about_to_stop_is_not_ready(firm: Firm) -> None:
    asyncio.run(firm.app.end_streams())  # type: ignore[attr-defined]  # it is our own
    answer = ready(firm)
    assert (answer.status, answer.json["code"]) == (503, "not_ready")


def test_requests_are_counted_by_their_template_and_never_by_their_path(firm: Firm) -> None:
    job_id = firm.job("CONFIRMED")
    for target, who in (
        (f"/jobs/{job_id}", "admin"),
        (f"/jobs/{job_id}?x=1", "admin"),
        ("/nothing/here", "admin"),
    ):
        firm.ask("GET", target, who)
    firm.send(Ask("BREW", "/coffee", host=b"elsewhere"))
    firm.ask("POST", f"/jobs/{job_id}/transitions/dance", None, {})
    found = figures(firm)
    assert found["hosanna_requests_total", "POST", f"{API}/jobs/{{id}}/transitions/{{action}}", "401"] == 1
    assert found["hosanna_transitions_total", "other", "unauthenticated"] == 1
    assert found["hosanna_requests_total", "GET", f"{API}/jobs/{{id}}", "200"] == 1
    assert found["hosanna_requests_total", "GET", f"{API}/jobs/{{id}}", "422"] == 1
    assert found["hosanna_requests_total", "GET", "none", "404"] == 1
    assert found["hosanna_requests_total", "other", "none", "404"] == 1
    assert found["hosanna_request_seconds_count", "GET", f"{API}/jobs/{{id}}"] == 2
    assert any(name[0] == "hosanna_request_seconds_bucket" and "+Inf" in name for name in found)
    assert found["hosanna_errors_total", "invalid"] == 1
    assert found["hosanna_requests_in_progress",] == 1, "this one"
    assert not [name for name in found if any(job_id in part or "nothing" in part for part in name)]


def test_logins_and_transitions_are_counted_by_what_came_of_them(firm: Firm) -> None:
    wrong = {"email": "tess@example.com", "password": "not this one"}
    for _ in range(11):
        firm.ask("POST", "/auth/login", None, wrong)
    job_id = firm.job("CONFIRMED")
    firm.move(job_id, "dispatch", "admin")
    firm.move(job_id, "start", "office")
    firm.move(job_id, "confirm", "admin")
    firm.move(job_id, "dance", "admin")
    found = figures(firm)
    assert found["hosanna_logins_total", "ok"] == 5
    assert found["hosanna_logins_total", "refused"] == 10
    assert found["hosanna_logins_total", "throttled"] == 1
    assert found["hosanna_transitions_total", "confirm", "done"] == 1
    assert found["hosanna_transitions_total", "confirm", "illegal_transition"] == 1
    assert found["hosanna_transitions_total", "dispatch", "permission_denied"] == 1
    assert found["hosanna_transitions_total", "other", "not_found"] == 1


def test_transitions_that_come_with_others_are_counted_each(firm: Firm) -> None:
    job_id = firm.job("CONFIRMED")
    sent = [
        {"key": "1", "job_id": job_id, "action": "assign", "body": {"technician_id": "auto"}},
        {"key": "2", "job_id": job_id, "action": "assign", "body": {"technician_id": firm.ids["tess"]}},
        {"key": "3", "job_id": job_id, "action": "start"},
        {"key": "4", "job_id": job_id, "action": job_id},
    ]
    answer = firm.ask("POST", "/sync", "admin", {"commands": sent})
    assert [each["status"] for each in answer.json["verdicts"]] == [200, 409, 403, 404]
    found = figures(firm)
    assert found["hosanna_transitions_total", "assign", "done"] == 1
    assert found["hosanna_transitions_total", "assign", "illegal_transition"] == 1
    assert found["hosanna_transitions_total", "start", "permission_denied"] == 1
    assert found["hosanna_transitions_total", "other", "not_found"] == 1


def test_handshakes_are_counted_by_what_came_of_them(firm: Firm) -> None:
    def shake(path: str, token: str) -> list[str]:
        scope = {
            **Ask("GET", path, token).scope(),
            "type": "websocket",
            "scheme": "ws",
            "subprotocols": [],
            "extensions": {},
        }
        coming = [{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1000}]
        said: list[str] = []

        async def receive() -> Any:
            return coming.pop(0)

        async def send(message: Any) -> None:
            said.append(message["type"])

        asyncio.run(firm.app(scope, receive, send))  # type: ignore[arg-type]  # a part of a scope will do
        return said

    assert shake(f"{API}/stream", firm.tokens["tess"])[0] == "websocket.accept"
    assert shake(f"{API}/stream", "nobody's") == ["websocket.close"]
    assert shake(f"{API}/elsewhere", firm.tokens["tess"]) == ["websocket.close"]
    found = figures(firm)
    assert found["hosanna_handshakes_total", "done"] == 1
    assert found["hosanna_handshakes_total", "unauthenticated"] == 1
    assert found["hosanna_handshakes_total", "not_found"] == 1


def test_a_fault_of_ours_is_counted(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(firm.ports.store.jobs), "page", lambda *_: 1 / 0)
    assert firm.ask("GET", "/jobs", "admin").status == 500
    found = figures(firm)
    assert found["hosanna_errors_total", "internal_error"] == 1
    assert found["hosanna_requests_total", "GET", f"{API}/jobs", "500"] == 1


def test_pools_and_dependencies_have_gauges(firm: Firm) -> None:
    found = figures(firm)
    for pool in ("reading", "writing", "hashing", "planning"):
        assert found["hosanna_pool_waiting", pool] == 0
        assert found["hosanna_pool_threads", pool] >= 2
    assert found["hosanna_dependency_mode", "store"] == 0
    assert found["hosanna_dependency_seconds", "store"] >= 0
    assert found["hosanna_sockets_open", "websocket"] == found["hosanna_sockets_open", "server_sent"] == 0
    assert found["hosanna_feed_lag_seconds",] == 0


def test_where_there_is_a_token_nobody_reads_the_figures_without_it() -> None:
    firm = Firm(web=WebSettings(metrics_token=TOKEN))
    for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": f"Basic {TOKEN}"}):
        refused = firm.ask("GET", "/metrics", None, base="", **headers)
        assert (refused.status, refused.header("www-authenticate")) == (401, "Bearer")
    assert figures(firm, authorization=f"Bearer {TOKEN}")
    assert firm.ask("GET", "/metrics", None, base="").status == 401


def test_an_answer_says_which_request_it_is_for_in_whoevers_words_are_plain(firm: Firm) -> None:
    def named(**headers: str) -> str:
        return firm.ask("GET", "/health/live", None, base="", **headers).header("x-request-id") or ""

    assert named(x_request_id="4bf92f3577b34da6-1") == "4bf92f3577b34da6-1"
    minted = {
        named(),
        named(),
        named(x_request_id='a"b'),
        named(x_request_id="x" * 129),
        named(x_request_id="a\tb"),
    }
    assert len(minted) == 5
    assert all(each.isascii() and 5 < len(each) < 40 and '"' not in each for each in minted)


def test_a_fault_is_answered_with_the_name_of_its_request(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(firm.ports.store.jobs), "page", lambda *_: 1 / 0)
    answer = firm.ask("GET", "/jobs", "admin", x_request_id="mine-1")
    assert (answer.status, answer.json["request_id"]) == (500, "mine-1")


def test_backups_and_what_is_due_are_plain_calls() -> None:
    measures = Measures()
    measures.backed_up()
    measures.backup_failed()
    measures.backup_due(due=True)
    measures.last_backup(1_700_000_000.5)
    measures.found_due("notices", 20)
    measures.cut_off(4408)
    text = measures.text().decode()
    for line in (
        'hosanna_backups_total{outcome="ok"} 1.0',
        'hosanna_backups_total{outcome="failed"} 1.0',
        "hosanna_backup_due 1.0",
        "hosanna_backup_last_success_timestamp_seconds 1.7000000005e+09",
        'hosanna_deliveries_due{kind="notices"} 20.0',
        'hosanna_clients_cut_off_total{code="4408"} 1.0',
    ):
        assert line in text.splitlines()
