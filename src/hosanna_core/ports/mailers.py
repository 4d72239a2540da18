"""Sending mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from hosanna_core.model.mail import Mail


class Mailer(Protocol):
    """Takes letters to be delivered."""

    def send(self, mail: Mail, *, pretend: bool = False) -> None:
        """Take a letter. Answers at once and never fails: nobody may see in our answer whether it can be delivered.

        To *pretend* takes the caller as long, and nobody gets anything.
        """


@runtime_checkable
class WaryMailer(Mailer, Protocol):
    """A mailer that can say when it had better be given nothing that may wait where it is safer."""

    @property
    def ready(self) -> bool:
        """Whether what it is given now goes out soon, as far as it knows. With nothing waiting for it, always."""
