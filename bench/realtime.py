"""Real time: broadcasts beside Socket.IO's, from a commit to every client, and everybody back at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import broadcasts, commits, reconnects, socketio

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.figures import Figure


def measure(folder: Path) -> Iterator[Figure]:
    """All of it; without Node.js beside no Socket.IO."""
    folder.mkdir()
    yardstick, message = socketio.installed(), folder / "message.json"
    yield from broadcasts.measure(folder / "hub", yardstick, message)
    yield from commits.measure(folder, yardstick, message)
    yield from reconnects.measure(folder / "reconnects", yardstick, message)
