"""The contract of `hosanna_core.ports.Mailer`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import pytest

from hosanna_core.model.mail import Mail
from hosanna_core.testing.racing import race

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hosanna_core.ports import Mailer

LETTER: Final = Mail(
    to="ann@example.com", subject="Your new password", text="Hello,\n\nchoose one here:\n\nhttps://x/#t=1\n"
)


class MailerContract:
    """Override `mailer`, `delivered` and `stranded`."""

    @pytest.fixture
    def mailer(self) -> Mailer:
        """The mailer under test."""
        raise NotImplementedError(f"{type(self).__name__} must override the fixture 'mailer'")

    @pytest.fixture
    def delivered(self) -> Callable[[], Sequence[Mail]]:
        """Answers what `mailer` has delivered, in any order, once all that was sent has had the time to arrive."""
        raise NotImplementedError(f"{type(self).__name__} must override the fixture 'delivered'")

    @pytest.fixture
    def stranded(self) -> Mailer:
        """A mailer that can deliver nothing: its server is away, its disk full. The same one where that cannot be."""
        raise NotImplementedError(f"{type(self).__name__} must override the fixture 'stranded'")

    def test_a_letter_arrives_once_and_as_it_was_sent(
        self, mailer: Mailer, delivered: Callable[[], Sequence[Mail]]
    ) -> None:
        mailer.send(LETTER)
        assert list(delivered()) == [LETTER]

    def test_letters_of_any_script_and_length_arrive_whole(
        self, mailer: Mailer, delivered: Callable[[], Sequence[Mail]]
    ) -> None:
        long = "A line that is longer than any mail server likes to see. " * 40
        letters = [
            Mail(to="señor@example.com", subject="光ファイバ — Überspannung", text="Grüße\n\n光\n"),
            Mail(to="bob@example.com", subject="s" * 200, text=f"{long}\n.\n..\nFrom here\n"),
        ]
        for letter in letters:
            mailer.send(letter)
        assert sorted(delivered(), key=lambda mail: mail.to) == sorted(letters, key=lambda mail: mail.to)

    def test_letters_that_are_sent_at_once_all_arrive(
        self, mailer: Mailer, delivered: Callable[[], Sequence[Mail]]
    ) -> None:
        letters = [Mail(to=f"user{n}@example.com", subject=f"No. {n}", text=f"{n}\n") for n in range(8)]
        race([partial(mailer.send, letter) for letter in letters])
        assert sorted(delivered(), key=lambda mail: mail.to) == letters

    @pytest.mark.parametrize(
        "odd",
        [
            Mail(to="ann@example.com\r\nBcc: eve@example.com", subject="Hello", text="Hello\n"),
            Mail(to="ann@example.com", subject="Hello\r\nBcc: eve@example.com", text="Hello\n"),
            Mail(to="nobody at all", subject="", text=""),
            Mail(to="", subject="\ud800", text="\ud800"),
        ],
        ids=["address", "subject", "nobody", "surrogate"],
    )
    def test_a_letter_that_cannot_be_delivered_is_no_trouble_and_reaches_nobody_else(
        self, mailer: Mailer, delivered: Callable[[], Sequence[Mail]], odd: Mail
    ) -> None:
        mailer.send(odd)
        mailer.send(LETTER)
        found = delivered()
        assert LETTER in found
        assert {mail.to for mail in found} <= {LETTER.to, odd.to}

    def test_nobody_sees_whether_a_letter_can_be_delivered(self, stranded: Mailer) -> None:
        for _ in range(3):
            answer: object = stranded.send(LETTER)  # type: ignore[func-returns-value]  # nothing is the promise
            assert answer is None
