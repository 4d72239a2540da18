"""What is encrypted is read back from the same place under the same key, and from nowhere else."""

import base64
import hmac
import json
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from hosanna_adapters.aesgcm import AesGcmEncryption
from hosanna_core.errors import Undecipherable

OLD, NEW, TOKENS = b"o" * 32, b"n" * 32, b"t" * 32
PLACE = b"jobs|01890a5d-ac96-774b-bcce-b302099a8057|doc"
PLAIN = b"Ann Lee, 1 Main St"


@pytest.fixture(scope="module")
def encryption() -> AesGcmEncryption:
    return AesGcmEncryption([("2027", NEW), ("2026", OLD)], TOKENS)


@pytest.fixture(scope="module")
def before() -> AesGcmEncryption:
    """The same house before its key was rotated."""
    return AesGcmEncryption([("2026", OLD)], TOKENS)


@given(st.binary(max_size=2000), st.binary(max_size=100))
def test_what_was_encrypted_is_read_back(plain: bytes, place: bytes) -> None:
    encryption = AesGcmEncryption([("k", NEW)], TOKENS)
    assert encryption.decrypt(encryption.encrypt(plain, place), place) == plain


def test_what_is_stored_shows_nothing(encryption: AesGcmEncryption) -> None:
    stored = encryption.encrypt(PLAIN, PLACE)
    assert PLAIN not in stored
    assert b"Ann" not in stored
    assert NEW not in stored


def test_the_same_value_never_looks_the_same_twice(encryption: AesGcmEncryption) -> None:
    assert len({encryption.encrypt(PLAIN, PLACE) for _ in range(1000)}) == 1000


def test_the_form_can_be_read_without_us(encryption: AesGcmEncryption) -> None:
    stored = encryption.encrypt(PLAIN, PLACE)
    header, nonce, sealed = stored[:7], stored[7:19], stored[19:]
    assert header == b"\xc1\x01\x042027"
    assert len(sealed) == len(PLAIN) + 16
    assert AESGCM(NEW).decrypt(nonce, sealed, header + PLACE) == PLAIN


def test_the_form_stays_what_it_was() -> None:
    kept = (
        "c1010432303237000102030405060708090a0bc9d2a5aabea8e4f33656508efa0bae00752b029855670ef97c7f"
        "8bdd27c1bd9e7e69"
    )
    assert AesGcmEncryption([("2027", NEW)], TOKENS).decrypt(bytes.fromhex(kept), PLACE) == PLAIN


def test_no_json_no_messagepack_and_no_text_begins_so(encryption: AesGcmEncryption) -> None:
    first = encryption.encrypt(PLAIN, PLACE)[:1]
    with pytest.raises(UnicodeDecodeError):
        first.decode()
    with pytest.raises(msgspec.DecodeError):
        msgspec.msgpack.decode(first)
    with pytest.raises(ValueError, match="utf-8"):
        json.loads(first)


def test_a_former_key_still_decrypts(encryption: AesGcmEncryption, before: AesGcmEncryption) -> None:
    assert encryption.decrypt(before.encrypt(PLAIN, PLACE), PLACE) == PLAIN


def test_only_the_first_key_is_current(encryption: AesGcmEncryption, before: AesGcmEncryption) -> None:
    assert encryption.current(encryption.encrypt(PLAIN, PLACE))
    assert not encryption.current(before.encrypt(PLAIN, PLACE))
    assert not encryption.current(PLAIN)
    assert not encryption.current(b"")


def test_an_id_that_begins_like_another_is_another() -> None:
    short, long = AesGcmEncryption([("2", NEW)], TOKENS), AesGcmEncryption([("20", NEW)], TOKENS)
    assert not short.current(long.encrypt(PLAIN, PLACE))
    with pytest.raises(Undecipherable):
        short.decrypt(long.encrypt(PLAIN, PLACE), PLACE)


def test_a_key_that_is_not_given_is_named(encryption: AesGcmEncryption, before: AesGcmEncryption) -> None:
    with pytest.raises(Undecipherable, match="'2027'"):
        before.decrypt(encryption.encrypt(PLAIN, PLACE), PLACE)


@pytest.mark.parametrize(
    "stored", [b"", b"{}", PLAIN * 5, b"\xc1\x02" + bytes(60), b"\xc2\x01" + bytes(60)], ids=ascii
)
def test_what_is_not_encrypted_is_not_taken_for_a_lost_key(
    encryption: AesGcmEncryption, stored: bytes
) -> None:
    with pytest.raises(Undecipherable, match="not encrypted"):
        encryption.decrypt(stored, PLACE)


def test_another_key_under_the_same_id_decrypts_nothing(before: AesGcmEncryption) -> None:
    with pytest.raises(Undecipherable):
        AesGcmEncryption([("2026", NEW)], TOKENS).decrypt(before.encrypt(PLAIN, PLACE), PLACE)


