"""Letters carried by SMTP, against a real server."""

import contextlib
import logging
import socket
import ssl
import threading
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from tests.adapters.smtp.posting import (
    LETTER,
    SENDER,
    Postman,
    mailer_to,
    server_context,
    tells_nothing,
    until,
)

from hosanna_adapters.smtp import Encryption
from hosanna_adapters.smtp.letter import letter_of
from hosanna_core.model.condition import Mode
from hosanna_core.model.mail import Mail


def test_a_letter_arrives_as_it_was_written(postman: Postman, serving: Callable[..., int]) -> None:
    mailer = mailer_to(serving())
    mailer.send(LETTER)
    mailer.close(patience=30)
    (letter,) = postman.letters
    assert (letter["To"], letter["From"], letter["Subject"]) == (
        "annabel@example.org",
        SENDER,
        "Your new password",
    )
    assert letter["X-RcptTo"] == "annabel@example.org"
    body = letter.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert body.decode().replace("\r\n", "\n") == LETTER.text


def test_letters_arrive_in_the_order_in_which_they_were_sent(
    postman: Postman, serving: Callable[..., int]
) -> None:
    mailer = mailer_to(serving())
    for n in range(9):
        mailer.send(Mail(to="annabel@example.org", subject=f"{n}", text="t"))
    mailer.close(patience=30)
    assert [letter["Subject"] for letter in postman.letters] == [f"{n}" for n in range(9)]


def test_what_is_refused_for_now_is_tried_again(
    postman: Postman, serving: Callable[..., int], caplog: pytest.LogCaptureFixture
) -> None:
    postman.answers = ["451 come back, annabel@example.org", "451 come back"]
    mailer = mailer_to(serving())
    mailer.send(LETTER)
    until(lambda: len(postman.letters) == 1)
    mailer.close()
    assert caplog.text.count("will be tried again") == 2
    assert tells_nothing(caplog)


def test_what_is_refused_for_good_is_tried_once_and_logged_by_its_domain_alone(
    postman: Postman, serving: Callable[..., int], caplog: pytest.LogCaptureFixture
) -> None:
    postman.answers = ["550 there is no annabel@example.org here"]
    mailer = mailer_to(serving())
    mailer.send(LETTER)
    until(lambda: "could not be delivered" in caplog.text)
    mailer.close(patience=30)
    assert postman.asked == 1
    assert "somebody at example.org could not be delivered (SMTPRecipientsRefused [550])" in caplog.text
    assert tells_nothing(caplog)


def test_a_letter_that_fails_does_not_hold_up_the_next(postman: Postman, serving: Callable[..., int]) -> None:
    postman.answers = ["550 no"]
    mailer = mailer_to(serving())
    mailer.send(LETTER)
    mailer.send(Mail(to="bob@example.org", subject="s", text="t"))
    mailer.close(patience=30)
    assert [letter["To"] for letter in postman.letters] == ["bob@example.org"]


def test_a_letter_that_is_refused_for_now_does_not_either(
    postman: Postman, serving: Callable[..., int]
) -> None:
    postman.answers = ["451 come back"]
    mailer = mailer_to(serving())
    mailer.send(LETTER)
    mailer.send(Mail(to="bob@example.org", subject="s", text="t"))
    until(lambda: len(postman.letters) == 2)
    mailer.close()
    assert [letter["To"] for letter in postman.letters] == ["bob@example.org", "annabel@example.org"]


