"""Forged tokens: whatever is not wholly right is unauthenticated, and nothing worse."""

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import example, given
from hypothesis import strategies as st
from tests.adapters.jwt.forging import (
    ANN,
    CLAIMS,
    ED25519,
    EXPIRES,
    HEADER,
    ISSUED,
    NOW,
    ORDER,
    PAYLOAD,
    PUBLIC_BYTES,
    PUBLIC_KEY,
    READERS,
    SECRET,
    SESSION,
    SHARED,
    TOKEN,
    base64url,
    encoded,
    forged,
    refused,
    with_claims,
    with_header,
    without,
)

from hosanna_adapters.jwt import KeyRing


def test_the_forger_of_these_tests_can_make_a_token_that_is_right() -> None:
    for reader in READERS:
        assert reader.read(forged(), NOW) == CLAIMS


@pytest.mark.parametrize("missing", sorted(PAYLOAD))
def test_every_claim_is_required(missing: str) -> None:
    assert refused(forged(payload=without(PAYLOAD, missing)))


@pytest.mark.parametrize("name", sorted(PAYLOAD))
@pytest.mark.parametrize("value", [None, True, False, -1, 0.5, 1.0, 2**63, "", "x", [], {}, [ANN]], ids=ascii)
def test_no_claim_is_of_another_type(name: str, value: Any) -> None:
    assert refused(with_claims(**{name: value}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "somebody"},
        {"iss": "Hosanna"},
        {"iss": "hosanna "},
        {"iss": ["hosanna"]},
        {"aud": "something"},
        {"aud": ["hosanna-api"]},
        {"aud": ["hosanna-api", "something"]},
        {"sub": "ann"},
        {"sub": ANN.upper()},
        {"sub": ANN + "\n"},
        {"sub": f"{{{ANN}}}"},
        {"sid": SESSION.replace("-", "")},
        {"sid": SESSION[:-1]},
        {"jti": TOKEN + "0"},
        {"iat": str(ISSUED)},
        {"iat": ISSUED + 0.5},
        {"nbf": float(ISSUED)},
        {"exp": str(EXPIRES)},
        {"exp": EXPIRES + 0.5},
        {"exp": 2**70},
        {"exp": 253_402_300_800},
        {"exp": float("inf")},
        {"exp": float("nan")},
        {"epoch": "3"},
        {"epoch": -3},
        {"role": "ADMINISTRATOR"},
        {"nonce": None},
    ],
    ids=ascii,
)
def test_every_claim_is_of_its_exact_value_and_there_are_no_others(wrong: dict[str, Any]) -> None:
    assert refused(with_claims(**wrong))


@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_a_token_may_come_from_a_clock_that_is_a_minute_ahead_but_not_more(claim: str) -> None:
    assert READERS[0].read(with_claims(**{claim: ISSUED + 60}), NOW).user_id == ANN
    assert refused(with_claims(**{claim: ISSUED + 61}))


def test_a_token_counts_for_a_minute_after_it_expired_but_no_longer() -> None:
    assert READERS[0].read(with_claims(exp=ISSUED - 59), NOW).user_id == ANN
    assert refused(with_claims(exp=ISSUED - 60))


@pytest.mark.parametrize("missing", sorted(HEADER))
def test_every_part_of_the_header_is_required(missing: str) -> None:
    assert refused(forged(without(HEADER, missing)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"typ": "JWT"},
        {"typ": "AT+JWT"},
        {"typ": "application/at+jwt"},
        {"typ": None},
        {"typ": ["at+jwt"]},
        {"alg": "none"},
        {"alg": "None"},
        {"alg": ""},
        {"alg": None},
        {"alg": "hs256"},
        {"alg": "HS384"},
        {"alg": "HS512"},
        {"alg": "EdDSA"},
        {"alg": "RS256"},
        {"alg": ["HS256"]},
        {"alg": {"HS256": 1}},
        {"alg": True},
        {"kid": ""},
        {"kid": "unknown"},
        {"kid": HEADER["kid"] + " "},
        {"kid": HEADER["kid"].swapcase()},
        {"kid": PUBLIC_KEY["kid"]},
        {"kid": "../../../../dev/null"},
        {"kid": "' OR 1=1 --"},
        {"kid": None},
        {"kid": 1},
        {"kid": [HEADER["kid"]]},
        {"jwk": {"kty": "oct", "k": base64url(SECRET)}},
        {"jwk": PUBLIC_KEY},
        {"jku": "https://example.com/jwks.json"},
        {"x5u": "https://example.com/cert.pem"},
        {"x5c": ["MII="]},
        {"x5t": "x"},
        {"crit": ["exp"], "exp": EXPIRES},
        {"crit": ["b64"], "b64": True},
        {"crit": []},
        {"crit": 5},
        {"b64": False},
        {"zip": "DEF"},
        {"cty": "JWT"},
        {"enc": "A256GCM"},
    ],
    ids=ascii,
)
def test_the_header_says_what_ours_says_and_nothing_else(wrong: dict[str, Any]) -> None:
    assert refused(with_header(**wrong))


