"""The contracts of `Outside`, `Passwords` and `Tokens`: override the one fixture of each."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
import pytest

from hosanna_core.errors import Unauthenticated
from hosanna_core.model.ids import MINUTE, Millis, is_id
from hosanna_core.ports import Claims
from hosanna_core.testing.racing import race
from hosanna_core.testing.samples import START, id_of

if TYPE_CHECKING:
    from hosanna_core.ports import Outside, Passwords, Tokens


class OutsideContract:
    """Override `outside`."""

    @pytest.fixture
    def outside(self) -> Outside:
        """The outside under test."""
        raise NotImplementedError(f"{type(self).__name__} must override the fixture 'outside'")

    def test_time_never_runs_backwards(self, outside: Outside) -> None:
        read = [outside.now() for _ in range(1_000)]
        assert read == sorted(read)

    def test_every_id_is_a_uuid_of_version_7(self, outside: Outside) -> None:
        for minted in [outside.mint() for _ in range(100)]:
            assert is_id(minted)
            assert minted[14] == "7"
            assert minted[19] in "89ab"

    def test_an_id_tells_when_it_was_minted(self, outside: Outside) -> None:
        before, minted, after = outside.now(), outside.mint(), outside.now()
        assert before <= int(minted.replace("-", "")[:12], 16) <= after + 1

    def test_every_id_is_greater_than_the_one_before(self, outside: Outside) -> None:
        minted = [outside.mint() for _ in range(5_000)]
        assert all(one < other for one, other in pairwise(minted))

    def test_threads_never_mint_the_same_id_and_each_sees_them_rise(self, outside: Outside) -> None:
        minted = race([lambda: [outside.mint() for _ in range(500)]] * 8)
        assert all(ids == sorted(ids) for ids in minted)
        assert len({each for ids in minted for each in ids}) == 4_000

    def test_entropy_is_as_long_as_asked_and_never_the_same(self, outside: Outside) -> None:
        assert [len(outside.entropy(count)) for count in (1, 16, 32, 100)] == [1, 16, 32, 100]
        assert len({outside.entropy(16) for _ in range(200)}) == 200


class PasswordsContract:
    """Override `passwords`."""

    @pytest.fixture
    def passwords(self) -> Passwords:
        """The hashing under test; make it as quick as it can be made."""
        raise NotImplementedError(f"{type(self).__name__} must override the fixture 'passwords'")

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


class TokensContract:
    """Override `tokens` and `strangers` (which signs with another key)."""

    now: Millis = START + 500
    claims = Claims(user_id=id_of(1), epoch=3, issued_at=START, expires_at=START + 15 * MINUTE)

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

    def test_an_expired_token_opens_nothing(self, tokens: Tokens) -> None:
        token = tokens.issue(self.claims)
        assert tokens.read(token, self.claims.expires_at - 1) == self.claims
        with pytest.raises(Unauthenticated):
            tokens.read(token, self.claims.expires_at + MINUTE)

    def test_a_token_from_the_future_opens_nothing(self, tokens: Tokens) -> None:
        with pytest.raises(Unauthenticated):
            tokens.read(tokens.issue(self.claims), START - 10 * MINUTE)

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
        "text", ["", ".", "..", "a.b.c", "Bearer", "\x00", "é", "eyJhbGciOiJub25lIn0.e30."]
    )
    def test_what_is_no_token_opens_nothing(self, tokens: Tokens, text: str) -> None:
        with pytest.raises(Unauthenticated):
            tokens.read(text, self.now)
