"""The contracts of `Signatures` and `Encryption`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hosanna_core.errors import Undecipherable
from hosanna_core.testing.contracts.base import shared_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hosanna_core.ports import Encryption, Signatures

PLACE: Final = b"jobs|019b76da-a800-7000-8000-000000000001|doc"
PLAIN: Final = "Ann Lee, Überspannung, 光".encode()


def touched(raw: bytes) -> Iterator[bytes]:
    """*raw* with each of its bits turned in its turn, and cut, and run on."""
    for bit in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        yield bytes(changed)
    yield from (raw[:-1], raw[1:], raw + b"\x00", b"\x00" + raw, raw[: len(raw) // 2], b"")


class SignaturesContract:
    """Override `signatures` and `strangers` (which sign with another key)."""

    @pytest.fixture
    def signatures(self) -> Signatures:
        """The signatures under test."""
        raise NotImplementedError(f"{type(self).__name__} must override the fixture 'signatures'")

    @pytest.fixture
    def strangers(self) -> Signatures:
        """The same technology with another key."""
        raise NotImplementedError(f"{type(self).__name__} must override the fixture 'strangers'")

    def test_key_and_signature_have_the_lengths_that_others_expect(self, signatures: Signatures) -> None:
        assert len(signatures.public_key) == 32
        assert [len(signatures.sign(message)) for message in (b"", b"a", b"a" * 10_000)] == [64, 64, 64]

    def test_the_public_key_stays_the_same_and_tells_keys_apart(
        self, signatures: Signatures, strangers: Signatures
    ) -> None:
        assert signatures.public_key == signatures.public_key
        assert signatures.public_key != strangers.public_key

    def test_a_signature_fits_its_message_and_no_other(self, signatures: Signatures) -> None:
        for message in (b"", b"heads", b"heads" * 1_000):
            signature = signatures.sign(message)
            assert signatures.fits(message, signature)
            for other in (message + b" ", message[:-1] + b"!", b"other"):
                assert not signatures.fits(other, signature)

    def test_a_signature_of_another_key_does_not_fit(
        self, signatures: Signatures, strangers: Signatures
    ) -> None:
        assert not signatures.fits(b"heads", strangers.sign(b"heads"))

    def test_a_signature_that_was_touched_does_not_fit(self, signatures: Signatures) -> None:
        for changed in touched(signatures.sign(b"heads")):
            assert not signatures.fits(b"heads", changed)

    @pytest.mark.parametrize("raw", [b"", b"\x00", b"\x00" * 64, b"\xff" * 64, b"a" * 1_000])
    def test_bytes_that_are_no_signature_do_not_fit(self, signatures: Signatures, raw: bytes) -> None:
        assert not signatures.fits(b"heads", raw)


class EncryptionContract:
    """Override `encryption`, `strangers` (under other keys) and `rotated` (the same keys after a new one)."""

    @pytest.fixture
    def encryption(self) -> Encryption:
        """The encryption under test."""
        raise NotImplementedError(f"{type(self).__name__} must override the fixture 'encryption'")

    @pytest.fixture
    def strangers(self) -> Encryption:
        """The same technology, all its keys others."""
        raise NotImplementedError(f"{type(self).__name__} must override the fixture 'strangers'")

    @pytest.fixture
    def rotated(self) -> Encryption:
        """The keys of `encryption` after a new one that encrypts from now on."""
        raise NotImplementedError(f"{type(self).__name__} must override the fixture 'rotated'")

    @shared_store
    @given(plain=st.binary(max_size=2_000), place=st.binary(max_size=60))
    def test_what_was_encrypted_is_decrypted_again(
        self, encryption: Encryption, plain: bytes, place: bytes
    ) -> None:
        assert encryption.decrypt(encryption.encrypt(plain, place), place) == plain

    def test_what_is_stored_does_not_show_the_value(self, encryption: Encryption) -> None:
        stored = encryption.encrypt(PLAIN * 3, PLACE)
        assert not any(stored.find(PLAIN[start : start + 6]) >= 0 for start in range(len(PLAIN) - 6))

    def test_two_encryptions_of_one_value_differ(self, encryption: Encryption) -> None:
        assert len({encryption.encrypt(PLAIN, PLACE) for _ in range(100)}) == 100

    def test_a_value_that_was_moved_does_not_decrypt(self, encryption: Encryption) -> None:
        stored = encryption.encrypt(PLAIN, PLACE)
        for place in (b"", PLACE + b" ", PLACE[:-1], PLACE.replace(b"doc", b"body"), b"users|1|doc"):
            with pytest.raises(Undecipherable):
                encryption.decrypt(stored, place)

    def test_a_value_and_its_place_do_not_run_into_one_another(self, encryption: Encryption) -> None:
        stored = encryption.encrypt(b"ab", b"cd")
        for cut in (stored + b"c", stored[:-1]):
            for place in (b"d", b"cd", b"bcd"):
                with pytest.raises(Undecipherable):
                    encryption.decrypt(cut, place)

    def test_a_value_of_which_one_bit_was_changed_does_not_decrypt(self, encryption: Encryption) -> None:
        for changed in touched(encryption.encrypt(PLAIN, PLACE)):
            with pytest.raises(Undecipherable):
                encryption.decrypt(changed, PLACE)

    @pytest.mark.parametrize("raw", [b"", b"\x00", PLAIN, b"\xff" * 100, b'{"name": "Ann"}'])
    def test_what_was_never_encrypted_does_not_decrypt(self, encryption: Encryption, raw: bytes) -> None:
        with pytest.raises(Undecipherable):
            encryption.decrypt(raw, PLACE)
        assert not encryption.current(raw)

    def test_a_value_under_another_key_does_not_decrypt(
        self, encryption: Encryption, strangers: Encryption
    ) -> None:
        with pytest.raises(Undecipherable):
            encryption.decrypt(strangers.encrypt(PLAIN, PLACE), PLACE)

    def test_a_rotated_ring_decrypts_what_the_old_key_encrypted_and_says_that_it_is_not_current(
        self, encryption: Encryption, rotated: Encryption
    ) -> None:
        old, new = encryption.encrypt(PLAIN, PLACE), rotated.encrypt(PLAIN, PLACE)
        assert rotated.decrypt(old, PLACE) == rotated.decrypt(new, PLACE) == PLAIN
        assert (encryption.current(old), rotated.current(old), rotated.current(new)) == (True, False, True)

    def test_who_has_only_the_old_key_cannot_read_what_the_new_one_encrypted(
        self, encryption: Encryption, rotated: Encryption
    ) -> None:
        stored = rotated.encrypt(PLAIN, PLACE)
        assert not encryption.current(stored)
        with pytest.raises(Undecipherable):
            encryption.decrypt(stored, PLACE)

    def test_an_equal_value_has_an_equal_token_and_another_has_another(self, encryption: Encryption) -> None:
        token = encryption.token("email", "ann@example.com")
        assert encryption.token("email", "ann@example.com") == token
        others = {
            encryption.token(kind, value)
            for kind, value in (
                ("email", "bob@example.com"),
                ("phone", "ann@example.com"),
                ("email", ""),
                ("", "email|ann@example.com"),
                ("emai", "lann@example.com"),
            )
        }
        assert len(others) == 5
        assert token not in others

    def test_a_token_does_not_show_the_value_and_needs_the_key(
        self, encryption: Encryption, strangers: Encryption
    ) -> None:
        token = encryption.token("email", "ann@example.com")
        assert "ann" not in token
        assert strangers.token("email", "ann@example.com") != token

    def test_a_token_stays_the_same_when_keys_are_rotated(
        self, encryption: Encryption, rotated: Encryption
    ) -> None:
        assert rotated.token("email", "ann@example.com") == encryption.token("email", "ann@example.com")
