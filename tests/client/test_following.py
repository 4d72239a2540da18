"""A device that follows: what it is told, what it keeps, and how it comes back."""

import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.cli.listening import listening
from tests.client.cutting import network, portal
from tests.client.devices import PATIENCE, Device, Doorman, device_of, in_step, seen, session_at, until
from tests.web.firm import API, REASON, Firm
from websockets.exceptions import ConnectionClosedError, InvalidMessage
from websockets.sync.client import ClientConnection

from hosanna_core.rules.access import AccessPolicy
from hosanna_web.app import create_app
from hosanna_web.client import (
    Follower,
    LocalCopy,
    LoggedOut,
    MemoryShelf,
    Outbox,
    Refused,
    SqliteShelf,
    connections,
)
from hosanna_web.client import following as module
from hosanna_web.realtime import hub
from hosanna_web.realtime.closing import Close

MINUTE = 60_000
SLOW = {"shortest": 3.0, "longest": 3.0}
"""Who waits at all with these waits for a second and a half at least."""
VERY_SLOW = {"shortest": 120.0, "longest": 120.0}
"""And with these for a minute."""
both_transports = pytest.mark.parametrize("transport", ["websocket", "sse"])


@both_transports
def test_first_everything_in_view_comes_and_then_what_happens(firm: Firm, port: int, transport: str) -> None:
    job = firm.job("DISPATCHED")
    with device_of(port, "tess", transport=transport) as tess:
        assert tess.statuses() == {job: "DISPATCHED"}
        assert tess.kinds() == ["sync"]
        firm.move(job, "start")
        until(lambda: tess.statuses() == {job: "IN_PROGRESS"})
        other = firm.job("DISPATCHED")
        until(lambda: other in tess.copy.jobs)
        firm.move(job, "return_visit")
        in_step(firm, tess, "tess")
        assert list(tess.statuses()) == [other]
        assert [kind for kind in tess.kinds() if kind.startswith("job.")] == [
            "job.status_changed", "job.entered_view", "job.left_view",
        ]  # fmt: skip


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


@pytest.mark.parametrize("close", [Close.TOO_SLOW, Close.RESUME, Close.LOG_IN])
def test_who_is_told_to_come_back_does_so_at_once_with_the_last_cursor(
    firm: Firm, port: int, close: Close
) -> None:
    job = firm.job("DISPATCHED")
    doorman = Doorman(firm)
    with device_of(port, "tess", **VERY_SLOW) as tess:
        firm.move(job, "start")
        in_step(firm, tess, "tess")
        until(lambda: doorman.admitted[-1].cursor != tess.copy.cursor)
        firm.clock.step(2_000)
        cursor = tess.copy.cursor
        doorman.dismiss(close)
        until(lambda: len(doorman.admitted) == 2)
        assert doorman.admitted[1].cursor == cursor
        renewed = doorman.admitted[1].token != doorman.admitted[0].token
        assert renewed is (close is Close.LOG_IN)
        firm.move(job, "hold")
        in_step(firm, tess, "tess")


@pytest.mark.parametrize("close", [Close.GOING_AWAY, Close.RESTARTING])
def test_who_is_sent_away_with_everybody_else_comes_back_after_a_moment_with_the_last_cursor(
    firm: Firm, port: int, close: Close
) -> None:
    job = firm.job("DISPATCHED")
    doorman = Doorman(firm)
    with device_of(port, "tess", shortest=0.6, longest=0.6) as tess:
        firm.move(job, "start")
        in_step(firm, tess, "tess")
        until(lambda: doorman.admitted[-1].cursor != tess.copy.cursor)
        cursor, began = tess.copy.cursor, time.monotonic()
        doorman.dismiss(close)
        until(lambda: len(doorman.admitted) == 2)
        assert doorman.admitted[1].at - began > 0.3
        assert doorman.admitted[1].cursor == cursor


