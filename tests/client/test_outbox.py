"""Commands that were queued offline: none is lost, none is done twice, and each gets its verdict."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from tests.client.cutting import ELSEWHERE, Network, portal
from tests.client.devices import Device, device_of, in_step, session_at, until
from tests.web.firm import PASSWORD, REASON, Firm

from hosanna_core.errors import Busy
from hosanna_web.client import (
    Follower,
    LocalCopy,
    LoggedOut,
    MemoryShelf,
    Offline,
    Outbox,
    Refused,
    Session,
    SqliteShelf,
)
from hosanna_web.client import outbox as module


def statuses(firm: Firm, *jobs: str) -> list[str]:
    return [firm.read(job).json["status"] for job in jobs]


def told(verdicts: list[Any]) -> list[tuple[str, int]]:
    return [(verdict.command.action, verdict.status) for verdict in verdicts]


def busy_once(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store is busy for the next commit, and for a second."""
    commit, busy = firm.ports.store.ledger.commit, [Busy(retry_after=1)]

    def failing(change: Any) -> None:
        if busy:
            raise busy.pop()
        commit(change)

    monkeypatch.setattr(firm.ports.store.ledger, "commit", failing)


def test_what_was_queued_offline_is_done_in_order_once_the_server_is_reached(
    firm: Firm, net: Network
) -> None:
    job = firm.job("DISPATCHED")
    with session_at(net.port, "tess", patience=0.2) as session:
        outbox = Outbox(session)
        net.cut()
        outbox.add(job, "start")
        outbox.add(job, "complete", {"work_summary": "Done"})
        with pytest.raises(Offline):
            outbox.send()
        assert [command.action for command in outbox.waiting] == ["start", "complete"]
        net.mend()
        verdicts = outbox.send()
        assert told(verdicts) == [("start", 200), ("complete", 200)]
        assert all(verdict.done for verdict in verdicts)
        assert outbox.waiting == ()
        assert statuses(firm, job) == ["COMPLETED"]


def test_a_refusal_is_told_and_forgotten_and_stops_no_other(firm: Firm, port: int) -> None:
    mine, theirs = firm.job("DISPATCHED"), firm.job("CONFIRMED")
    with session_at(port, "tess") as session:
        outbox = Outbox(session)
        outbox.add(theirs, "start")
        outbox.add(mine, "complete")
        outbox.add(mine, "start", if_match=3)
        outbox.add(mine, "start", if_match=4)
        verdicts = outbox.send()
        assert told(verdicts) == [("start", 404), ("complete", 409), ("start", 412), ("start", 200)]
        assert [verdict.done for verdict in verdicts] == [False, False, False, True]
        assert verdicts[1].problem["code"] == "illegal_transition"
        assert outbox.waiting == ()


def test_what_is_sent_again_after_a_lost_answer_is_done_once(firm: Firm, net: Network) -> None:
    job = firm.job("DISPATCHED")
    with session_at(net.port, "tess", patience=0.0) as session:
        outbox = Outbox(session)
        outbox.add(job, "start")
        net.losing = True
        with pytest.raises(Offline):
            outbox.send()
        until(lambda: statuses(firm, job) == ["IN_PROGRESS"])
        net.mend()
        assert told(outbox.send()) == [("start", 200)]
        assert firm.read(job).json["version"] == 5


def test_a_device_that_starts_anew_has_its_queue_and_nobody_elses(
    firm: Firm, port: int, tmp_path: Path
) -> None:
    job = firm.job("DISPATCHED")
    with SqliteShelf(tmp_path / "kept.db") as shelf, session_at(port, "tess", shelf=shelf) as session:
        queued = Outbox(session).add(job, "hold", REASON, if_match=5)
        session.log_in("theo@example.com", "a long enough password")
        assert Outbox(session).waiting == ()
        session.log_in("tess@example.com", "a long enough password")
    with SqliteShelf(tmp_path / "kept.db") as shelf, session_at(port, shelf=shelf) as session:
        outbox = Outbox(session)
        assert outbox.waiting == (queued,)
        assert told(outbox.send()) == [("hold", 412)]


def test_what_one_queued_is_not_sent_in_the_name_of_another(firm: Firm, port: int) -> None:
    job = firm.job("DISPATCHED")
    with session_at(port, "tess") as session:
        copy = LocalCopy(session)
        outbox = Outbox(session, copy)
        outbox.add(job, "start")
        session.log_in("theo@example.com", PASSWORD)
        for work in (outbox.send, lambda: list(Follower(session, copy))):
            with pytest.raises(LoggedOut):
                work()
        assert statuses(firm, job) == ["DISPATCHED"]
        session.log_in("tess@example.com", PASSWORD)
        assert told(outbox.send()) == [("start", 200)]


