"""A device that is sent away: when it comes back, and when it does not."""

import time
from pathlib import Path
from typing import Any

import pytest
from tests.client.devices import (
    VERY_SLOW,
    Doorman,
    both_transports,
    device_of,
    in_step,
    session_at,
    until,
)
from tests.web.firm import Firm

from hosanna_web.client import (
    Follower,
    LocalCopy,
    LoggedOut,
    MemoryShelf,
    Refused,
    SqliteShelf,
)
from hosanna_web.client import following as module
from hosanna_web.realtime import hub
from hosanna_web.realtime.closing import Close


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