@pytest.mark.deep
@pytest.mark.parametrize("close", [Close.RESUME, Close.TOO_SLOW, Close.LOG_IN])
def test_who_is_sent_away_again_and_again_waits_longer_each_time(firm: Firm, port: int, close: Close) -> None:
    doorman = Doorman(firm)
    with device_of(port, "tess", shortest=0.4, longest=1.0):
        for _ in range(4):
            until(lambda: doorman.present() == 1)
            came = len(doorman.admitted)
            doorman.dismiss(close)
            until(lambda came=came: len(doorman.admitted) > came)  # type: ignore[misc]
    waits = [
        after.at - before.at for before, after in zip(doorman.admitted, doorman.admitted[1:], strict=False)
    ]
    assert waits[0] < 0.2
    assert [wait > least for wait, least in zip(waits[1:], (0.2, 0.4, 0.5), strict=False)] == [True] * 3


@pytest.mark.deep
@pytest.mark.parametrize("close", [Close.PROTOCOL_ERROR, Close.NOT_TEXT, Close.REFUSED, Close.TOO_LARGE])
def test_who_is_sent_away_for_what_they_said_waits_before_they_come_back(
    firm: Firm, port: int, close: Close
) -> None:
    doorman = Doorman(firm)
    with device_of(port, "tess", shortest=0.6, longest=0.6) as tess:
        began = time.monotonic()
        doorman.dismiss(close)
        until(lambda: len(doorman.admitted) == 2)
        assert doorman.admitted[1].at - began > 0.3
        until(tess.is_connected)