def test_a_verdict_that_nobody_took_is_given_again(firm: Firm, port: int) -> None:
    job = firm.job("DISPATCHED")
    with session_at(port, "tess") as session:
        outbox = Outbox(session)
        outbox.add(job, "start")
        outbox.add(job, "complete")
        for verdict in outbox.sending():
            assert verdict.done
            break
        again = Outbox(session)
        assert told(again.send()) == [("start", 200), ("complete", 200)]


def test_what_is_put_off_stays_in_its_order_until_the_server_has_time(
    firm: Firm, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = firm.job("DISPATCHED"), firm.job("DISPATCHED")
    with session_at(port, "tess") as session:
        outbox = Outbox(session)
        for job, action in ((first, "start"), (first, "complete"), (second, "start")):
            outbox.add(job, action)
        busy_once(firm, monkeypatch)
        assert outbox.send() == []
        assert len(outbox.waiting) == 3
        assert not outbox.due
        assert outbox.send() == []
        until(lambda: outbox.due)
        assert told(outbox.send()) == [("start", 200), ("complete", 200), ("start", 200)]
        assert statuses(firm, first, second) == ["COMPLETED", "IN_PROGRESS"]


def test_a_command_on_which_the_server_stumbles_stays_and_the_others_are_done(
    firm: Firm, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, sound = firm.job("DISPATCHED"), firm.job("DISPATCHED")
    with session_at(port, "tess") as session:
        outbox = Outbox(session)
        stuck = outbox.add(broken, "start")
        outbox.add(sound, "start")
        commit = firm.ports.store.ledger.commit

        def failing(change: Any) -> None:
            if change.root.id == broken:
                raise RuntimeError("a bug")
            commit(change)

        monkeypatch.setattr(firm.ports.store.ledger, "commit", failing)
        assert told(outbox.send()) == [("start", 200)]
        assert outbox.waiting == (stuck,)
        outbox.drop(stuck.key)
        assert Outbox(session).waiting == ()


def test_a_command_that_the_server_does_not_take_at_all_is_refused_and_stops_no_other(
    firm: Firm, port: int
) -> None:
    jobs = [firm.job("DISPATCHED") for _ in range(3)]
    with session_at(port, "tess") as session:
        outbox = Outbox(session)
        outbox.add(jobs[0], "start")
        outbox.add("j" * 300, "start")
        outbox.add(jobs[1], "start")
        outbox.add(jobs[2], "start", if_match=0)
        outbox.add(jobs[1], "complete", {"work_summary": "x" * 1_100_000})
        outbox.add(jobs[2], "start")
        verdicts = outbox.send()
        assert told(verdicts) == [
            ("start", 200), ("start", 422), ("start", 200), ("start", 422), ("complete", 413), ("start", 200)
        ]  # fmt: skip
        assert verdicts[1].problem["errors"][0]["pointer"] == "/commands/0/job_id"
        assert outbox.waiting == ()
        assert statuses(firm, *jobs) == ["IN_PROGRESS"] * 3


@pytest.mark.parametrize("status", [ELSEWHERE, "400 Bad Request", "403 Forbidden"])
def test_what_a_network_answers_by_itself_decides_on_no_command(
    firm: Firm, net: Network, status: str
) -> None:
    job = firm.job("DISPATCHED")
    with session_at(net.port, "tess", patience=0.0) as session, portal(status) as hotel:
        outbox = Outbox(session)
        outbox.add(job, "start")
        near, net.server = net.server, hotel
        net.cut()
        net.up = True
        with pytest.raises((Offline, Refused)):
            outbox.send()
        net.cut()
        net.server, net.up = near, True
        assert told(outbox.send()) == [("start", 200)]


def test_where_lists_are_told_apart_nothing_overtakes_what_was_put_off(
    firm: Firm, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = firm.job("DISPATCHED")
    with session_at(port, "tess") as session:
        outbox = Outbox(session)
        for action in ("start", "complete"):
            outbox.add(job, action)
        outbox.add("j" * 300, "start")
        outbox.add(job, "start")
        busy_once(firm, monkeypatch)
        assert outbox.send() == []
        assert len(outbox.waiting) == 4
        until(lambda: outbox.due)
        assert told(outbox.send()) == [("start", 200), ("complete", 200), ("start", 422), ("start", 409)]


@pytest.mark.parametrize("body", [{"amount": float("nan")}, {"reason": "\ud800"}, {"at": time}])
def test_what_no_json_can_say_is_not_queued(firm: Firm, port: int, body: dict[str, Any]) -> None:
    with session_at(port, "tess") as session:
        outbox = Outbox(session)
        with pytest.raises((TypeError, ValueError)):
            outbox.add("j", "hold", body)
        assert outbox.waiting == ()


def test_what_was_queued_is_sent_as_it_was_then(firm: Firm, port: int) -> None:
    with session_at(port, "tess") as session:
        outbox, body = Outbox(session), dict(REASON)
        outbox.add(firm.job("IN_PROGRESS"), "hold", body)
        body["reason"] = ""
        assert told(outbox.send()) == [("hold", 200)]


def test_more_than_one_request_takes_go_one_after_another(
    firm: Firm, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_AT_ONCE", 3)
    job = firm.job("DISPATCHED")
    steps = ["start", *["hold", "resume"] * 4, "complete"]
    with session_at(port, "tess") as session:
        outbox = Outbox(session)
        for action in steps:
            outbox.add(job, action, REASON if action in {"hold", "resume"} else {})
        assert told(outbox.send()) == [(action, 200) for action in steps]


def test_no_request_is_larger_than_the_server_takes(firm: Firm, port: int) -> None:
    job = firm.job("IN_PROGRESS")
    with session_at(port, "tess") as session:
        outbox = Outbox(session)
        for _ in range(30):
            outbox.add(job, "hold", {"reason": "ü" * 12_000})
        assert told(outbox.send()) == [("hold", 422)] * 30


def test_the_longest_list_is_taken(firm: Firm, port: int) -> None:
    job = firm.job("IN_PROGRESS")
    with session_at(port, "tess") as session:
        outbox = Outbox(session)
        for _ in range(250):
            outbox.add(job, "start")
        assert told(outbox.send()) == [("start", 409)] * 250


def test_two_threads_that_send_at_once_tell_each_verdict_once(firm: Firm, port: int) -> None:
    jobs = [firm.job("DISPATCHED") for _ in range(6)]
    with session_at(port, "tess") as session:
        outbox = Outbox(session)
        found: list[Any] = []
        for job in jobs:
            outbox.add(job, "start")
        threads = [threading.Thread(target=lambda: found.extend(outbox.send())) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert told(found) == [("start", 200)] * 6


def test_the_copy_shows_what_was_done_at_once(firm: Firm, port: int) -> None:
    job = firm.job("DISPATCHED")
    with session_at(port, "tess") as session:
        copy = LocalCopy(session)
        copy.apply_page(session.get("/sync"))
        outbox = Outbox(session, copy)
        outbox.add(job, "start")
        outbox.send()
        assert copy.jobs[job]["status"] == "IN_PROGRESS"


def test_a_command_that_cannot_be_kept_is_not_taken() -> None:
    class Full(MemoryShelf):
        def change(self, kind: str, **more: Any) -> None:
            if kind.startswith("commands"):
                raise OSError("no space left")
            super().change(kind, **more)

    shelf = Full()
    shelf.change("notes", put={"user_id": "tess"})
    outbox = Outbox(Session("http://hosanna.example", shelf=shelf))
    with pytest.raises(OSError, match="no space"):
        outbox.add("j", "start")
    assert outbox.waiting == ()


def test_who_follows_sends_what_waits_as_soon_as_the_network_is_back(firm: Firm, net: Network) -> None:
    job, gone = firm.job("DISPATCHED"), firm.job("DISPATCHED")
    with device_of(net.port, "tess") as tess:
        net.cut()
        until(lambda: not tess.is_connected())
        tess.outbox.add(job, "start")
        tess.outbox.add(gone, "start")
        tess.outbox.add(job, "complete")
        firm.move(gone, "recall")
        net.mend()
        until(lambda: len(tess.verdicts()) == 3)
        assert told(tess.verdicts()) == [("start", 200), ("start", 404), ("complete", 200)]
        in_step(firm, tess, "tess")
        assert tess.statuses() == {job: "COMPLETED"}
        assert tess.outbox.waiting == ()


def test_what_is_queued_while_connected_goes_out_with_what_comes_next(firm: Firm, port: int) -> None:
    job = firm.job("DISPATCHED")
    with device_of(port, "tess") as tess:
        tess.outbox.add(job, "start")
        firm.job("DISPATCHED")
        until(lambda: len(tess.verdicts()) == 1)
        assert statuses(firm, job) == ["IN_PROGRESS"]


def test_a_phone_whose_session_ended_keeps_its_queue_until_somebody_logs_in(firm: Firm, port: int) -> None:
    job = firm.job("DISPATCHED")
    shelf = MemoryShelf()
    with device_of(port, "tess", shelf=shelf) as tess:
        tess.outbox.add(job, "start")
        firm.ask("POST", "/auth/logout-all", "tess")
        tess.ended()
    with session_at(port, "tess", shelf=shelf) as session, Device(session) as again:
        until(lambda: told(again.verdicts()) == [("start", 200)])
    assert statuses(firm, job) == ["IN_PROGRESS"]


def test_the_clock_that_puts_off_is_not_that_of_the_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = MemoryShelf()
    shelf.change("notes", put={"user_id": "tess"})
    outbox = Outbox(Session("http://hosanna.example", shelf=shelf))
    assert not outbox.due
    outbox.add("j", "start")
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert outbox.due