@pytest.mark.parametrize("header", ["none", "HS256", "EdDSA"])
@pytest.mark.parametrize("ring", [SHARED, ED25519], ids=["shared", "ed25519"])
def test_what_is_not_signed_opens_nothing(header: str, ring: KeyRing) -> None:
    signed = f"{encoded({**HEADER, 'alg': header, 'kid': ring.current.kid})}.{encoded(PAYLOAD)}"
    for token in (signed, signed + ".", signed + ".AA", f"{signed}.{base64url(bytes(32))}"):
        assert refused(token)
    assert refused(f"{signed}.{base64url(bytes(64))}")


@pytest.mark.parametrize("alg", ["HS256", "EdDSA"])
@pytest.mark.parametrize("ring", [SHARED, ED25519], ids=["shared", "ed25519"])
@pytest.mark.parametrize(
    "public",
    [PUBLIC_BYTES, PUBLIC_KEY["x"].encode(), json.dumps(PUBLIC_KEY).encode(), PUBLIC_KEY["kid"].encode()],
    ids=["its bytes", "its text", "its JWK", "its name"],
)
def test_a_public_key_is_no_shared_secret(alg: str, ring: KeyRing, public: bytes) -> None:
    assert refused(forged({**HEADER, "alg": alg, "kid": ring.current.kid}, key=public))


def test_the_secret_itself_is_no_ed25519_key_and_signs_under_no_other_name() -> None:
    header = {**HEADER, "alg": "EdDSA", "kid": ED25519.current.kid}
    signed = f"{encoded(header)}.{encoded(PAYLOAD)}"
    wrong = Ed25519PrivateKey.from_private_bytes(SECRET).sign(signed.encode())
    assert refused(f"{signed}.{base64url(wrong)}")
    assert refused(forged(header))


@pytest.mark.parametrize("digest", ["sha384", "sha512", "sha1"])
def test_another_hash_is_no_signature(digest: str) -> None:
    assert refused(forged(digest=digest))
    assert refused(forged({**HEADER, "alg": f"HS{digest[3:]}"}, digest=digest))


@pytest.mark.parametrize("key", [b"", b"f" * 32, SECRET + b"!", SECRET[:-1], SECRET[::-1]], ids=ascii)
def test_another_secret_is_no_key(key: bytes) -> None:
    assert refused(forged(key=key))


def test_a_signature_by_ed25519_has_no_twin() -> None:
    signed, _, signature = READERS[1].issue(CLAIMS).rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    twin = raw[:32] + (int.from_bytes(raw[32:], "little") + ORDER).to_bytes(32, "little")
    assert refused(f"{signed}.{base64url(twin)}")


def test_the_parts_of_two_tokens_do_not_make_a_third() -> None:
    one, other = forged().split("."), with_claims(epoch=4).split(".")
    for mixed in ([one[0], other[1], one[2]], [one[0], one[1], other[2]]):
        assert refused(".".join(mixed))
    one, other = (reader.issue(CLAIMS).split(".") for reader in READERS)
    for mixed in ([one[0], *other[1:]], [other[0], *one[1:]], [*one[:2], other[2]], [*other[:2], one[2]]):
        assert refused(".".join(mixed))


SIGNED, _, SIGNATURE = forged().rpartition(".")


@pytest.mark.parametrize(
    "token",
    [
        f"{SIGNED}.{SIGNATURE}.{SIGNATURE}",
        f"{SIGNED}.{SIGNATURE}{SIGNATURE}",
        f"{SIGNED}.{SIGNATURE}.",
        f".{SIGNED}.{SIGNATURE}",
        f"{SIGNED}..{SIGNATURE}",
        f"{SIGNED}.{SIGNATURE[:-1]}",
        f"{SIGNED}.{SIGNATURE}=",
        f"{SIGNED}.{SIGNATURE}==",
        f"{SIGNED}.{SIGNATURE}!!!!",
        f"{SIGNED}.{SIGNATURE[:5]}\n{SIGNATURE[5:]}",
        f" {SIGNED}.{SIGNATURE}",
        f"{SIGNED}.{SIGNATURE} ",
        f"{SIGNED}.{SIGNATURE}\n",
        f"{SIGNED} . {SIGNATURE}",
        f"Bearer {SIGNED}.{SIGNATURE}",
        f'"{SIGNED}.{SIGNATURE}"',
        f"{SIGNED},{SIGNATURE}",
        f"{SIGNED}.{SIGNATURE}\x00",
        f"{SIGNED}.{SIGNATURE}\u200b",
        f"\ufeff{SIGNED}.{SIGNATURE}",
        json.dumps(dict(zip(("protected", "payload", "signature"), forged().split("."), strict=True))),
        json.dumps({"payload": SIGNED.split(".")[1], "signatures": [{"signature": SIGNATURE}]}),
        f"{SIGNED}.{SIGNATURE}" * 3,
        SIGNED,
        SIGNATURE,
    ],
    ids=lambda token: ascii(token)[-24:],
)
def test_a_token_is_three_parts_of_plain_base64url(token: str) -> None:
    assert refused(token)


