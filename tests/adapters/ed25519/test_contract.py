"""Ed25519 keeps the contract of signatures."""

import pytest

from hosanna_adapters.ed25519 import Ed25519Signatures
from hosanna_core.ports import Signatures
from hosanna_core.testing.contracts import SignaturesContract


class TestEd25519Signatures(SignaturesContract):
    @pytest.fixture
    def signatures(self) -> Signatures:
        return Ed25519Signatures(b"a" * 32)

    @pytest.fixture
    def strangers(self) -> Signatures:
        return Ed25519Signatures(b"b" * 32)