def test_who_said_too_much_waits_for_as_long_as_that_is_counted(
    firm: Firm, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert module._A_LITTLE == 10.0
    monkeypatch.setattr(module, "_A_LITTLE", 0.7)
    doorman = Doorman(firm)
    with device_of(port, "tess"):
        began = time.monotonic()
        doorman.dismiss(Close.TOO_MANY)
        until(lambda: len(doorman.admitted) == 2)
        assert doorman.admitted[1].at - began > 0.7


def test_who_may_not_follow_any_more_stops_and_says_so(firm: Firm, port: int) -> None:
    doorman = Doorman(firm)
    with device_of(port, "tess") as tess:
        doorman.dismiss(Close.FORBIDDEN)
        failed = tess.ended()
        assert isinstance(failed, Refused)
        assert (failed.status, failed.passes) == (403, False)


@both_transports
def test_whose_session_was_ended_elsewhere_stops_and_says_so(firm: Firm, port: int, transport: str) -> None:
    with device_of(port, "tess", transport=transport) as tess:
        assert firm.ask("POST", "/auth/logout-all", "tess").status == 204
        assert isinstance(tess.ended(), LoggedOut)
        assert not tess.session.logged_in


@pytest.mark.parametrize("shelf", [MemoryShelf, None], ids=["memory", "file"])
def test_who_got_another_role_logs_in_again_and_nothing_of_before_is_left(
    firm: Firm, port: int, shelf: Any, tmp_path: Path
) -> None:
    shown = firm.job("CONFIRMED")
    kept = SqliteShelf(tmp_path / "kept.db") if shelf is None else shelf()
    with device_of(port, "owen", shelf=kept) as owen:
        assert owen.statuses() == {shown: "CONFIRMED"}
        firm.ask("PUT", f"/users/{firm.ids['owen']}/role", "admin", {"role": "TECHNICIAN"})
        assert isinstance(owen.ended(), LoggedOut)
    with device_of(port, "owen", shelf=kept) as again:
        until(lambda: again.kinds() == ["sync"])
        assert again.told[0]["reset"]
        assert again.copy.jobs == {}
    if shelf is None:
        kept.close()


@pytest.mark.deep
def test_a_token_is_renewed_on_the_open_connection_before_it_ends() -> None:
    firm = Firm()
    with listening(firm.app) as port:
        doorman = Doorman(firm)
        with device_of(port, "tess") as tess:
            (client,) = doorman.clients()
            before = client.identity.expires_at
            firm.clock.step(15 * MINUTE - 2_000)
            until(lambda: client.identity.expires_at > before)
            job = firm.job("DISPATCHED")
            until(lambda: job in tess.copy.jobs)
            assert len(doorman.admitted) == 1


@pytest.mark.deep
def test_a_token_of_seconds_is_renewed_again_and_again_but_not_all_the_time() -> None:
    firm = Firm(policy=AccessPolicy(access_lifetime=4_000))
    with listening(firm.app) as port:
        doorman = Doorman(firm)
        with device_of(port, "tess"):
            (client,) = doorman.clients()
            ends = {client.identity.expires_at}
            end = time.monotonic() + 5
            while time.monotonic() < end:
                firm.clock.step(50)
                time.sleep(0.05)
                ends.add(client.identity.expires_at)
            assert len(doorman.admitted) == 1
            assert 2 <= len(ends) <= 5


@pytest.mark.deep
def test_where_nothing_can_be_said_a_new_token_takes_a_new_connection(firm: Firm, port: int) -> None:
    doorman = Doorman(firm)
    with device_of(port, "tess", transport="sse", **SLOW) as tess:
        firm.clock.step(15 * MINUTE - 2_000)
        until(lambda: len(doorman.admitted) == 2)
        until(tess.is_connected)
        assert doorman.admitted[0].token != doorman.admitted[1].token
        job = firm.job("DISPATCHED")
        until(lambda: job in tess.copy.jobs)


def test_a_place_that_is_lost_is_fetched_anew(firm: Firm, port: int) -> None:
    gone, kept = firm.job("DISPATCHED"), firm.job("DISPATCHED")
    with network(port) as net, device_of(net.port, "tess") as tess:
        net.cut()
        until(lambda: not tess.is_connected())
        firm.move(gone, "recall")
        firm.move(kept, "start")
        log = firm.ports.store.feed._log  # type: ignore[attr-defined]
        while len(log.events) > 1:
            log.events.popleft()
        with listening(create_app(firm.ports)) as other:
            net.server = other
            net.mend()
            in_step(firm, tess, "tess")
            assert tess.kinds().count("sync") == 2
            assert tess.told[-1]["reset"]
            assert list(tess.statuses()) == [kept]


def test_a_program_that_looks_in_now_and_then_catches_up_without_staying(firm: Firm, port: int) -> None:
    job, gone = firm.job("DISPATCHED"), firm.job("DISPATCHED")
    doorman = Doorman(firm)
    with session_at(port, "tess") as session:
        copy = LocalCopy(session)
        outbox = Outbox(session, copy)
        follower = Follower(session, copy, outbox=outbox)
        assert [message["type"] for message in follower.catch_up()] == ["sync"]
        outbox.add(job, "start")
        firm.move(gone, "recall")
        verdict, page = follower.catch_up()
        assert verdict["verdict"].done
        assert (page["reset"], page["removed"]) == (False, [gone])
        assert copy.jobs == seen(firm, "tess")
        assert doorman.admitted == []


def test_who_looks_in_while_much_is_fetched_has_what_came_meanwhile_too(
    firm: Firm, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [firm.job("CONFIRMED") for _ in range(51)]
    with session_at(port, "office") as session:
        request, first = session.request, iter(jobs)

        def interrupted(method: str, path: str, **given: Any) -> Any:
            answer = request(method, path, **given)
            if path == "/sync" and answer["more"]:
                firm.move(next(first), "cancel")
            return answer

        monkeypatch.setattr(session, "request", interrupted)
        copy = LocalCopy(session)
        told = Follower(session, copy).catch_up()
        assert [len(page["jobs"]) for page in told] == [50, 1, 1]
        assert copy.jobs == seen(firm, "office")


def test_whoever_breaks_off_in_the_middle_of_a_message_is_told_it_again(firm: Firm, port: int) -> None:
    job = firm.job("DISPATCHED")
    shelf = MemoryShelf()
    with session_at(port, "tess", shelf=shelf) as session:
        copy = LocalCopy(session)
        for message in Follower(session, copy):
            if message["type"] == "sync" and not message["more"]:
                firm.move(job, "start")
            if message["type"] == "job.status_changed":
                assert copy.jobs[job]["status"] == "IN_PROGRESS"
                break
        again = LocalCopy(session)
        assert again.jobs == copy.jobs
        (told,) = _some(Follower(session, again), 1)
        assert (told["type"], told["version"]) == ("job.status_changed", 5)


def _some(follower: Follower, count: int) -> list[dict[str, Any]]:
    found = []
    for message in follower:
        found.append(message)
        if len(found) == count:
            follower.stop()
    return found


def test_a_device_that_crashes_in_a_callback_goes_on_from_before_it(firm: Firm, port: int) -> None:
    firm.job("DISPATCHED")
    with session_at(port, "tess") as session:
        copy = LocalCopy(session)

        def crash(message: dict[str, Any]) -> None:
            raise RuntimeError(message["type"])

        with pytest.raises(RuntimeError, match="sync"):
            Follower(session, copy).run(crash)
        assert copy.cursor is None
        assert LocalCopy(session).cursor is None


@both_transports
@pytest.mark.parametrize("state", ["waiting", "offline"])
def test_it_stops_when_it_is_told_to_whatever_it_is_at(
    firm: Firm, port: int, transport: str, state: str
) -> None:
    with network(port) as net, device_of(net.port, "tess", transport=transport, **VERY_SLOW) as tess:
        if state == "offline":
            net.cut()
            until(lambda: not tess.is_connected())
            time.sleep(0.3)
        began = time.monotonic()
        tess.follower.stop()
        assert tess.ended() is None
        assert time.monotonic() - began < PATIENCE
        assert not tess.is_connected()


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


def test_who_is_stopped_before_they_begin_does_nothing(firm: Firm, port: int) -> None:
    with session_at(port, "tess") as session:
        follower = Follower(session, LocalCopy(session))
        follower.stop()
        assert list(follower) == []


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


def test_a_busy_server_is_asked_again_when_it_says(
    firm: Firm, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm.job("DISPATCHED")
    with monkeypatch.context() as patched:
        patched.setattr(hub, "MOST_CLIENTS", 0)
        with device_of(port, "tess", connected=False) as tess:
            until(lambda: tess.kinds() == ["sync"])
            time.sleep(0.5)
            assert not tess.is_connected()
            patched.undo()
            until(tess.is_connected)


def test_an_address_where_nobody_speaks_so_is_an_error_and_not_tried_for_ever(firm: Firm, port: int) -> None:
    with session_at(port, "tess") as session:
        copy = LocalCopy(session)
        session.url += "/elsewhere"
        copy.advance("x")
        with pytest.raises(Refused) as refused:
            list(Follower(session, copy))
        assert refused.value.status in {401, 404}


@both_transports
@pytest.mark.parametrize("status", ["200 OK", "401 Unauthorized"])
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


def test_news_that_are_not_about_jobs_are_told_too(firm: Firm, port: int) -> None:
    job = firm.job("ASSIGNED")
    with device_of(port, "tess") as tess:
        firm.move(job, "dispatch")
        until(lambda: {"job.entered_view", "notification.created"} <= set(tess.kinds()))
        assert tess.statuses() == {job: "DISPATCHED"}


def test_what_the_server_does_not_take_is_logged(
    firm: Firm, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "hosanna.client"), device_of(port, "tess") as tess:
        tess.follower._connection._connection.send("nonsense")  # type: ignore[union-attr]
        until(lambda: "did not take" in caplog.text)
        assert tess.is_connected()


def test_threads_may_read_the_copy_while_it_changes(firm: Firm, port: int) -> None:
    with device_of(port, "admin") as admin:
        stopping = threading.Event()
        sizes: list[int] = []

        def read() -> None:
            while not stopping.is_set():
                sizes.append(len(admin.copy.jobs))

        reader = threading.Thread(target=read)
        reader.start()
        for _ in range(20):
            firm.job()
        in_step(firm, admin, "admin")
        stopping.set()
        reader.join()
        assert sizes == sorted(sizes)


@pytest.mark.deep
@pytest.mark.parametrize("who", ["admin", "office", "tess", "theo"])
def test_a_day_with_a_bad_network_leaves_everybody_in_step(firm: Firm, port: int, who: str) -> None:
    jobs = [firm.job("DISPATCHED") for _ in range(3)]
    steps = (("start", None), ("hold", None), ("resume", None), ("complete", None))
    with network(port) as net, device_of(net.port, who) as device:
        for number, job in enumerate(jobs):
            for action, by in steps[: number + 1]:
                if number == 1:
                    net.cut()
                assert firm.move(job, action, by).status == 200
                net.mend()
            firm.move(job, "recall" if number else "return_visit")
            firm.job("CONFIRMED")
        in_step(firm, device, who)
        assert device.copy.jobs == seen(firm, who)
        assert f"{API}{REASON}" not in str(device.told)