def test_the_spare_bits_of_a_last_character_make_no_second_token() -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for token in (forged(), READERS[1].issue(CLAIMS)):
        for other in alphabet.replace(token[-1], ""):
            assert refused(token[:-1] + other)


def test_the_other_alphabet_of_base64_is_not_ours() -> None:
    for epoch in range(100):
        token = with_claims(epoch=epoch)
        if "-" in token or "_" in token:
            assert refused(token.replace("-", "+").replace("_", "/"))


@pytest.mark.parametrize(
    "part",
    [
        b"",
        b"[]",
        b"null",
        b"1",
        b'"x"',
        b"{",
        b"{}",
        b"\xff\xfe",
        bytes(range(128, 256)),
        b"\xef\xbb\xbf" + json.dumps(HEADER).encode(),
        json.dumps(HEADER).encode("utf-16"),
        json.dumps(HEADER).encode() + b"x",
        b'{"kid": "\xff"}',
        rb'{"kid": "\ud800"}',
        b'{"alg": ' + b"[" * 1000,
        b'{"x": ' + b"[" * 1000,
        b"[" * 1400,
        b'{"a":' * 250,
        b'{"kid": ' + b"9" * 1000,
        b'{"typ": 1e999}',
    ],
    ids=lambda part: ascii(part)[:30],
)
def test_parts_that_are_not_the_json_that_we_write_are_refused(part: bytes) -> None:
    assert refused(forged(part))
    assert refused(forged(HEADER, part))
    assert refused(f"{base64url(part)}.e30.e30")


@pytest.mark.parametrize(
    "garbage",
    ["", ".", "..", "...", "a.b.c", "a.b", "\ud800", "é.é.é", "\x00", "." * 2048, "Ａ.Ｂ.Ｃ", "١.٢.٣"],
    ids=ascii,
)
def test_garbage_is_refused(garbage: str) -> None:
    assert refused(garbage)


@pytest.mark.parametrize("megabytes", ["x", ".", "é", "eyJhbGciOiJIUzI1NiJ9.", "="])
def test_megabytes_are_refused(megabytes: str) -> None:
    assert refused(megabytes * (5_000_000 // len(megabytes)))


def test_a_right_signature_makes_nothing_good_that_is_too_long() -> None:
    assert refused(forged(payload=json.dumps(PAYLOAD).encode() + b" " * 2000))


@given(st.text() | st.text(alphabet="eyJhbGciOiJIUzI1NiJ9.-_=+/ \n", max_size=300))
def test_no_text_is_anything_worse_than_unauthenticated(text: str) -> None:
    assert refused(text)


@given(st.binary(max_size=300), st.binary(max_size=300))
@example(b"[" * 300, b"{" * 300)
def test_no_bytes_in_header_or_payload_are_anything_worse(header: bytes, payload: bytes) -> None:
    assert refused(forged(header, payload))
    assert refused(forged(HEADER, payload))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=10,
    ),
    st.sampled_from(sorted(PAYLOAD)),
    st.sampled_from(sorted(HEADER)),
)
def test_no_json_in_place_of_a_value_is_anything_worse(value: Any, claim: str, member: str) -> None:
    if value == PAYLOAD[claim] or (claim in ("iat", "nbf", "exp", "epoch") and type(value) is int):
        return
    assert refused(with_claims(**{claim: value}))
    assert refused(with_header(**{member: value})) or value == HEADER[member]


@given(st.data())
def test_one_changed_character_makes_a_token_worthless(data: st.DataObject) -> None:
    token = data.draw(st.sampled_from([reader.issue(CLAIMS) for reader in READERS]))
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters() | st.sampled_from("ABCxyz019-_.=+/"))
    if other != token[place]:
        assert refused(token[:place] + other + token[place + 1 :])


@given(st.data())
def test_one_character_more_or_less_makes_a_token_worthless(data: st.DataObject) -> None:
    token = data.draw(st.sampled_from([reader.issue(CLAIMS) for reader in READERS]))
    place = data.draw(st.integers(0, len(token) - 1))
    assert refused(token[:place] + token[place + 1 :])
    assert refused(token[:place] + data.draw(st.characters()) + token[place:])
