"""The kit's contract, for a folder."""

from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from hosanna_adapters.letters import FileMailer
from hosanna_core.model.mail import Mail
from hosanna_core.testing.contracts import MailerContract


def read(file: Path) -> Mail:
    letter = message_from_bytes(file.read_bytes(), policy=default)
    return Mail(to=letter["To"], subject=letter["Subject"], text=letter.get_content().replace("\r\n", "\n"))


class TestFileMailer(MailerContract):
    @pytest.fixture
    def mailer(self, tmp_path: Path) -> FileMailer:
        return FileMailer(tmp_path / "mail", sender="hosanna@example.com")

    @pytest.fixture
    def delivered(self, tmp_path: Path) -> Callable[[], list[Mail]]:
        return lambda: [read(file) for file in (tmp_path / "mail").glob("*.eml")]

    @pytest.fixture
    def stranded(self, tmp_path: Path) -> FileMailer:
        (tmp_path / "file").touch()
        return FileMailer(tmp_path / "file" / "mail", sender="hosanna@example.com")
