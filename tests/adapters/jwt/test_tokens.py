"""Access tokens: what is signed is read back, for as long as it counts."""

from concurrent.futures import ThreadPoolExecutor

import jwt as pyjwt
import msgspec
import pytest

from hosanna_adapters.jwt import Algorithm, JwtTokens, KeyRing
from hosanna_adapters.jwt import tokens as room
from hosanna_core.errors import Unauthenticated
from hosanna_core.ports import Claims, Tokens
from hosanna_core.testing.contracts import TokensContract

SECRET = b"0123456789abcdef0123456789abcdef"
ANN = "01890a5d-ac96-774b-bcce-b302099a8057"
SESSION = "01890a5d-ac96-774b-bcce-b302099a8058"
TOKEN = "01890a5d-ac96-774b-bcce-b302099a8059"
ISSUED = 1_772_353_800_000
EXPIRES = ISSUED + 900_000
CLAIMS = Claims(
    token_id=TOKEN, user_id=ANN, session_id=SESSION, epoch=3, issued_at=ISSUED, expires_at=EXPIRES
)

with_each_algorithm = pytest.mark.parametrize("algorithm", list(Algorithm), ids=str)


class TestContractWithHmac(TokensContract):
    @pytest.fixture
    def tokens(self) -> Tokens:
        return JwtTokens(KeyRing(SECRET))

    @pytest.fixture
    def strangers(self) -> Tokens:
        return JwtTokens(KeyRing(SECRET[::-1]))


class TestContractWithEd25519(TokensContract):
    @pytest.fixture
    def tokens(self) -> Tokens:
        return JwtTokens(KeyRing(SECRET, algorithm=Algorithm.EDDSA))

    @pytest.fixture
    def strangers(self) -> Tokens:
        return JwtTokens(KeyRing(SECRET[::-1], algorithm=Algorithm.EDDSA))


def several(count: int) -> list[str]:
    tokens = JwtTokens(KeyRing(SECRET))
    return [tokens.issue(msgspec.structs.replace(CLAIMS, epoch=epoch)) for epoch in range(count)]


@with_each_algorithm
def test_a_token_says_who_where_when_and_no_more(algorithm: Algorithm) -> None:
    ring = KeyRing(SECRET, algorithm=algorithm)
    token = JwtTokens(ring).issue(CLAIMS)
    decoded = pyjwt.decode_complete(token, options={"verify_signature": False})
    assert decoded["header"] == {"typ": "at+jwt", "alg": algorithm.value, "kid": ring.current.kid}
    assert decoded["payload"] == {
        "iss": "hosanna",
        "aud": "hosanna-api",
        "sub": ANN,
        "sid": SESSION,
        "jti": TOKEN,
        "iat": ISSUED // 1000,
        "nbf": ISSUED // 1000,
        "exp": EXPIRES // 1000,
        "epoch": 3,
    }


def test_any_library_verifies_our_tokens_with_the_bytes_of_the_secret() -> None:
    token = JwtTokens(KeyRing(SECRET)).issue(CLAIMS)
    options = {"verify_exp": False, "verify_nbf": False, "verify_iat": False}
    decoded = pyjwt.decode(
        token, SECRET, algorithms=["HS256"], audience="hosanna-api", issuer="hosanna", options=options
    )
    assert decoded["sub"] == ANN


@pytest.mark.parametrize("remembered", [False, True], ids=["first seen", "remembered"])
@with_each_algorithm
def test_a_token_counts_a_minute_longer_and_not_a_millisecond_more(
    algorithm: Algorithm, remembered: bool
) -> None:
    tokens = JwtTokens(KeyRing(SECRET, algorithm=algorithm))
    token = tokens.issue(CLAIMS)
    if remembered:
        tokens.read(token, ISSUED)
    assert tokens.read(token, ISSUED - 60_000) == CLAIMS
    assert tokens.read(token, EXPIRES + 59_999) == CLAIMS
    for now in (ISSUED - 60_001, EXPIRES + 60_000):
        with pytest.raises(Unauthenticated):
            tokens.read(token, now)


def test_only_so_many_tokens_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_REMEMBERED", 3)
    tokens = JwtTokens(KeyRing(SECRET))
    for token in several(10) * 2:
        tokens.read(token, ISSUED)
    assert len(tokens._remembered) == 3


def test_what_is_not_valid_is_not_remembered() -> None:
    tokens = JwtTokens(KeyRing(SECRET))
    expired = tokens.issue(msgspec.structs.replace(CLAIMS, issued_at=0, expires_at=1000))
    for token in (JwtTokens(KeyRing(b"f" * 32)).issue(CLAIMS), expired, "garbage"):
        with pytest.raises(Unauthenticated):
            tokens.read(token, ISSUED)
    assert tokens._remembered == {}


def test_what_has_expired_is_forgotten() -> None:
    tokens = JwtTokens(KeyRing(SECRET))
    token = tokens.issue(CLAIMS)
    tokens.read(token, ISSUED)
    with pytest.raises(Unauthenticated):
        tokens.read(token, EXPIRES + 60_000)
    assert tokens._remembered == {}


def test_the_tokens_themselves_are_not_kept() -> None:
    tokens = JwtTokens(KeyRing(SECRET))
    token = tokens.issue(CLAIMS)
    tokens.read(token, ISSUED)
    assert token not in repr(tokens._remembered)
    assert token.rpartition(".")[2] not in repr(tokens._remembered)


def test_many_threads_may_read_and_forget_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_REMEMBERED", 5)
    tokens, issued = JwtTokens(KeyRing(SECRET)), several(20)

    def read(turn: int) -> int:
        epoch = turn % len(issued)
        if turn % 7 == 0:
            with pytest.raises(Unauthenticated):
                tokens.read(issued[epoch], EXPIRES + 60_000)
            return epoch
        return tokens.read(issued[epoch], ISSUED).epoch

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(read, range(2000))) == [turn % len(issued) for turn in range(2000)]
