"""The yardstick of real time: a Socket.IO server, installed from npm into a cache outside the tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.serving import Server, environment, free_port, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "Socket.IO 4.8"
_SOURCE = Path(__file__).with_name("node")
_TOOLS = ("node", "npm")


def installed() -> Path | None:
    """The folder where it is installed; None, and a word about it, where it cannot be."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hosanna-bench"
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    why = f"for want of {' and '.join(missing)}" if missing else _install(cache)
    if why:
        print(f"skipped: the yardstick {NAME}, {why}", file=sys.stderr, flush=True)
    return None if why else cache


def _install(cache: Path) -> str:
    """Why it could not be; after the first time there is nothing to do, and nobody to ask."""
    cache.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "broadcast.js"):
        shutil.copy(_SOURCE / name, cache)
    options = ("--no-audit", "--no-fund", "--no-package-lock", "--prefer-offline", "--silent")
    done = subprocess.run(["npm", "install", *options], cwd=cache, check=False)
    return "npm could not install it" if done.returncode else ""


@contextmanager
def socketio(folder: Path, message: Path, *, recovering: bool = False) -> Iterator[Server]:
    """The server; a number that it is told is how often it says the *message* to everybody."""
    port = free_port()
    words = ["node", str(folder / "broadcast.js"), str(port), str(message), *(["recovering"] * recovering)]
    with serving(words, environment(folder), port, told=True) as server:
        yield server
