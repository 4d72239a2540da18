"""Signatures that others verify."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from hosanna_adapters.ed25519 import Ed25519Signatures

SEED = bytes(range(32))
ORDER = 2**252 + 27742317777372353535851937790883648493
"""Of the group: a signature's second half is a number below it, or the signature has a twin."""


def test_it_is_ed25519_as_its_standard_says() -> None:
    """RFC 8032, 7.1, test 2."""
    signatures = Ed25519Signatures(
        bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    )
    assert signatures.public_key.hex() == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    assert signatures.sign(b"\x72").hex() == (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )


@given(st.binary(max_size=500))
def test_who_has_the_public_key_alone_verifies(message: bytes) -> None:
    signatures = Ed25519Signatures(SEED)
    signature = signatures.sign(message)
    assert len(signature) == 64
    assert signatures.fits(message, signature)
    Ed25519PublicKey.from_public_bytes(signatures.public_key).verify(signature, message)


def test_the_same_seed_signs_the_same() -> None:
    assert Ed25519Signatures(SEED).sign(b"n") == Ed25519Signatures(SEED).sign(b"n")
    assert Ed25519Signatures(SEED).public_key == Ed25519Signatures(SEED).public_key


def test_another_message_or_another_key_fits_nothing() -> None:
    signatures, others = Ed25519Signatures(SEED), Ed25519Signatures(bytes(32))
    assert not signatures.fits(b"n+1", signatures.sign(b"n"))
    assert not signatures.fits(b"n", others.sign(b"n"))


@given(st.integers(0, 511))
def test_one_changed_bit_fits_nothing(bit: int) -> None:
    signatures = Ed25519Signatures(SEED)
    changed = bytearray(signatures.sign(b"n"))
    changed[bit // 8] ^= 1 << bit % 8
    assert not signatures.fits(b"n", bytes(changed))


def test_a_signature_has_no_twin() -> None:
    signatures = Ed25519Signatures(SEED)
    signature = signatures.sign(b"n")
    twin = signature[:32] + (int.from_bytes(signature[32:], "little") + ORDER).to_bytes(32, "little")
    assert not signatures.fits(b"n", twin)


@pytest.mark.parametrize("length", [0, 1, 32, 63, 65, 128, 100_000])
def test_what_is_no_signature_fits_nothing(length: int) -> None:
    assert not Ed25519Signatures(SEED).fits(b"n", bytes(length))


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_seed_has_32_bytes(length: int) -> None:
    with pytest.raises(ValueError, match="32"):
        Ed25519Signatures(bytes(length))
