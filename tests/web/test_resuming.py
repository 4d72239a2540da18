"""The WebSocket: how one goes on after one was away."""

import time
from dataclasses import replace
from types import SimpleNamespace

import pytest
from tests.cli.listening import listening
from tests.web.firm import Firm
from tests.web.listeners import listens

from hosanna_adapters.memory import feed
from hosanna_core.model.feed import Stretch
from hosanna_web.app import create_app
from hosanna_web.realtime import catching_up, ring
from hosanna_web.realtime.follower import TURN


def test_who_comes_back_gets_all_that_was_missed_once_and_in_order(firm: Firm, port: int) -> None:
    job = firm.job("CONFIRMED")
    with listens(firm, port, "admin") as admin:
        admin.next()
        cursor = admin.cursor
    for title in ("One", "Two", "Three"):
        firm.ask("PATCH", f"/jobs/{job}", "admin", {"title": title}, if_match="*")
    with listens(firm, port, "admin", f"?cursor={cursor}") as admin:
        hello = admin.next()
        missed = admin.until_quiet()
        firm.ask("PATCH", f"/jobs/{job}", "admin", {"title": "Four"}, if_match="*")
        live = admin.until_quiet()
    assert hello["recovered"] is True
    assert [each["version"] for each in (*missed, *live)] == [3, 4, 5, 6]
    assert {each["job"]["title"] for each in missed} == {"Three"}, "a job is shown as it is when it is sent"


def test_every_cursor_on_the_way_leads_on_exactly_from_there(firm: Firm, port: int) -> None:
    with listens(firm, port, "office") as office:
        office.next()
        firm.job("BILLED")
        told = office.until_quiet()
    for n, message in enumerate(told):
        with listens(firm, port, "office", f"?cursor={message['cursor']}") as again:
            assert again.next()["recovered"] is True
            rest = again.until_quiet()
        assert [(each["type"], each["job_id"]) for each in rest] == [
            (each["type"], each["job_id"]) for each in told[n + 1 :]
        ]


def test_what_entered_and_left_again_meanwhile_is_silent_and_what_left_is_told_once(
    firm: Firm, port: int
) -> None:
    seen = firm.job("DISPATCHED")
    with listens(firm, port, "tess") as tess:
        tess.next()
        cursor = tess.cursor
    unseen = firm.job("DISPATCHED")
    for action in ("recall", "dispatch", "recall"):
        firm.move(seen, action)
    firm.move(unseen, "recall")
    with listens(firm, port, "tess", f"?cursor={cursor}") as tess:
        assert tess.next()["recovered"] is True
        jobs = [each for each in tess.until_quiet() if each["type"].startswith("job.")]
    assert [(each["type"], each["job_id"]) for each in jobs] == [("job.left_view", seen)]


@pytest.mark.parametrize("cursor", ["", "x", "%00%ff", "A" * 70, "A" * 3000])
def test_a_cursor_that_is_none_recovers_nothing_and_is_no_error(firm: Firm, port: int, cursor: str) -> None:
    with listens(firm, port, "tess", f"?cursor={cursor}") as tess:
        hello = tess.next()
        assert (hello["type"], hello["recovered"]) == ("hello", False)


def test_somebody_elses_cursor_recovers_nothing_even_of_the_same_role(firm: Firm, port: int) -> None:
    with listens(firm, port, "office") as office:
        office.next()
        firm.job("CONFIRMED")
        office.until_quiet()
    for who in ("owen", "admin", "tess"):
        with listens(firm, port, who, f"?cursor={office.cursor}") as other:
            assert other.next()["recovered"] is False


def test_a_cursor_of_before_a_change_of_role_recovers_nothing_even_once_the_role_is_back(
    firm: Firm, port: int
) -> None:
    with listens(firm, port, "theo") as theo:
        theo.next()
    for role in ("OFFICE_MANAGER", "TECHNICIAN"):
        firm.ask("PUT", f"/users/{firm.ids['theo']}/role", "admin", {"role": role})
        firm.tokens["theo"] = firm.log_in("theo")
        with listens(firm, port, "theo", f"?cursor={theo.cursor}") as again:
            assert again.next()["recovered"] is False


