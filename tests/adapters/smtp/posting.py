"""Who sends letters, and who takes them."""

import ssl
import time
from collections.abc import Callable
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.handlers import Message as MessageHandler

from hosanna_adapters.smtp import SmtpMailer
from hosanna_core.model.mail import Mail

LETTER = Mail(to="annabel@example.org", subject="Your new password", text="https://x/#t0ken\nÅsa\n")
SENDER = "hosanna@example.com"


class Postman(MessageHandler):
    """Keeps what it is given; *answers* are what it says to the next recipients."""

    def __init__(self) -> None:
        super().__init__()
        self.letters: list[Message] = []
        self.answers: list[str] = []
        self.asked = 0
        self.encrypted: list[bool] = []
        self.farewell = "221 Bye"

    async def handle_QUIT(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - likewise
        return self.farewell

    async def handle_RCPT(  # noqa: N802 - the server's name for it
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        self.asked += 1
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        self.encrypted.append(session.ssl is not None)
        return answer

    def handle_message(self, message: Message) -> None:
        self.letters.append(message)


def server_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def mailer_to(port: int, **options: Any) -> SmtpMailer:
    return SmtpMailer("127.0.0.1", port, sender=SENDER, pauses=(0.01, 0.01), **options)


def until(true: Callable[[], bool]) -> None:
    for _ in range(600):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("it never happened")


def tells_nothing(caplog: pytest.LogCaptureFixture) -> bool:
    return "t0ken" not in caplog.text and "annabel" not in caplog.text and "pa55word" not in caplog.text
