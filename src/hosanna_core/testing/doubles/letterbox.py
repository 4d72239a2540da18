"""Mail that goes nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hosanna_core.model.mail import Mail


class Letterbox:
    """A `Mailer` that keeps what was sent in *letters*, in the order in which it was."""

    def __init__(self) -> None:
        self.letters: list[Mail] = []

    def send(self, mail: Mail, *, pretend: bool = False) -> None:
        """Keep a letter."""
        if not pretend:
            self.letters.append(mail)
