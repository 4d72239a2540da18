"""The kit's stand-ins keep the contracts, too."""

import pytest

from hosanna_core.ports import Outside, Passwords, Tokens
from hosanna_core.testing.contracts import OutsideContract, PasswordsContract, TokensContract
from hosanna_core.testing.doubles import PlainPasswords, PlainTokens, StandingClock


class TestStandingClock(OutsideContract):
    @pytest.fixture
    def outside(self) -> Outside:
        return StandingClock()


class TestPlainPasswords(PasswordsContract):
    @pytest.fixture
    def passwords(self) -> Passwords:
        return PlainPasswords()

    @pytest.fixture
    def formerly(self) -> Passwords:
        return PlainPasswords(rounds=2)


class TestPlainTokens(TokensContract):
    @pytest.fixture
    def tokens(self) -> Tokens:
        return PlainTokens()

    @pytest.fixture
    def strangers(self) -> Tokens:
        return PlainTokens("another key")
