"""Letters into a folder, onto the terminal, or nowhere."""

import logging
import stat
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from hosanna_adapters.letters import ConsoleMailer, FileMailer, NoMailer
from hosanna_core.model.mail import Mail

LETTER = Mail(
    to="annabel@example.org", subject="Your new password", text="Follow this: https://x/#t0ken\nÅsa\n"
)


def test_each_letter_is_a_file_that_a_mail_reader_opens(tmp_path: Path) -> None:
    FileMailer(tmp_path / "mail", sender="hosanna@example.org").send(LETTER)
    (file,) = (tmp_path / "mail").iterdir()
    read = message_from_bytes(file.read_bytes(), policy=default)
    assert file.suffix == ".eml"
    assert (read["To"], read["From"], read["Subject"]) == (
        "annabel@example.org", "hosanna@example.org", "Your new password",
    )  # fmt: skip
    assert read.get_content().replace("\r\n", "\n") == LETTER.text
    assert read["Auto-Submitted"] == "auto-generated"


def test_only_their_owner_can_read_them(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "mail"
    FileMailer(folder, sender="hosanna@example.org").send(LETTER)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()] == [0o600]


def test_letters_that_are_sent_at_once_do_not_meet(tmp_path: Path) -> None:
    mailer = FileMailer(str(tmp_path), sender="hosanna@example.org")
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(mailer.send, [LETTER] * 50))
    assert len(list(tmp_path.glob("*.eml"))) == len(list(tmp_path.iterdir())) == 50


def test_a_folder_that_cannot_be_written_is_logged_without_the_letter(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "mail").write_text("a file where the folder should be")
    FileMailer(tmp_path / "mail", sender="hosanna@example.org").send(LETTER)
    assert "could not be written" in caplog.text
    assert "annabel" not in caplog.text
    assert "t0ken" not in caplog.text


@pytest.mark.parametrize(
    "to",
    ["", "annabel", "annabel@x.org\r\nBcc: eve@x.org", "annabel@x.org, eve@x.org", "@x.org", "\ud800@x.org"],
    ids=ascii,
)
def test_what_is_not_one_address_is_logged_and_no_letter(
    to: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    FileMailer(tmp_path, sender="hosanna@example.org").send(Mail(to=to, subject="s", text="t0ken"))
    assert list(tmp_path.iterdir()) == []
    assert "could not be written" in caplog.text
    assert "t0ken" not in caplog.text


def test_the_console_shows_the_letter_on_the_error_output(capsys: pytest.CaptureFixture[str]) -> None:
    ConsoleMailer().send(LETTER)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "To: annabel@example.org\n" in shown.err
    assert "https://x/#t0ken\nÅsa\n" in shown.err


def test_what_would_move_the_cursor_is_shown_as_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    ConsoleMailer().send(Mail(to="a\x1b[2J@x.org", subject="s\r", text="\ud800"))
    shown = capsys.readouterr().err
    assert "a\\x1b[2J@x.org" in shown
    assert "s\\r" in shown
    assert "\\ud800" in shown


def test_nowhere_says_that_there_was_a_letter_and_not_for_whom(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    NoMailer().send(LETTER)
    assert "was not sent" in caplog.text
    assert "example.org" not in caplog.text
