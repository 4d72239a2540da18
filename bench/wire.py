"""A server that speaks MongoDB's wire protocol, as the tests have it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.wire import wire_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def wire(folder: Path) -> Iterator[str]:
    """The address of a fresh database there."""
    folder.mkdir()
    with wire_server(folder) as uri:
        yield uri.rstrip("/") + "/bench"
