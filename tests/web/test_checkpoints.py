"""The server sets down how far the audit trail has come: every so often, and at its end."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest
from tests.web.asgi import Answer, answered
from tests.web.firm import Firm

from hosanna_core.errors import Busy
from hosanna_core.model.audit import AuditEntry, AuditFilter
from hosanna_core.usecases import trail
from hosanna_core.usecases.trail import heads_of
from hosanna_web import checkpoints
from hosanna_web.app import WebSettings, create_app

OFTEN = 0.01
NEVER = 3600.0


def written(firm: Firm) -> list[AuditEntry]:
    return list(firm.ports.store.audits.entries(AuditFilter(action=trail.CHECKPOINT), None, 100))


def told(firm: Firm) -> dict[str, int]:
    return {stream: n for entry in reversed(written(firm)) for stream, n, _ in heads_of(entry)}


def all_streams(firm: Firm) -> dict[str, int]:
    heads = firm.ports.store.audits.heads(None, 100)
    return {head.stream: head.n for head in heads if head.stream != "checkpoints"}


async def until(holds: Callable[[], bool]) -> None:
    # The server's own loop goes on meanwhile, and nothing of it tells a test that it has.
    while not holds():  # noqa: ASYNC110  # see above
        await asyncio.sleep(OFTEN)


async def serving(firm: Firm, every: float, meanwhile: Any = None) -> None:
    app = create_app(firm.ports, web=WebSettings(checkpoint_every=every))
    async with app.lifespan():
        if meanwhile is not None:
            await meanwhile(app)


def test_a_server_that_stops_leaves_a_checkpoint_of_every_stream() -> None:
    firm = Firm()
    asyncio.run(serving(firm, NEVER))
    assert told(firm) == all_streams(firm)
    trail.verify_trail(firm.ports)


def test_while_it_runs_it_writes_one_whenever_something_moved_and_none_when_nothing_did() -> None:
    firm = Firm()

    async def until_it_is_told(app: Any) -> None:
        await until(lambda: told(firm) == all_streams(firm))
        count = len(written(firm))
        await asyncio.sleep(10 * OFTEN)
        assert len(written(firm)) == count
        refused: Answer = await answered(
            app, firm.asking("POST", "/auth/login", None, {"email": "x@y.z", "password": "wrong"})
        )
        assert refused.status == 401
        await until(lambda: told(firm) == all_streams(firm))

    asyncio.run(asyncio.wait_for(serving(firm, OFTEN, until_it_is_told), 30))


def test_one_that_fails_is_logged_and_tried_again_and_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    firm = Firm()
    errors = [Busy(), ValueError("It cannot be.")]

    def failing_at_first(ports: Any, looked: Any) -> bool:
        if errors:
            raise errors.pop(0)
        return trail.checkpoint(ports, looked)

    async def until_it_works(app: Any) -> None:
        await until(lambda: bool(written(firm)))
        assert (await answered(app, firm.asking("GET", "/jobs", "admin"))).status == 200

    monkeypatch.setattr(checkpoints, "checkpoint", failing_at_first)
    with caplog.at_level(logging.WARNING, logger="hosanna.web"):
        asyncio.run(asyncio.wait_for(serving(firm, OFTEN, until_it_works), 30))
    noted = [each for each in caplog.records if each.name == "hosanna.web"]
    assert [(each.levelname, each.exc_info is not None) for each in noted] == [
        ("WARNING", False),
        ("ERROR", True),
    ], "where a store that is away was asked from says nothing"
    assert told(firm) == all_streams(firm)
