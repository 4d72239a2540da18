"""One secret under another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hosanna_adapters.keywrap import WrongKey, unwrap, wrap

KEY = b"the secret of the house, 32 bytes"
SECRET = bytes(range(32))


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=1, max_size=200))
def test_what_is_wrapped_is_unwrapped_by_the_same_key(secret: bytes, key: bytes) -> None:
    assert unwrap(wrap(secret, key), key) == secret


def test_what_is_kept_does_not_show_the_secret() -> None:
    assert SECRET not in wrap(SECRET, KEY)


def test_another_key_opens_nothing() -> None:
    with pytest.raises(WrongKey):
        unwrap(wrap(SECRET, KEY), KEY + b"!")


@pytest.mark.parametrize("byte", range(40))
def test_one_changed_bit_anywhere_is_noticed(byte: int) -> None:
    damaged = bytearray(wrap(SECRET, KEY))
    damaged[byte] ^= 1
    with pytest.raises(WrongKey):
        unwrap(bytes(damaged), KEY)


@pytest.mark.parametrize("garbage", [b"", b"x", bytes(16), bytes(24), bytes(39), bytes(41)], ids=repr)
def test_what_was_never_wrapped_is_not_unwrapped(garbage: bytes) -> None:
    with pytest.raises(WrongKey):
        unwrap(garbage, KEY)


def test_the_format_stays_what_it_was() -> None:
    kept_by_the_first_release = (
        "4d5f25483370ade1ce657a30ba5a6bbe7093cafe4c19a8e51d93e27f7dfe83c2c16724999f027917"
    )
    assert wrap(SECRET, KEY).hex() == kept_by_the_first_release
