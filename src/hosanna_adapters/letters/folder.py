"""Letters in a folder."""

from __future__ import annotations

import logging
import os
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hosanna_adapters.smtp.letter import letter_of

if TYPE_CHECKING:
    from hosanna_core.model.mail import Mail

_log = logging.getLogger("hosanna.mail")


class FileMailer:
    """`Mailer` that writes each letter as an .eml file that only its owner can read, whole or not at all.

    The names sort by when the letters were sent.
    """

    def __init__(self, folder: Path | str, *, sender: str) -> None:
        self._folder = Path(folder)
        self._sender = sender

    def send(self, mail: Mail, *, pretend: bool = False) -> None:
        try:
            self._write(letter_of(mail, self._sender).as_bytes(), pretend=pretend)
        except (OSError, ValueError) as error:
            # Neither the address nor the text: the letter may hold a token.
            _log.warning("A letter could not be written (%s).", type(error).__name__)

    def _write(self, letter: bytes, *, pretend: bool) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{uuid.uuid4().hex[:8]}"
        unfinished = self._folder / f".{name}.part"
        try:
            descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(letter)
            if not pretend:
                unfinished.rename(self._folder / f"{name}.eml")
        finally:
            unfinished.unlink(missing_ok=True)
