"""A server that speaks MongoDB's wire protocol, as the tests have it."""

from __future__ import annotations

import select
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.wire import SERVE, STARTS_IN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def wire(folder: Path) -> Iterator[str]:
    """The address of a fresh database there."""
    folder.mkdir()
    words = [sys.executable, "-c", SERVE, str(folder)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            if not select.select([server.stdout], [], [], STARTS_IN)[0]:
                raise RuntimeError("the wire server did not start")
            yield server.stdout.readline().strip().rstrip("/") + "/bench"
        finally:
            server.kill()
