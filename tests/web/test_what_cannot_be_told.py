"""An event that cannot be told: it is tried, it is put down, and nobody misses it without being told to fetch anew."""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from tests.cli.listening import listening
from tests.web.firm import Firm
from tests.web.listeners import events, listens

from hosanna_core.errors import Busy
from hosanna_core.model.feed import Followed
from hosanna_core.ports import Feed
from hosanna_core.usecases import telling
from hosanna_web.app import create_app
from hosanna_web.realtime import audiences, catching_up, follower, hub
from hosanna_web.realtime.suspicion import TRIES

CLOSE = 4409
WORDS = {"title": "Mind the gap", "body": "It is wide."}


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "_LONGEST_REST", 0.1)
    monkeypatch.setattr(catching_up, "_REST", 0.05)


class Poison:
    """What fails, as often as it is told to, for events of some kind."""

    def __init__(self, inner: Callable[..., Any], kind: str, times: int = 1_000_000) -> None:
        self.inner = inner
        self.kind = kind
        self.left = times
        self.failed = 0

    def strike(self, kinds: Sequence[str]) -> None:
        if self.kind in kinds and self.left:
            self.left -= 1
            self.failed += 1
            raise ValueError("It is not to be read.")

    def look(self, ports: Any, sealer: Any, followed: Sequence[Followed], present: Any) -> Any:
        self.strike([each.event.kind for each in followed])
        return self.inner(ports, sealer, followed, present)

    def message(self, told: telling.Telling, seen: Any) -> Any:
        self.strike([told.event.kind])
        return self.inner(told, seen)


def looking_fails(patch: pytest.MonkeyPatch, kind: str, times: int = 1_000_000) -> Poison:
    poison = Poison(telling.look, kind, times)
    patch.setattr(follower, "look", poison.look)
    patch.setattr(catching_up, "look", poison.look)
    return poison


def wording_fails(patch: pytest.MonkeyPatch, kind: str, times: int = 1_000_000) -> Poison:
    poison = Poison(telling.Telling._message, kind, times)

    def message(told: telling.Telling, seen: Any) -> Any:
        return poison.message(told, seen)

    patch.setattr(telling.Telling, "_message", message)
    return poison


def announce(firm: Firm) -> str:
    answer = firm.ask("POST", "/announcements", "admin", WORDS)
    assert answer.status == 201, answer.body
    return str(answer.json["id"])


def errors(caplog: pytest.LogCaptureFixture, holding: str) -> list[logging.LogRecord]:
    return [each for each in caplog.records if each.levelname == "ERROR" and holding in each.getMessage()]


