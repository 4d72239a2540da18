"""The kit's contract, at the least that Argon2 can be made to cost."""

import pytest

from hosanna_adapters.argon2 import Argon2Passwords
from hosanna_core.testing.contracts import PasswordsContract


class TestArgon2Passwords(PasswordsContract):
    @pytest.fixture
    def passwords(self) -> Argon2Passwords:
        return Argon2Passwords(memory_kib=8, passes=2)

    @pytest.fixture
    def formerly(self) -> Argon2Passwords:
        return Argon2Passwords(memory_kib=8, passes=1)
