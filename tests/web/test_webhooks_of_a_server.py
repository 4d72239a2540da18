"""A server that tells webhooks by itself: nobody who is slow or fails holds up the others."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from tests.cli.listening import listening
from tests.web.firm import JOB, Firm
from tests.web.webhooked import URL, Receiver, switch, wait_until

from hosanna_core.testing.samples import id_of
from hosanna_core.usecases.webhook_sending import hold_lease
from hosanna_web.app import WebSettings
from hosanna_web.hooks import EVERY, SENDERS


@pytest.fixture
def serving() -> Iterator[Firm]:
    firm = Firm(web=WebSettings(tell_every=0.02))
    with listening(firm.app):
        yield firm


def test_a_server_tells_by_itself_and_a_slow_webhook_holds_up_nobody(serving: Firm) -> None:
    slow = Receiver(serving, url=URL + "slow")
    quick = Receiver(serving)
    posted = quick.sender.posted
    send = quick.sender.send

    def sending(url: str, *given: Any) -> int | None:
        if url == slow.url:
            time.sleep(0.5)
        return send(url, *given)

    quick.sender.send = sending  # type: ignore[method-assign]
    serving.ask("POST", "/jobs", "admin", JOB)
    wait_until(lambda: len(posted) == 2)
    assert [each.url for each in posted] == [URL, slow.url]
    assert EVERY == 1.0


def test_when_a_server_ends_another_may_send_at_once() -> None:
    firm = Firm(web=WebSettings(tell_every=0.02))
    hook = Receiver(firm)
    other = replace(firm.ports, process_id=id_of(77))
    with listening(firm.app):
        firm.job()
        wait_until(lambda: bool(hook.sender.posted))
        assert not hold_lease(other)
    assert hold_lease(other)


def test_many_that_fail_or_are_disabled_keep_nobody_from_being_told(serving: Firm) -> None:
    failing = [Receiver(serving, url=f"{URL}{number}") for number in range(SENDERS)]
    disabled = [Receiver(serving, url=f"{URL}-{number}") for number in range(SENDERS)]
    sender = failing[0].sender
    sender.of = {each.url: None for each in (*failing, *disabled)}
    serving.ask("POST", "/jobs", "admin", JOB)
    wait_until(lambda: len({each.url for each in sender.posted}) == 2 * SENDERS)
    for each in disabled:
        switch(each, on=False)
    quick = Receiver(serving)
    # This is due to those who failed, too, and they are left alone for a while yet.
    serving.ask("POST", "/jobs", "admin", JOB)
    wait_until(lambda: quick.url in {each.url for each in sender.posted})
    assert {len(each.log()) for each in failing} == {2}


def test_those_that_take_their_time_are_told_in_turn_with_all_others(serving: Firm) -> None:
    slow = [Receiver(serving, url=f"{URL}{number}") for number in range(SENDERS)]
    quick = Receiver(serving)
    send = quick.sender.send
    told: list[str] = []

    def sending(url: str, *given: Any) -> int | None:
        told.append(url)
        if url != quick.url:
            serving.ask("POST", "/jobs", "admin", JOB)  # there is always more for them
            serving.clock.step(20_000)
        return send(url, *given)

    quick.sender.send = sending  # type: ignore[method-assign]
    serving.ask("POST", "/jobs", "admin", JOB)
    wait_until(lambda: quick.url in told)
    assert told.index(quick.url) <= 2 * len(slow)
