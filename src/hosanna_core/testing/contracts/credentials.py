"""The contracts of `Passwords` and `Tokens`: what people and programs show to be let in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from hosanna_core.errors import Unauthenticated
from hosanna_core.model.ids import MINUTE, Millis
from hosanna_core.ports import Claims
from hosanna_core.testing.samples import START, id_of

if TYPE_CHECKING:
    from hosanna_core.ports import Passwords, Tokens


class PasswordsContract:
    """Override `passwords` and `formerly`."""

    @pytest.fixture
    def passwords(self) -> Passwords:
        """The hashing under test; make it as quick as it can be made."""
        raise NotImplementedError(f"{type(self).__name__} must override the fixture 'passwords'")

    @pytest.fixture
    def formerly(self) -> Passwords:
        """The same technology, with the parameters that it had before they were changed."""
        raise NotImplementedError(f"{type(self).__name__} must override the fixture 'formerly'")

    def test_a_password_fits_its_own_hash_and_no_other(self, passwords: Passwords) -> None:
        hashed = passwords.hash("correct horse")
        assert passwords.verify(hashed, "correct horse")
        for wrong in ("correct horse ", "Correct horse", "", "correct"):
            assert not passwords.verify(hashed, wrong)

    def test_two_hashes_of_one_password_differ(self, passwords: Passwords) -> None:
        assert passwords.hash("same") != passwords.hash("same")

    def test_a_hash_does_not_hold_the_password(self, passwords: Passwords) -> None:
        assert "correct horse" not in passwords.hash("correct horse")

    def test_long_and_foreign_passwords_count_in_full(self, passwords: Passwords) -> None:
        long = "光" * 200
        hashed = passwords.hash(long)
        assert passwords.verify(hashed, long)
        assert not passwords.verify(hashed, long[:-1])

    @pytest.mark.parametrize("broken", ["", "$", "plain", "$argon2id$v=19$m=1", "\x00", "é" * 50])
    def test_a_hash_that_cannot_be_read_fits_nothing(self, passwords: Passwords, broken: str) -> None:
        assert not passwords.verify(broken, "anything")
        assert not passwords.verify(broken, "")

    def test_the_decoy_looks_like_a_hash_and_fits_nothing(self, passwords: Passwords) -> None:
        decoy = passwords.decoy()
        assert decoy.partition("$")[0] == passwords.hash("x").partition("$")[0]
        assert not passwords.verify(decoy, "")
        assert not passwords.verify(decoy, "decoy")

    def test_a_hash_of_other_parameters_still_fits_and_is_outdated(
        self, passwords: Passwords, formerly: Passwords
    ) -> None:
        old = formerly.hash("correct horse")
        assert passwords.verify(old, "correct horse")
        assert not passwords.verify(old, "wrong horse")
        assert passwords.outdated(old)

    def test_a_hash_of_the_present_parameters_is_not_outdated(
        self, passwords: Passwords, formerly: Passwords
    ) -> None:
        assert not passwords.outdated(passwords.hash("correct horse"))
        assert not formerly.outdated(formerly.hash("correct horse"))

    def test_the_decoy_has_the_present_parameters(self, passwords: Passwords) -> None:
        assert not passwords.outdated(passwords.decoy())


class TokensContract:
    """Override `tokens` and `strangers` (which signs with another key)."""

    now: Millis = START + 500
    claims = Claims(
        token_id=id_of(3),
        user_id=id_of(1),
        session_id=id_of(2),
        epoch=3,
        issued_at=START,
        expires_at=START + 15 * MINUTE,
    )

    @pytest.fixture
    def tokens(self) -> Tokens:
        """The tokens under test."""
        raise NotImplementedError(f"{type(self).__name__} must override the fixture 'tokens'")

    @pytest.fixture
    def strangers(self) -> Tokens:
        """The same technology with another key."""
        raise NotImplementedError(f"{type(self).__name__} must override the fixture 'strangers'")

    def test_a_token_says_what_was_put_in(self, tokens: Tokens) -> None:
        assert tokens.read(tokens.issue(self.claims), self.now) == self.claims

    def test_instants_are_cut_to_whole_seconds(self, tokens: Tokens) -> None:
        late = msgspec.structs.replace(self.claims, issued_at=START + 999)
        assert tokens.read(tokens.issue(late), self.now + 1000) == self.claims

    def test_a_token_counts_until_a_minute_after_it_expired(self, tokens: Tokens) -> None:
        token, end = tokens.issue(self.claims), self.claims.expires_at
        for now in (end - 1, end, end + MINUTE - 1):
            assert tokens.read(token, now) == self.claims
        for now in (end + MINUTE, end + 10 * MINUTE):
            with pytest.raises(Unauthenticated):
                tokens.read(token, now)

    def test_a_token_counts_from_a_minute_before_it_was_issued(self, tokens: Tokens) -> None:
        token = tokens.issue(self.claims)
        for now in (START - MINUTE, START - 1):
            assert tokens.read(token, now) == self.claims
        for now in (START - MINUTE - 1, START - 10 * MINUTE):
            with pytest.raises(Unauthenticated):
                tokens.read(token, now)

    def test_a_token_of_another_key_opens_nothing(self, tokens: Tokens, strangers: Tokens) -> None:
        with pytest.raises(Unauthenticated):
            tokens.read(strangers.issue(self.claims), self.now)

    def test_a_token_that_was_touched_opens_nothing(self, tokens: Tokens) -> None:
        token = tokens.issue(self.claims)
        for place in range(0, len(token) - 1, max(1, len(token) // 40)):
            touched = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
            with pytest.raises(Unauthenticated):
                tokens.read(touched, self.now)

    @pytest.mark.parametrize(
        "text", ["", ".", "..", "a.b.c", "Bearer", "\x00", "é", "\ud800", "eyJhbGciOiJub25lIn0.e30."]
    )
    def test_what_is_no_token_opens_nothing(self, tokens: Tokens, text: str) -> None:
        with pytest.raises(Unauthenticated):
            tokens.read(text, self.now)
