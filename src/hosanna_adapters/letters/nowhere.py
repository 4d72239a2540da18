"""Letters that are not sent."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hosanna_core.model.mail import Mail

_log = logging.getLogger("hosanna.mail")


class NoMailer:
    """`Mailer` of a system that has nobody to carry letters; the log says for each that there was one."""

    def send(self, mail: Mail, *, pretend: bool = False) -> None:  # noqa: ARG002 - the port's names
        if not pretend:
            _log.warning("A letter was not sent: no way to send mail is configured.")
