"""The kit's contract, against a real server."""

import socket
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from hosanna_adapters.smtp import SmtpMailer
from hosanna_core.model.mail import Mail
from hosanna_core.testing.contracts import MailerContract


class Letterbox:
    """Keeps the letters as they came over the wire, and for whom."""

    def __init__(self) -> None:
        self.letters: list[Mail] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - the server's name
        letter = message_from_bytes(envelope.content, policy=default)
        text = letter.get_content().replace("\r\n", "\n")
        self.letters += [Mail(to=to, subject=letter["Subject"], text=text) for to in envelope.rcpt_tos]
        return "250 OK"


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


class TestSmtpMailer(MailerContract):
    @pytest.fixture
    def letterbox(self) -> Letterbox:
        return Letterbox()

    @pytest.fixture
    def mailer(self, letterbox: Letterbox) -> Iterator[SmtpMailer]:
        server = Controller(letterbox, hostname="127.0.0.1", port=free_port(), ready_timeout=30)
        server.start()
        yield SmtpMailer("127.0.0.1", server.port, sender="hosanna@example.com")
        server.stop()

    @pytest.fixture
    def delivered(self, mailer: SmtpMailer, letterbox: Letterbox) -> Callable[[], list[Mail]]:
        def once_the_queue_is_empty() -> list[Mail]:
            mailer.close(patience=60)
            return letterbox.letters

        return once_the_queue_is_empty

    @pytest.fixture
    def stranded(self) -> Iterator[SmtpMailer]:
        mailer = SmtpMailer("127.0.0.1", free_port(), sender="hosanna@example.com")
        yield mailer
        mailer.close()
