"""Files of JSON lines, one name a line: what comes twice stands there once."""

from __future__ import annotations

import json
import threading
from pathlib import Path

_LOCK = threading.Lock()
_FOLDER: list[Path] = []


def set_up(folder: str | None) -> None:
    """Write there from now on; raises ValueError where that is no folder."""
    if folder is None or not Path(folder).is_dir():
        raise ValueError("HOSANNA_PLUGIN_PERMITS_FOLDER must name a folder that is there.")
    _FOLDER[:] = [Path(folder)]


def note(ledger: str, name: str, **what: str) -> None:
    """Add a line to a ledger, unless one of that *name* is there. Hooks may be asked on any thread."""
    with _LOCK:
        file = _FOLDER[0] / f"{ledger}.jsonl"
        if any(line["name"] == name for line in _read(file)):
            return
        with file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"name": name, **what}) + "\n")


def noted(ledger: str) -> list[dict[str, str]]:
    """What stands in it."""
    with _LOCK:
        return _read(_FOLDER[0] / f"{ledger}.jsonl")


def _read(file: Path) -> list[dict[str, str]]:
    if not file.exists():
        return []
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
