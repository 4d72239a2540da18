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


@contextmanager
def opened(folder: Path) -> Iterator[House]:
    """A new house in *folder*; it is closed again when the block ends, so that a server can serve it."""
    os.environ.update(environment(folder, 5000))
    with open_system(load_settings()) as system:
        yield people(system.ports)
