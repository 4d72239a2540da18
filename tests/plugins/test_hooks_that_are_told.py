"""What plugins are told: messages for people, and what happened; also where one fails or hangs."""

from dataclasses import replace
from typing import Any

import pytest
from tests.cli.listening import listening
from tests.plugins.brought import PluggedFirm, plugin, raising
from tests.web.firm import REASON
from tests.web.webhooked import wait_until, work

from hosanna_core.testing.samples import id_of
from hosanna_core.usecases.delivering import deliver_due
from hosanna_core.usecases.reading_on import hold_reading
from hosanna_web.app import WebSettings
from hosanna_web.plugins.telling import TRIES, Reader


def test_a_messenger_tells_what_an_inbox_gets_until_it_has_been_told() -> None:
    told: list[Any] = []

    def tell(user: Any, notification: Any) -> None:
        if not told:
            told.append(None)
            raise RuntimeError
        told.append((user.email, notification.kind, notification.job_id))

    firm = PluggedFirm(plugin(hosanna_tell=tell))
    job = firm.job("DISPATCHED")
    deliver_due(firm.ports)
    assert told == [None]
    firm.clock.step(60_000)
    deliver_due(firm.ports)
    firm.clock.step(3_600_000)
    deliver_due(firm.ports)
    assert told == [None, ("tess@example.com", "job.dispatched", job)]


def reading(firm: PluggedFirm) -> Reader:
    reader = Reader(firm.ports, firm.plugins[0])
    while reader.once():
        pass
    return reader


def again(reader: Reader) -> None:
    while reader.once():
        pass


def test_steps_and_events_are_told_once_each_in_order_also_by_another_server() -> None:
    steps: list[Any] = []
    events: list[Any] = []
    brought = plugin(
        hosanna_moved=lambda moved: steps.append((moved.action, moved.source, moved.target, moved.reason)),
        hosanna_follow=lambda event: events.append(event.kind),
    )
    firm = PluggedFirm(brought)
    reader = reading(firm)
    assert (steps, events) == ([], [])
    job = firm.job("CONFIRMED")
    again(reader)
    firm.ask("PATCH", f"/jobs/{job}", "admin", {"title": "Other"}, if_match='"2"')
    firm.move(job, "cancel", body=REASON)
    reading(firm)
    assert steps == [
        ("create", None, "TENTATIVE", None), ("confirm", "TENTATIVE", "CONFIRMED", None),
        ("cancel", "CONFIRMED", "CANCELLED", "Because"),
    ]  # fmt: skip
    assert events == ["job.created", "job.status_changed", "job.updated", "job.status_changed"]
    work(firm)


def test_when_a_server_ends_another_may_tell_at_once() -> None:
    kinds: list[str] = []
    brought = plugin(hosanna_follow=lambda event: kinds.append(event.kind))
    firm = PluggedFirm(brought, web=WebSettings(tell_every=0.02))
    reading(firm)
    other = replace(firm.ports, process_id=id_of(77))
    with listening(firm.app):
        firm.job()
        wait_until(lambda: bool(kinds))
        assert not hold_reading(other, "plugin:permits")
    assert hold_reading(other, "plugin:permits")


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("fault", ["raises", "hangs"])
def test_an_event_that_fails_comes_again_alone_and_is_left_out_in_the_end(fault: str, hang: Any) -> None:
    heard: list[str] = []
    events: list[str] = []

    def moved(moved: Any) -> None:
        heard.append(moved.action)
        if moved.action == "create":
            (raising if fault == "raises" else hang)()

    firm = PluggedFirm(plugin(hosanna_moved=moved, hosanna_follow=lambda event: events.append(event.kind)))
    reader = reading(firm)
    firm.job("CONFIRMED")
    assert not reader.once()
    assert reader.pause == 1.0
    assert events == []
    for _ in range(TRIES - 1):
        reader.once()
    again(reader)
    assert heard[-1] == "confirm" if fault == "raises" else heard[0] == "create"
    if fault == "raises":
        assert heard == ["create"] * TRIES + ["confirm"]
        assert events == ["job.status_changed"]
    assert firm.move(firm.job(), "confirm").status == 200


def test_what_one_hook_has_heard_it_does_not_hear_again_for_the_others_sake() -> None:
    heard: list[str] = []
    failing = [True]

    def follow(event: Any) -> None:
        if failing:
            failing.clear()
            raise RuntimeError

    firm = PluggedFirm(plugin(hosanna_moved=lambda moved: heard.append(moved.action), hosanna_follow=follow))
    reader = reading(firm)
    firm.job()
    reader.once()
    again(reader)
    assert heard == ["create"]
    assert reader.pause == 0.0


def test_what_the_feed_has_no_more_is_missed_and_reading_goes_on() -> None:
    heard: list[str] = []
    firm = PluggedFirm(plugin(hosanna_follow=lambda event: heard.append(event.kind)))
    marks = firm.ports.store.bookmarks
    reader = reading(firm)
    assert marks.move("plugin:permits", marks.place("plugin:permits"), b"no place at all")
    firm.job()
    reader.once()
    firm.job()
    again(reader)
    assert heard == ["job.created"]
