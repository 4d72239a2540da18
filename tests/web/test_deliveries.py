"""The server delivers what is due while it runs, whatever goes wrong, and ends soon when it is told to."""

import asyncio
import dataclasses
import json
import logging
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.webpush.services import Device, certificate_in, push_service
from tests.usecases.firm import A_DEVICE
from tests.web.asgi import answered
from tests.web.firm import Firm

from hosanna_adapters.webpush.pusher import WebPusher
from hosanna_core.errors import Busy
from hosanna_core.ports import Pushed
from hosanna_core.usecases import delivering
from hosanna_core.usecases.pushing import MOST_DEVICES
from hosanna_web import deliveries
from hosanna_web.app import WebSettings, create_app

OFTEN = 0.01
BY_EMAIL = {"preferences": {"notifications": {"job.dispatched": {"email": True}}}}


async def until(holds: Callable[[], bool]) -> None:
    # The server's own loop goes on meanwhile, and nothing of it tells a test that it has.
    while not holds():  # noqa: ASYNC110  # see above
        await asyncio.sleep(OFTEN)


def served(firm: Firm, meanwhile: Any) -> None:
    async def serving() -> None:
        app = create_app(firm.ports, web=WebSettings(deliver_every=OFTEN))
        async with app.lifespan():
            await meanwhile(app)

    asyncio.run(asyncio.wait_for(serving(), 30))


def letters(firm: Firm) -> list[Any]:
    found: list[Any] = firm.ports.mailer.letters  # type: ignore[attr-defined]
    return found


def test_what_is_due_is_delivered_while_it_runs() -> None:
    firm = Firm()
    firm.ask("PATCH", "/auth/me", "tess", BY_EMAIL)
    job = firm.job("ASSIGNED")

    async def dispatch(app: Any) -> None:
        done = await answered(app, firm.asking("POST", f"/jobs/{job}/transitions/dispatch", "office", {}))
        assert done.status == 200
        await until(lambda: bool(letters(firm)))

    served(firm, dispatch)
    assert [letter.to for letter in letters(firm)] == ["tess@example.com"]


def test_more_than_one_go_takes_is_delivered_without_a_pause() -> None:
    firm = Firm()
    firm.ask("PATCH", "/auth/me", "tess", BY_EMAIL)
    for _ in range(2 * delivering.AT_ONCE + 1):
        firm.job("DISPATCHED")

    async def wait(_: Any) -> None:
        await until(lambda: len(letters(firm)) == 2 * delivering.AT_ONCE + 1)

    served(firm, wait)


def test_a_failure_is_logged_and_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    firm = Firm()
    firm.ask("PATCH", "/auth/me", "tess", BY_EMAIL)
    firm.job("DISPATCHED")
    errors = [Busy("Come back."), ValueError("It cannot be.")]

    def failing_at_first(ports: Any, stopping: Any) -> int:
        if errors:
            raise errors.pop(0)
        return delivering.deliver_due(ports, stopping)

    async def wait(app: Any) -> None:
        await until(lambda: bool(letters(firm)))
        assert (await answered(app, firm.asking("GET", "/jobs", "admin"))).status == 200

    monkeypatch.setattr(deliveries, "deliver_due", failing_at_first)
    with caplog.at_level(logging.WARNING, logger="hosanna.web"):
        served(firm, wait)
    said = "Notifications could not be delivered; it is tried again."
    told = [each for each in caplog.records if each.name == "hosanna.web"]
    assert [(each.getMessage(), each.exc_info is not None) for each in told] == [
        (f"{said} Come back.", False),
        (said, True),
    ], "where a store that is away was asked from says nothing"


def test_a_device_reads_what_its_user_was_dispatched_and_the_push_service_does_not(tmp_path: Path) -> None:
    firm = Firm()
    certificate = certificate_in(tmp_path)
    tls = ssl.create_default_context(cafile=certificate)
    pusher = WebPusher(firm.ports.keys.pushes, contact="mailto:a@b.example", tls=tls, allowed=lambda _: True)
    firm.ports = dataclasses.replace(firm.ports, pusher=pusher)
    with push_service(certificate) as service:
        device = Device(service.url)

        async def dispatch(app: Any) -> None:
            key = await answered(app, firm.asking("GET", "/notifications/push-key", "tess"))
            assert key.json == {"public_key": pusher.public_key}
            given = device.subscription
            body = {"endpoint": given.endpoint, "keys": {"p256dh": given.p256dh, "auth": given.auth}}
            made = firm.asking("POST", "/notifications/push-subscriptions", "tess", body)
            assert (await answered(app, made)).status == 201
            moved = firm.asking("POST", f"/jobs/{job}/transitions/dispatch", "office", {})
            assert (await answered(app, moved)).status == 200
            await until(lambda: bool(service.posts))

        job = firm.job("ASSIGNED")
        served(firm, dispatch)
        ((_, _, body),) = service.posts
    told = json.loads(device.opened(body))
    (item,) = firm.ask("GET", "/notifications", "tess").json["items"]
    assert told == {name: item[name] for name in ("id", "kind", "title", "body", "job_id")}
    assert told["job_id"] == job
    assert b"Replace main panel" not in body


class Slow:
    """A `Pusher` whose services take long."""

    public_key = "kit"

    def __init__(self) -> None:
        self.asked = 0
        self.asking = threading.Event()

    def push(self, *_: Any) -> Pushed:
        self.asked += 1
        self.asking.set()
        time.sleep(1)
        return Pushed.LATER


def test_a_slow_push_service_holds_up_nobody_and_a_server_that_stops_for_one_device_at_most() -> None:
    firm = Firm()
    slow = Slow()
    firm.ports = dataclasses.replace(firm.ports, pusher=slow)
    for number in range(MOST_DEVICES):
        body = {**A_DEVICE, "endpoint": f"https://push.example.com/s/{number}"}
        assert firm.ask("POST", "/notifications/push-subscriptions", "tess", body).status == 201
    firm.job("DISPATCHED")

    async def work(app: Any) -> None:
        await until(slow.asking.is_set)
        assert (await answered(app, firm.asking("POST", "/notifications/read-all", "theo"))).status == 200
        assert slow.asked < MOST_DEVICES, "it was answered while others were still told"

    served(firm, work)
    assert slow.asked < MOST_DEVICES, "the others wait for the next start"
