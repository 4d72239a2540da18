"""Letters on the terminal."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hosanna_core.model.mail import Mail

_log = logging.getLogger("hosanna.mail")


class ConsoleMailer:
    """`Mailer` that shows each letter on the standard error output, tokens and all: for development only."""

    def send(self, mail: Mail, *, pretend: bool = False) -> None:
        letter = f"\n--- To: {mail.to}\n--- Subject: {mail.subject}\n{mail.text.rstrip()}\n---\n"
        try:
            # In one piece: letters of two threads do not mix. What the terminal cannot show, or that would move
            # its cursor, is shown as its number.
            shown = "".join(c if c == "\n" or c.isprintable() else ascii(c)[1:-1] for c in letter)
            sys.stderr.write("" if pretend else shown)
            sys.stderr.flush()
        except (OSError, ValueError) as error:
            _log.warning("A letter could not be shown (%s).", type(error).__name__)
