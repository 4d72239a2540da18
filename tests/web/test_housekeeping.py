"""What is older than the settings say is forgotten by the server, little by little; what proves something never."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.web.firm import Firm

from hosanna_core.errors import Busy
from hosanna_core.model.audit import AuditFilter
from hosanna_core.model.ids import DAY, MINUTE
from hosanna_core.ports import Ports
from hosanna_core.rules.assignment.hours import day_text
from hosanna_core.testing.samples import a_notice, a_plan, id_of, plan_change
from hosanna_core.usecases.housekeeping import forget_old
from hosanna_web import housekeeping
from hosanna_web.app import WebSettings, create_app

OFTEN = 0.01


def settle(firm: Firm, **retention: int) -> None:
    firm.tokens["admin"] = firm.log_in("admin")
    assert firm.ask("PUT", "/settings", "admin", {"retention": retention}).status == 200


def notify(firm: Firm, *numbers: int, **fields: Any) -> None:
    for number in numbers:
        firm.ports.store.inboxes.notify(
            a_notice(number, firm.ids["tess"], created_at=firm.clock.now(), **fields)
        )


def inbox(firm: Firm) -> list[str]:
    return [each.id for each in firm.ports.store.inboxes.notices(firm.ids["tess"], None, 1_000)]


def left(firm: Firm) -> tuple[list[str], int]:
    return inbox(firm), len(firm.ports.store.dayplans.page(None, 10))


def test_each_kind_is_kept_for_as_long_as_the_settings_say(firm: Firm) -> None:
    notify(firm, 1, 2)
    firm.ports.store.inboxes.mark_read(firm.ids["tess"], id_of(2), firm.clock.now())
    today = day_text(firm.clock.now(), "UTC")
    firm.ports.store.ledger.commit(plan_change(a_plan(3, date=today)))
    settle(firm, read_notifications=10, unread_notifications=20, plans=30)
    seen = {0: left(firm)}
    for day in range(1, 40):
        firm.clock.step(DAY)
        if forget_old(firm.ports):
            seen[day] = left(firm)
    assert seen == {0: ([id_of(2), id_of(1)], 1), 11: ([id_of(1)], 1), 21: ([], 1), 31: ([], 0)}


def test_what_proves_something_is_never_forgotten(firm: Firm) -> None:
    job = firm.job("BILLED")
    settle(firm, read_notifications=1, unread_notifications=1, webhook_deliveries=1, plans=7)
    trail = len(list(firm.ports.store.audits.entries(AuditFilter(), None, 1_000)))
    history = firm.ask("GET", f"/jobs/{job}/history", "admin").json
    firm.clock.step(20 * 365 * DAY)
    while forget_old(firm.ports):
        pass
    firm.tokens["admin"] = firm.log_in("admin")
    assert firm.ask("GET", f"/jobs/{job}/history", "admin").json == history
    assert len(list(firm.ports.store.audits.entries(AuditFilter(), None, 1_000))) > trail


async def until(holds: Callable[[], bool]) -> None:
    # The server's own loop goes on meanwhile, and nothing of it tells a test that it has.
    while not holds():  # noqa: ASYNC110  # see above
        await asyncio.sleep(OFTEN)


def serve(ports: Ports, holds: Callable[[], bool]) -> None:
    async def serving() -> None:
        async with create_app(ports, web=WebSettings(forget_every=OFTEN)).lifespan():
            await until(holds)

    asyncio.run(asyncio.wait_for(serving(), 30))


def test_the_server_forgets_a_few_at_once_until_nothing_is_too_old(
    firm: Firm, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(housekeeping, "PAUSE", 0.0)
    caplog.set_level(logging.INFO, "hosanna.web")
    notify(firm, *range(1, 251))
    firm.clock.step(730 * DAY + 1)
    notify(firm, 300)
    serve(firm.ports, lambda: inbox(firm) == [id_of(300)])
    assert "are gone" in caplog.text


class AwayAtFirst:
    """Inboxes of a store that is away, and back after a while."""

    def __init__(self, inner: Any, error: Exception) -> None:
        self._inner = inner
        self._errors = [error] * 2

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def sweep(self, *given: int) -> int:
        if self._errors:
            raise self._errors.pop()
        return int(self._inner.sweep(*given))


@pytest.mark.parametrize("error", [Busy("away"), RuntimeError("a bug")])
def test_what_could_not_be_forgotten_is_forgotten_later(
    firm: Firm, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    notify(firm, 1)
    firm.clock.step(730 * DAY + MINUTE)
    store = firm.ports.store
    away = replace(store, inboxes=AwayAtFirst(store.inboxes, error))
    serve(replace(firm.ports, store=away), lambda: inbox(firm) == [])
    assert caplog.text.count("it is tried again") == 2
