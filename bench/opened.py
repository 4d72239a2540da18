"""The store of a folder, opened as the server opens it, with the benches' people hired."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bench.house import House, people
from bench.serving import environment
from hosanna_web.composition import open_system
from hosanna_web.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_DATABASE = "MONGODB_URI"


@contextmanager
def opened(folder: Path, *, database: str = "", technicians: int = 20) -> Iterator[House]:
    """A new house in *folder*, or in a *database*; it is closed when the block ends, so that a server can serve it."""
    os.environ.pop(_DATABASE, None)
    os.environ.update(environment(folder, 5000, database))
    with open_system(load_settings()) as system:
        yield people(system.ports, technicians)