@pytest.mark.parametrize("fails", [looking_fails, wording_fails])
def test_what_always_fails_sends_everybody_away_and_who_has_not_heard_it_fetches_anew(
    firm: Firm,
    port: int,
    fails: Callable[..., Poison],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    fails(monkeypatch, "announcement.created")
    with listens(firm, port, "office") as office:
        office.next()
        first = firm.job("CONFIRMED")
        assert office.next()["job_id"] == first
        before = office.cursor
        said = announce(firm)
        assert office.close_code() == CLOSE
        assert [each["type"] for each in office.heard] == ["hello", "job.entered_view"]
    if fails is wording_fails:
        with listens(firm, port, "office", f"?cursor={before}") as office:
            assert office.next()["recovered"] is True
            assert office.close_code() == CLOSE
            assert len(office.heard) == 1
    with listens(firm, port, "office", f"?cursor={before}") as office:
        assert office.next()["recovered"] is False
        second = firm.job("CONFIRMED")
        assert office.next()["job_id"] == second
    (put_down,) = errors(caplog, "cannot be looked at" if fails is looking_fails else "cannot be told:")
    assert f"announcement|{said}|" in put_down.getMessage()
    assert put_down.exc_info is not None


@pytest.mark.parametrize("fails", [looking_fails, wording_fails])
def test_what_fails_for_a_while_is_lost_to_nobody(
    firm: Firm, port: int, fails: Callable[..., Poison], monkeypatch: pytest.MonkeyPatch
) -> None:
    poison = fails(monkeypatch, "announcement.created", TRIES - 1)
    with listens(firm, port, "office") as office:
        office.next()
        said = announce(firm)
        if fails is looking_fails:
            assert office.next()["announcement"]["id"] == said
        else:
            assert office.close_code() == CLOSE
        before = office.cursor
    with listens(firm, port, "office", f"?cursor={before}") as office:
        assert office.next()["recovered"] is True
        kinds = office.kinds()
        assert ("announcement.created" in kinds) is (fails is wording_fails)
    assert poison.failed == TRIES - 1


def test_what_is_around_an_event_that_fails_is_told_as_ever(
    firm: Firm, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listens(firm, port, "office") as office:
        cursor = office.next()["cursor"]
    before = [firm.job("CONFIRMED") for _ in range(3)]
    announce(firm)
    after = [firm.job("CONFIRMED") for _ in range(3)]
    poison = looking_fails(monkeypatch, "announcement.created", TRIES + 1)
    with listens(firm, port, "office", f"?cursor={cursor}") as office:
        assert office.next()["recovered"] is True
        assert [office.next()["job_id"] for _ in before] == before
        assert office.close_code() == CLOSE
    assert poison.failed == TRIES + 1, "once with what is around it, and then alone"
    with listens(firm, port, "office", f"?cursor={office.cursor}") as office:
        assert office.next()["recovered"] is False
    listed = firm.ask("GET", "/jobs", "office").json["items"]
    assert {job["id"] for job in listed} == {*before, *after}


def test_a_server_that_starts_anew_passes_over_it_as_well(
    firm: Firm, port: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with events(firm, port, "office") as office:
        cursor = next(office)["id"]
    announce(firm)
    looking_fails(monkeypatch, "announcement.created")
    with (
        listening(create_app(firm.ports)) as another,
        events(firm, another, "office", **{"Last-Event-ID": cursor}) as office,
    ):
        assert '"recovered":false' in next(office)["data"]
        firm.job("CONFIRMED")
        assert next(office)["event"] == "job.entered_view"
    assert len(errors(caplog, "cannot be told:")) == 1


def test_a_delivery_that_breaks_off_is_told_once_to_whoever_comes_back(
    firm: Firm, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell, broken = audiences.Audience.tell, []

    def breaking(self: Any, tellings: Any, apart: Any) -> Iterator[None]:
        yield from tell(self, tellings, apart)
        if not broken:
            broken.append(True)
            raise RuntimeError("a bug")

    monkeypatch.setattr(audiences.Audience, "tell", breaking)
    with listens(firm, port, "office") as office, listens(firm, port, "admin") as admin:
        office.next()
        admin.next()
        job = firm.job("CONFIRMED")
        assert [office.close_code(), admin.close_code()] == [CLOSE, CLOSE]
    for who, versions in (("office", 1), ("admin", 2)):
        listener = {"office": office, "admin": admin}[who]
        with listens(firm, port, who, f"?cursor={listener.cursor}") as again:
            assert again.next()["recovered"] is True
            again.until_quiet()
        told = [each for each in listener.heard + again.heard if each.get("job_id") == job]
        assert len(told) == len({each["type"] for each in told}) == versions


def test_where_the_feed_cannot_be_read_everybody_goes_on_behind_it(
    firm: Firm, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    feed: Feed = firm.ports.store.feed
    start, after = feed.head(), type(feed).after

    def unreadable(self: Any, cursor: bytes, limit: int) -> Any:
        if cursor < spoilt:
            raise ValueError("It is not to be decoded.")
        return after(self, cursor, limit)

    spoilt = start
    monkeypatch.setattr(type(feed), "after", unreadable)
    with listening(firm.app) as port:
        with listens(firm, port, "office") as office:
            office.next()
            spoilt = (int.from_bytes(start, "big") + 2).to_bytes(len(start), "big")
            firm.job("CONFIRMED")
            assert office.close_code() == CLOSE
        with listens(firm, port, "office", f"?cursor={office.cursor}") as office:
            assert office.next()["recovered"] is False
            job = firm.job("CONFIRMED")
            assert office.next()["job_id"] == job
    assert errors(caplog, "What comes next in the feed cannot be read")
    assert errors(caplog, "What clients missed cannot be read")


@pytest.mark.parametrize("error", [Busy(), ValueError("It is not to be read.")])
def test_who_cannot_be_looked_at_on_coming_in_is_told_to_come_back_and_forgotten(
    firm: Firm,
    port: int,
    error: Exception,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object) -> None:
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(hub, "caller_of", fail)
        with listens(firm, port, "office") as office:
            assert office.close_code() == CLOSE
    assert firm.app._hub.count == 0
    assert len(errors(caplog, "may listen")) == isinstance(error, ValueError)
    with listens(firm, port, "office") as office:
        assert office.next()["type"] == "hello"
