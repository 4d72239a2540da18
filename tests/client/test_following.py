"""A device that follows: what it is told, what it keeps, and how it comes back."""

import logging
import threading
import time
from typing import Any

import pytest
from tests.cli.listening import listening
from tests.client.cutting import network
from tests.client.devices import (
    PATIENCE,
    SLOW,
    VERY_SLOW,
    Doorman,
    both_transports,
    device_of,
    in_step,
    seen,
    session_at,
    until,
)
from tests.web.firm import API, REASON, Firm

from hosanna_core.rules.access import AccessPolicy
from hosanna_web.app import create_app
from hosanna_web.client import (
    Follower,
    LocalCopy,
    MemoryShelf,
    Outbox,
)

MINUTE = 60_000


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


def test_who_is_stopped_before_they_begin_does_nothing(firm: Firm, port: int) -> None:
    with session_at(port, "tess") as session:
        follower = Follower(session, LocalCopy(session))
        follower.stop()
        assert list(follower) == []


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