@given(st.binary(max_size=60).filter(lambda place: place != PLACE))
def test_what_was_moved_decrypts_nowhere_else(place: bytes) -> None:
    encryption = AesGcmEncryption([("2027", NEW)], TOKENS)
    with pytest.raises(Undecipherable):
        encryption.decrypt(encryption.encrypt(PLAIN, PLACE), place)


@given(st.data())
def test_one_changed_bit_anywhere_is_noticed(data: st.DataObject) -> None:
    encryption = AesGcmEncryption([("2027", NEW), ("2026", OLD)], TOKENS)
    changed = bytearray(encryption.encrypt(PLAIN, PLACE))
    bit = data.draw(st.integers(0, len(changed) * 8 - 1))
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Undecipherable):
        encryption.decrypt(bytes(changed), PLACE)


def test_whatever_was_cut_off_is_noticed(encryption: AesGcmEncryption) -> None:
    stored = encryption.encrypt(PLAIN, PLACE)
    for length in range(len(stored)):
        with pytest.raises(Undecipherable):
            encryption.decrypt(stored[:length], PLACE)


@given(st.binary(max_size=100) | st.binary(max_size=100).map(lambda tail: b"\xc1\x01" + tail))
def test_what_was_never_encrypted_is_undecipherable_and_nothing_worse(garbage: bytes) -> None:
    with pytest.raises(Undecipherable):
        AesGcmEncryption([("2027", NEW)], TOKENS).decrypt(garbage, PLACE)


def test_no_refusal_shows_a_key_or_a_value(encryption: AesGcmEncryption, before: AesGcmEncryption) -> None:
    for attempt in (PLAIN, encryption.encrypt(PLAIN, PLACE), encryption.encrypt(PLAIN, b"")[:-1]):
        with pytest.raises(Undecipherable) as refusal:
            before.decrypt(attempt, PLACE)
        assert "Ann" not in refusal.value.detail
        assert "nnnn" not in refusal.value.detail
        assert refusal.value.detail.isascii()


def test_a_token_is_the_same_whichever_key_is_the_first(
    encryption: AesGcmEncryption, before: AesGcmEncryption
) -> None:
    assert encryption.token("email", "ann@example.com") == before.token("email", "ann@example.com")


def test_a_token_tells_kinds_values_and_houses_apart(encryption: AesGcmEncryption) -> None:
    others = AesGcmEncryption([("2027", NEW)], b"T" * 32)
    tokens = {encryption.token(kind, value) for kind in ("email", "word") for value in ("a", "b", "")}
    assert len(tokens | {others.token("email", "a")}) == 7


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=50))
def test_a_token_is_22_characters_of_a_keyed_hash(value: str) -> None:
    token = AesGcmEncryption([("2027", NEW)], TOKENS).token("word", value)
    assert len(token) == 22
    expected = hmac.digest(TOKENS, f"word|{value}".encode(), "sha256")
    assert base64.urlsafe_b64decode(token + "==") == expected[:16]


@pytest.mark.parametrize(
    "keys",
    [
        [],
        [("2027", NEW), ("2027", OLD)],
        [("2027", NEW[:-1])],
        [("2027", NEW[:16])],
        [("", NEW)],
        [("k" * 256, NEW)],
    ],
    ids=["none", "two of one name", "too short", "128 bits", "no name", "too long a name"],
)
def test_keys_that_are_none_are_refused_at_once(keys: list[tuple[str, bytes]]) -> None:
    with pytest.raises(ValueError, match=r"key"):
        AesGcmEncryption(keys, TOKENS)


def test_the_key_of_tokens_is_as_long_as_the_others() -> None:
    with pytest.raises(ValueError, match="32"):
        AesGcmEncryption([("2027", NEW)], b"short")


def test_many_threads_may_use_one_at_once(encryption: AesGcmEncryption) -> None:
    def turn(number: int) -> bool:
        plain, place = f"{number}".encode() * 500, f"jobs|{number}".encode()
        token = encryption.token("word", str(number))
        return (
            encryption.decrypt(encryption.encrypt(plain, place), place) == plain
            and encryption.token("word", str(number)) == token
        )

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(turn, range(2000)))


def test_a_key_of_tokens_that_lies_in_the_store_is_fetched_once_it_is_needed(
    encryption: AesGcmEncryption,
) -> None:
    fetched: list[bytes] = []

    def fetch() -> bytes:
        fetched.append(TOKENS)
        return TOKENS

    late = AesGcmEncryption([("2027", NEW)], fetch)
    assert late.decrypt(late.encrypt(PLAIN, PLACE), PLACE) == PLAIN
    assert fetched == []
    assert late.token("word", "panel") == late.token("word", "panel") == encryption.token("word", "panel")
    assert fetched == [TOKENS]


def test_a_fetched_key_of_tokens_is_as_long_as_the_others() -> None:
    late = AesGcmEncryption([("2027", NEW)], lambda: b"short")
    with pytest.raises(ValueError, match="32"):
        late.token("word", "panel")
