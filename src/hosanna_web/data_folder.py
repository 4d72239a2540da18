"""The folder of a server without a database server: its SQLite file, and the secret that was made for it."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from pathlib import Path
from typing import Final

KEPT_IN: Final = "jwt-secret"
_SECRET_BYTES: Final = 32


class CannotStart(Exception):
    """Something around us is not as it must be; the text says what, and what to do about it."""


def prepare(folder: Path) -> Path:
    """Make the folder, for its owner alone, unless it is there; raises CannotStart if nothing can be written in it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except FileExistsError:
        raise CannotStart(
            f"The data folder {folder} is a file, and no folder: set HOSANNA_DATA to another place."
        ) from None
    except OSError as error:
        raise CannotStart(
            f"The data folder {folder} cannot be used: {error.strerror or error}. "
            "Give this user the right to write there, or set HOSANNA_DATA to another folder."
        ) from None


def kept_secret(folder: Path) -> bytes:
    """The secret that is kept in a prepared folder, made if there is none: of several processes all get the same."""
    path = folder / KEPT_IN
    try:
        if not path.exists():
            _keep(path, secrets.token_urlsafe(_SECRET_BYTES))
        secret = path.read_text(encoding="utf-8").strip().encode()
    except (OSError, UnicodeDecodeError) as error:
        raise CannotStart(f"The secret in {path} cannot be read or written: {error}.") from None
    if len(secret) < _SECRET_BYTES:
        raise CannotStart(
            f"The secret in {path} is damaged: it is shorter than {_SECRET_BYTES} bytes. Put it back from a backup. "
            "Without it nobody's store secret can be unwrapped."
        )
    return secret


def _keep(path: Path, secret: str) -> None:
    # Written whole under another name first; a link, unlike a rename, never replaces what is there.
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".jwt-secret-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(secret + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        Path(draft).unlink()
