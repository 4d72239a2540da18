"""One conversation with an SMTP server."""

from __future__ import annotations

import smtplib
import socket
import ssl
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from threading import Timer
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage

_SUBMISSION: Final = 587
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class Encryption(Enum):
    """How a conversation becomes secret. This machine need not prove that it is this machine."""

    FROM_THE_START = "TLS from the first byte, with a certificate that is good"
    DEMANDED = "STARTTLS with a certificate that is good, or nothing is sent"
    WHERE_IT_MATTERS = "the same on port 587 and where there is a password; else whatever is offered"


class Unreachable(Exception):
    """The server cannot be spoken to, which says nothing of the letter; its cause says why."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """Where letters are handed in, and how. A password goes only to who has shown a certificate, or to this machine."""

    host: str
    port: int
    name: str
    """What we call ourselves; looking that up may take long."""
    user: str | None
    password: str | None = field(repr=False)
    encryption: Encryption
    context: ssl.SSLContext
    timeout: float
    """Seconds for a connection, and for each word of the server."""
    longest: float
    """Seconds for all of a conversation: who says a letter at a time says each in time."""

    def deliver(self, letter: EmailMessage) -> None:
        """Hand *letter* in; raises Unreachable where the server is not there for it, else SMTPException or OSError."""
        with self._conversation() as connection:
            sender, receiver = (letter[name].addresses[0].addr_spec for name in ("From", "To"))
            beyond_ascii = not (sender.isascii() and receiver.isascii())
            # Not send_message: it writes `>From` for a line that begins with `From`.
            connection.sendmail(sender, [receiver], letter.as_bytes(), ["SMTPUTF8"] if beyond_ascii else ())
            # It has it: whatever becomes of the farewell, it does not get it twice.
            with suppress(smtplib.SMTPException, OSError):
                connection.quit()

    @contextmanager
    def _conversation(self) -> Iterator[smtplib.SMTP]:
        connection = self._new()
        enough = Timer(self.longest, _hang_up, (connection,))
        enough.daemon = True
        enough.start()
        try:
            self._begin(connection)
            yield connection
        finally:
            enough.cancel()
            connection.close()

    def _begin(self, connection: smtplib.SMTP) -> None:
        try:
            connection.connect(self.host, self.port)
            if self.encryption is not Encryption.FROM_THE_START:
                self._secure(connection)
            if self.user is not None:
                connection.login(self.user, self.password or "")
        except (smtplib.SMTPException, OSError) as error:
            raise Unreachable from error

    def _new(self) -> smtplib.SMTP:
        if self.encryption is Encryption.FROM_THE_START:
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                local_hostname=self.name, timeout=self.timeout, context=self.context
            )
        else:
            connection = smtplib.SMTP(local_hostname=self.name, timeout=self.timeout)
        # Whose certificate it must be: the library knows that only of a host that is given to it at once.
        connection._host = self.host  # type: ignore[attr-defined]  # noqa: SLF001  # see above
        return connection

    def _secure(self, connection: smtplib.SMTP) -> None:
        connection.ehlo()
        demanded = self.encryption is Encryption.DEMANDED or self.port == _SUBMISSION or self.user is not None
        if demanded and self.host not in _LOOPBACK:
            connection.starttls(context=self.context)
        elif connection.has_extn("starttls"):
            # Without it the letter would go in the clear: no certificate is worse than any.
            anybody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
            connection.starttls(context=anybody)


def _hang_up(connection: smtplib.SMTP) -> None:
    """End whatever is still under way, from another thread."""
    with suppress(OSError):
        if connection.sock is not None:
            connection.sock.shutdown(socket.SHUT_RDWR)


def is_final(error: Exception) -> bool:
    """Whether the server would say the same the next time."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code >= 500
    return isinstance(error, smtplib.SMTPNotSupportedError | ssl.SSLCertVerificationError | UnicodeError)


def kind_of(error: Exception) -> str:
    """The error without what the server said: that may repeat the address or the letter."""
    name = type(error).__name__
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return f"{name} {sorted({code for code, _ in error.recipients.values()})}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{name} {error.smtp_code}"
    return name
