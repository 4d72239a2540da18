import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hosanna_web.plugins import adding, routes, telling


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for long."""
    for room, name in (
        (adding, "REFUSING"), (adding, "RATING"), (adding, "TELLING"), (routes, "ANSWERING"), (telling, "TELLING"),
    ):  # fmt: skip
        monkeypatch.setattr(room, name, 0.05)


@pytest.fixture
def hang() -> Iterator[Callable[..., Any]]:
    """What does not come back before the test is over."""
    over = threading.Event()

    def hanging(**given: Any) -> None:
        over.wait(60)

    yield hanging
    over.set()