def test_letters_wait_for_a_server_that_is_away_and_arrive_in_order(
    postman: Postman, serving: Callable[..., int], caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        mailer = mailer_to(port)
        assert mailer.ready
        for n in range(3):
            mailer.send(Mail(to="annabel@example.org", subject=f"{n}", text="t"))
        until(lambda: caplog.text.count("ConnectionRefusedError") == 2)
        assert not mailer.ready
        condition = mailer.condition()
        assert (condition.mode, condition.waiting) == (Mode.DEGRADED, 3)
    serving(port=port)
    until(lambda: len(postman.letters) == 3)
    mailer.close()
    assert [letter["Subject"] for letter in postman.letters] == ["0", "1", "2"]
    assert mailer.ready
    assert tells_nothing(caplog)


def test_who_says_no_farewell_does_not_get_it_twice(postman: Postman, serving: Callable[..., int]) -> None:
    port = serving()
    postman.farewell = "421 go away"
    mailer = mailer_to(port)
    mailer.send(LETTER)
    mailer.send(Mail(to="bob@example.org", subject="s", text="t"))
    mailer.close(patience=30)
    assert [letter["To"] for letter in postman.letters] == ["annabel@example.org", "bob@example.org"]


def test_a_server_that_hangs_holds_up_neither_the_sender_nor_the_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mailer = mailer_to(silent.getsockname()[1], timeout=30.0, most_waiting=3)
        for _ in range(9):
            mailer.send(LETTER)
        mailer.close(patience=0.2)
    assert "too many are waiting" in caplog.text
    assert "letters were not sent: the server is closing" in caplog.text
    assert tells_nothing(caplog)


@pytest.mark.parametrize("word", [b"", b"2"], ids=["silent", "a letter at a time"])
def test_a_server_that_hangs_is_given_up_in_time(
    word: bytes, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hosanna_adapters.smtp.mailer.STALE", 0.2)
    over = threading.Event()

    def drip(listener: socket.socket) -> None:
        with contextlib.suppress(OSError), listener.accept()[0] as connection:
            while not over.wait(0.02):
                connection.sendall(word)

    with socket.create_server(("127.0.0.1", 0)) as hanging:
        threading.Thread(target=drip, args=(hanging,), daemon=True).start()
        mailer = mailer_to(hanging.getsockname()[1], timeout=0.1)
        mailer.send(LETTER)
        until(lambda: "could not be delivered (SMTPServerDisconnected)." in caplog.text)
        mailer.close()
        over.set()


@pytest.mark.parametrize("to", [
    "annabel@example.org\r\nBcc: eve@example.org", "annabel@example.org\nX: y", "annabel@example.org, eve@example.org",
    "annabel", "", "@", "annabel@", "\ud800@example.org", "annabel <annabelabel@example.org>",
], ids=ascii)  # fmt: skip
def test_what_is_not_exactly_one_address_goes_nowhere(
    to: str, postman: Postman, serving: Callable[..., int], caplog: pytest.LogCaptureFixture
) -> None:
    mailer = mailer_to(serving())
    mailer.send(Mail(to=to, subject="s", text="t0ken"))
    mailer.send(Mail(to="bob@example.org", subject="s", text="t"))
    mailer.close(patience=30)
    assert [letter["X-RcptTo"] for letter in postman.letters] == ["bob@example.org"]
    assert "cannot be sent" in caplog.text
    assert tells_nothing(caplog)


def test_a_subject_cannot_bring_in_headers(postman: Postman, serving: Callable[..., int]) -> None:
    mailer = mailer_to(serving())
    mailer.send(Mail(to="annabel@example.org", subject="s\r\nBcc: eve@example.org", text="t"))
    mailer.close(patience=30)
    assert postman.letters == []


def test_starttls_is_used_where_it_is_offered(
    postman: Postman, serving: Callable[..., int], certificate: Path
) -> None:
    mailer = mailer_to(serving(tls_context=server_context(certificate)))
    mailer.send(LETTER)
    mailer.close(patience=30)
    assert postman.encrypted == [True]


def test_smtps_speaks_tls_from_the_first_byte_and_checks_the_certificate(
    postman: Postman, serving: Callable[..., int], certificate: Path, caplog: pytest.LogCaptureFixture
) -> None:
    port = serving(wrapped=server_context(certificate))
    trusting = ssl.create_default_context(cafile=str(certificate))
    for context in (None, trusting):
        mailer = mailer_to(port, encryption=Encryption.FROM_THE_START, context=context)
        mailer.send(LETTER)
        mailer.close(patience=30)
    assert len(postman.letters) == 1
    assert caplog.text.count("SSLCertVerificationError") == 1


def test_a_password_is_not_sent_to_another_machine_without_tls(
    postman: Postman,
    serving: Callable[..., int],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[str] = []
    port = serving(
        authenticator=lambda *args: AuthResult(success=bool(seen.append("asked")) or True),
        auth_require_tls=False,
    )
    monkeypatch.setattr("hosanna_adapters.smtp.delivery._LOOPBACK", frozenset())
    mailer = mailer_to(port, user="hosanna", password="pa55word")
    mailer.send(LETTER)
    mailer.close(patience=30)
    assert seen == []
    assert postman.letters == []
    assert "SMTPNotSupportedError" in caplog.text
    assert tells_nothing(caplog)


def test_a_server_that_must_show_a_certificate_gets_nothing_without_one(
    postman: Postman,
    serving: Callable[..., int],
    certificate: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain, unknown = serving(), serving(tls_context=server_context(certificate))
    trusting = ssl.create_default_context(cafile=str(certificate))

    def send(port: int, **options: Any) -> None:
        mailer = mailer_to(port, encryption=Encryption.DEMANDED, **options)
        mailer.send(LETTER)
        mailer.close(patience=30)

    send(plain)
    assert postman.encrypted == [False], "this machine need not prove that it is this machine"
    monkeypatch.setattr("hosanna_adapters.smtp.delivery._LOOPBACK", frozenset())
    send(plain)
    send(unknown)
    assert len(postman.letters) == 1
    assert caplog.text.count("SMTPNotSupportedError") == 1
    assert caplog.text.count("SSLCertVerificationError") == 1
    send(unknown, context=trusting)
    assert postman.encrypted == [False, True]


def test_who_sends_does_not_even_wait_for_the_letter_to_be_written(
    postman: Postman, serving: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    written_by: list[str] = []

    def noted(mail: Mail, sender: str) -> EmailMessage:
        written_by.append(threading.current_thread().name)
        return letter_of(mail, sender)

    monkeypatch.setattr("hosanna_adapters.smtp.mailer.letter_of", noted)
    mailer = mailer_to(serving())
    mailer.send(LETTER)
    mailer.close(patience=30)
    assert written_by == ["hosanna-mail"]
    assert len(postman.letters) == 1


def test_user_and_password_open_a_server_that_asks_for_them(
    postman: Postman, serving: Callable[..., int], caplog: pytest.LogCaptureFixture
) -> None:
    def authenticator(server: Any, session: Any, envelope: Any, mechanism: Any, data: Any) -> AuthResult:
        # Not handled: the server itself says no. Without it nothing is said, and the mailer waits in vain.
        return AuthResult(success=data == LoginPassword(b"hosanna", b"pa55word"), handled=False)

    port = serving(authenticator=authenticator, auth_require_tls=False)
    for password in ("wrong pa55word", "pa55word"):
        mailer = mailer_to(port, user="hosanna", password=password)
        mailer.send(LETTER)
        mailer.close(patience=30)
    assert len(postman.letters) == 1
    assert caplog.text.count("could not be delivered") == 1
    assert tells_nothing(caplog)


def test_a_letter_after_the_end_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    mailer = mailer_to(1)
    mailer.close()
    mailer.send(LETTER)
    assert "the server is closing" in caplog.text
    assert tells_nothing(caplog)


def test_the_password_is_in_no_representation() -> None:
    mailer = mailer_to(1, user="hosanna", password="pa55word")
    assert "pa55word" not in repr(mailer) + repr(mailer._server)