def test_a_cursor_behind_which_events_were_dropped_recovers_nothing(
    firm: Firm, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listens(firm, port, "admin") as admin:
        admin.next()
    log = firm.ports.store.feed._log
    firm.job("DISPATCHED")
    while len(log.events) > 1:
        log.events.popleft()
    # Another server, which has none of it in memory.
    with (
        listening(create_app(firm.ports)) as other,
        listens(firm, other, "admin", f"?cursor={admin.cursor}") as again,
    ):
        assert again.next()["recovered"] is False
    assert feed.KEPT > 1


def test_a_change_made_by_one_server_reaches_the_clients_of_another_and_so_do_their_cursors(
    firm: Firm, port: int
) -> None:
    job = firm.job("CONFIRMED")
    with listening(create_app(firm.ports)) as other:
        with listens(firm, other, "office") as there, listens(firm, port, "office") as here:
            there.next()
            here.next()
            firm.move(job, "assign")
            assert there.next()["version"] == here.next()["version"] == 3
        firm.move(job, "dispatch")
        with listens(firm, other, "office", f"?cursor={here.cursor}") as there:
            assert there.next()["recovered"] is True
            assert there.next()["version"] == 4


def left_before(firm: Firm, port: int, *, changes: int) -> str:
    """Where an Administrator hung up, before so many changes of which another client was told."""
    job = firm.job("CONFIRMED")
    with listens(firm, port, "admin") as admin, listens(firm, port, "office") as office:
        admin.next()
        office.next()
        admin.connection.close()
        for n in range(changes):
            firm.ask("PATCH", f"/jobs/{job}", "admin", {"title": f"Title {n}"}, if_match="*")
        assert len(office.until_quiet()) == changes
    return admin.cursor


def test_who_was_away_for_longer_than_memory_reaches_is_told_from_the_store(
    firm: Firm, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ring, "KEPT", 4)
    monkeypatch.setattr(ring, "_DROPPED_AT_ONCE", 1)
    cursor = left_before(firm, port, changes=20)
    with listens(firm, port, "admin", f"?cursor={cursor}") as again:
        assert again.next()["recovered"] is True
        assert [each["version"] for each in again.until_quiet()] == list(range(3, 23))


def test_who_missed_more_than_is_ever_told_fetches_anew(
    firm: Firm, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listens(firm, port, "admin") as admin:
        admin.next()
    monkeypatch.setattr("hosanna_core.usecases.streams.MOST_MISSED", 2)
    firm.job("BILLED")
    with (
        listening(create_app(firm.ports)) as other,
        listens(firm, other, "admin", f"?cursor={admin.cursor}") as again,
    ):
        assert again.next()["recovered"] is False


@pytest.mark.parametrize(("most", "recovered"), [(5, False), (6, True)])
def test_what_is_in_memory_counts_among_what_was_missed(
    firm: Firm, port: int, monkeypatch: pytest.MonkeyPatch, most: int, *, recovered: bool
) -> None:
    monkeypatch.setattr(ring, "KEPT", 4)
    monkeypatch.setattr(ring, "_DROPPED_AT_ONCE", 0)
    cursor = left_before(firm, port, changes=6)
    monkeypatch.setattr("hosanna_core.usecases.streams.MOST_MISSED", most)
    with listens(firm, port, "admin", f"?cursor={cursor}") as again:
        assert again.next()["recovered"] is recovered


def test_who_takes_nothing_has_nothing_fetched_for_them(
    firm: Firm, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody can be told yet is not read again and again."""
    monkeypatch.setattr(ring, "KEPT", 2)
    monkeypatch.setattr(ring, "_DROPPED_AT_ONCE", 0)
    job = firm.job("CONFIRMED")
    with listens(firm, port, "admin") as admin:
        admin.next()
    monkeypatch.setattr(catching_up, "BEHIND", 0)
    fetched: list[object] = []
    monkeypatch.setattr(catching_up, "missed", lambda *_, **__: fetched.append(1) or [])
    with listens(firm, port, "office") as office, listens(firm, port, "admin", f"?cursor={admin.cursor}"):
        office.next()
        for n in range(6):
            firm.ask("PATCH", f"/jobs/{job}", "admin", {"title": f"Title {n}"}, if_match="*")
        assert len(office.until_quiet()) == 6
    assert not fetched


@pytest.mark.parametrize("more", [True, False], ids=["where more happened", "where nothing more happened"])
def test_a_place_that_another_server_knows_already_is_waited_for(
    firm: Firm, port: int, monkeypatch: pytest.MonkeyPatch, *, more: bool
) -> None:
    """This one's follower sleeps; the other's client brings a cursor from ahead of it."""
    job = firm.job("CONFIRMED")
    memory = firm.ports.store.feed
    sleeping = [True]
    after = memory.after

    def sleepy(cursor: bytes, limit: int) -> object:
        if sleeping[0]:
            time.sleep(0.01)
            return Stretch((), cursor)
        return after(cursor, limit)

    awake = SimpleNamespace(epoch=memory.epoch, head=memory.head, after=after, wait=memory.wait)
    ports = replace(firm.ports, store=replace(firm.ports.store, feed=awake))  # type: ignore[arg-type]
    with listening(create_app(ports)) as other, listens(firm, port, "office") as here:
        here.next()
        monkeypatch.setattr(memory, "after", sleepy)
        # What it reads already it reads awake.
        time.sleep(2 * TURN)
        with listens(firm, other, "office") as there:
            there.next()
            firm.move(job, "assign")
            ahead = there.next()["cursor"]
        if more:
            firm.move(job, "dispatch")
        with listens(firm, port, "office", f"?cursor={ahead}") as back:
            time.sleep(0.2)
            sleeping[0] = False
            assert back.next()["recovered"] is True
            if not more:
                firm.move(job, "dispatch")
            assert back.next()["version"] == 4
    assert catching_up.PATIENCE == 2.0
