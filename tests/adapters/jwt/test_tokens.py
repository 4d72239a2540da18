"""Access tokens: what is signed is read back, and nothing else is."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jwt as pyjwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hosanna_adapters.jwt import JwtTokens
from hosanna_adapters.jwt import tokens as room
from hosanna_core.errors import Unauthenticated
from hosanna_core.ports import Claims

SECRET = b"0123456789abcdef0123456789abcdef"
ANN = "01890a5d-ac96-774b-bcce-b302099a8057"
ISSUED = 1_772_353_800_000
EXPIRES = ISSUED + 3_600_000
CLAIMS = Claims(user_id=ANN, epoch=3, issued_at=ISSUED, expires_at=EXPIRES)
PAYLOAD = {
    "iss": room.ISSUER,
    "aud": room.AUDIENCE,
    "sub": ANN,
    "iat": ISSUED // 1000,
    "exp": EXPIRES // 1000,
    "epoch": 3,
}


def signed(
    secret: bytes = SECRET,
    algorithm: str = "HS256",
    typ: str | None = room.KIND,
    drop: str = "",
    **claims: Any,
) -> str:
    payload = {name: value for name, value in {**PAYLOAD, **claims}.items() if name != drop}
    return pyjwt.encode(payload, secret, algorithm=algorithm, headers={"typ": typ})


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def refused(token: str, now: int = ISSUED) -> bool:
    try:
        JwtTokens(SECRET).read(token, now)
    except Unauthenticated:
        return True
    return False


def test_what_was_issued_is_read_back() -> None:
    tokens = JwtTokens(SECRET)
    assert tokens.read(tokens.issue(CLAIMS), ISSUED) == CLAIMS


def test_instants_are_cut_to_whole_seconds() -> None:
    tokens = JwtTokens(SECRET)
    odd = Claims(user_id=ANN, epoch=0, issued_at=ISSUED + 999, expires_at=EXPIRES + 1)
    assert tokens.read(tokens.issue(odd), ISSUED) == Claims(
        user_id=ANN, epoch=0, issued_at=ISSUED, expires_at=EXPIRES
    )


def test_the_helper_of_these_tests_makes_a_token_that_is_right() -> None:
    assert not refused(signed())


@pytest.mark.parametrize("remembered", [False, True], ids=["first seen", "remembered"])
def test_a_token_is_dead_from_the_instant_of_its_expiry(remembered: bool) -> None:
    tokens = JwtTokens(SECRET)
    token = tokens.issue(CLAIMS)
    if remembered:
        tokens.read(token, ISSUED)
    assert tokens.read(token, EXPIRES - 1) == CLAIMS
    with pytest.raises(Unauthenticated):
        tokens.read(token, EXPIRES)


def test_a_token_may_come_from_a_clock_that_is_a_minute_ahead_but_not_more() -> None:
    assert not refused(signed(), ISSUED - 60_000)
    assert refused(signed(), ISSUED - 60_001)


@pytest.mark.parametrize("missing", sorted(PAYLOAD))
def test_every_claim_is_required(missing: str) -> None:
    assert refused(signed(drop=missing))


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "somebody"},
        {"aud": "something"},
        {"aud": [room.AUDIENCE, "something"]},
        {"sub": "ann"},
        {"sub": ANN.upper()},
        {"iat": str(ISSUED // 1000)},
        {"exp": EXPIRES // 1000 + 0.5},
        {"exp": 2**70},
        {"exp": True},
        {"exp": None},
        {"epoch": -1},
        {"epoch": "3"},
        {"epoch": None},
    ],
    ids=str,
)
def test_every_claim_is_of_its_exact_type_and_value(wrong: dict[str, Any]) -> None:
    assert refused(signed(**wrong))


def test_another_kind_of_token_with_the_same_signature_is_no_access_token() -> None:
    assert refused(signed(typ="JWT"))
    assert refused(signed(typ=None))


def test_another_secret_is_no_key() -> None:
    assert refused(signed(secret=b"f" * 32))


def test_the_algorithm_is_not_the_tokens_to_choose() -> None:
    header = base64url(json.dumps({"alg": "none", "typ": room.KIND}).encode())
    assert refused(f"{header}.{base64url(json.dumps(PAYLOAD).encode())}.")
    assert refused(signed(secret=SECRET * 2, algorithm="HS512"))
    assert refused(signed(algorithm="HS384", secret=SECRET + bytes(16)))


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "\ud800",
        "é.é.é",
        "\x00",
        "x" * 10_000_000,
        f"{base64url(b'[' * 1400)}.e30.e30",
        f"{base64url(b'[]')}.e30.e30",
        f"{base64url(b'null')}.e30.e30",
        f"{base64url(json.dumps({'alg': ['HS256']}).encode())}.e30.e30",
        f"{base64url(json.dumps({'alg': 'HS256', 'kid': 1, 'crit': 5}).encode())}.e30.e30",
        f"{base64url(json.dumps({'alg': 'HS256', 'b64': False}).encode())}.e30.e30",
        f"{base64url(bytes(range(128, 256)))}.e30.e30",
    ],
    ids=lambda text: ascii(text)[:30],
)
def test_garbage_is_unauthenticated_and_nothing_worse(garbage: str) -> None:
    assert refused(garbage)


@given(st.text() | st.text(alphabet="eyJhbGciOiJIUzI1NiJ9.-_", max_size=200))
def test_no_text_is_anything_worse_than_unauthenticated(text: str) -> None:
    assert refused(text)


@given(st.data())
def test_one_changed_character_makes_a_token_worthless(data: st.DataObject) -> None:
    token = signed()
    place = data.draw(st.integers(0, len(token) - 1))
    # The last character of a part carries bits that nobody reads; any other is covered by the signature.
    if token[place + 1 : place + 2] in ("", "."):
        return
    other = data.draw(st.sampled_from("ABCxyz019-_.").filter(lambda character: character != token[place]))
    assert refused(token[:place] + other + token[place + 1 :])


def test_only_so_many_tokens_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_REMEMBERED", 3)
    tokens = JwtTokens(SECRET)
    several = [signed(epoch=epoch) for epoch in range(10)]
    for token in several * 2:
        tokens.read(token, ISSUED)
    assert len(tokens._remembered) == 3


def test_what_is_not_valid_is_not_remembered() -> None:
    tokens = JwtTokens(SECRET)
    for token in (signed(secret=b"f" * 32), signed(exp=1), "garbage"):
        with pytest.raises(Unauthenticated):
            tokens.read(token, ISSUED)
    assert tokens._remembered == {}


def test_many_threads_may_read_and_forget_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_REMEMBERED", 5)
    tokens = JwtTokens(SECRET)
    several = [signed(epoch=epoch) for epoch in range(20)]

    def read(turn: int) -> int:
        epoch = turn % len(several)
        if turn % 7 == 0:
            with pytest.raises(Unauthenticated):
                tokens.read(several[epoch], EXPIRES)
            return epoch
        return tokens.read(several[epoch], ISSUED).epoch

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(read, range(2000))) == [turn % len(several) for turn in range(2000)]
