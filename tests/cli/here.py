"""The command line in this process: quicker than one of its own, where only what it says and does matters."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hosanna_web.cli import main


def home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in *folder*, with a store of its own there and nothing of the surroundings."""
    for name in ("MONGODB_URI", "HOSANNA_ENV", "NODE_ENV"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOSANNA_DATA", str(folder / "store"))
    monkeypatch.chdir(folder)
    return folder


def hosanna(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])
