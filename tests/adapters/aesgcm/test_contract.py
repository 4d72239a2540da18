"""AES-256-GCM keeps the contract of encryption at rest."""

import pytest

from hosanna_adapters.aesgcm import AesGcmEncryption
from hosanna_core.ports import Encryption
from hosanna_core.testing.contracts import EncryptionContract

OLD, NEW, OTHER = ("2026", b"o" * 32), ("2027", b"n" * 32), ("2026", b"x" * 32)


class TestAesGcmEncryption(EncryptionContract):
    @pytest.fixture
    def encryption(self) -> Encryption:
        return AesGcmEncryption([OLD], b"t" * 32)

    @pytest.fixture
    def strangers(self) -> Encryption:
        return AesGcmEncryption([OTHER], b"u" * 32)

    @pytest.fixture
    def rotated(self) -> Encryption:
        return AesGcmEncryption([NEW, OLD], b"t" * 32)
