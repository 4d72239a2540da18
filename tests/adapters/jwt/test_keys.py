"""The ring of keys: secrets and algorithms change, and nobody is logged out."""

import base64
import hashlib
import json

import jwt as pyjwt
import pytest

from hosanna_adapters.jwt import Algorithm, JwtTokens, KeyRing
from hosanna_core.errors import Unauthenticated
from hosanna_core.ports import Claims

OLDEST, OLD, NEW = b"oldest" * 6, b"old" * 12, b"new" * 12
SOMEBODY = "01890a5d-ac96-774b-bcce-b302099a8057"
NOW = 1_772_353_800_000
CLAIMS = Claims(
    token_id=SOMEBODY,
    user_id=SOMEBODY,
    session_id=SOMEBODY,
    epoch=0,
    issued_at=NOW,
    expires_at=NOW + 900_000,
)

with_each_algorithm = pytest.mark.parametrize("algorithm", list(Algorithm), ids=str)


@with_each_algorithm
def test_tokens_of_the_former_secret_still_pass_and_those_before_it_do_not(algorithm: Algorithm) -> None:
    tokens = JwtTokens(KeyRing(NEW, former=[OLD], algorithm=algorithm))
    former = JwtTokens(KeyRing(OLD, algorithm=algorithm)).issue(CLAIMS)
    forgotten = JwtTokens(KeyRing(OLDEST, algorithm=algorithm)).issue(CLAIMS)
    assert tokens.read(former, NOW) == CLAIMS
    with pytest.raises(Unauthenticated):
        tokens.read(forgotten, NOW)


def test_as_many_former_secrets_verify_as_are_given() -> None:
    tokens = JwtTokens(KeyRing(NEW, former=[OLD, OLDEST]))
    assert tokens.read(JwtTokens(KeyRing(OLDEST)).issue(CLAIMS), NOW) == CLAIMS


@with_each_algorithm
def test_a_former_secret_signs_nothing(algorithm: Algorithm) -> None:
    token = JwtTokens(KeyRing(NEW, former=[OLD], algorithm=algorithm)).issue(CLAIMS)
    with pytest.raises(Unauthenticated):
        JwtTokens(KeyRing(OLD, algorithm=algorithm)).read(token, NOW)


@pytest.mark.parametrize(
    ("before", "after"), [(Algorithm.HS256, Algorithm.EDDSA), (Algorithm.EDDSA, Algorithm.HS256)]
)
def test_another_algorithm_logs_nobody_out(before: Algorithm, after: Algorithm) -> None:
    token = JwtTokens(KeyRing(OLD, algorithm=before)).issue(CLAIMS)
    assert JwtTokens(KeyRing(OLD, algorithm=after)).read(token, NOW) == CLAIMS
    assert JwtTokens(KeyRing(NEW, former=[OLD], algorithm=after)).read(token, NOW) == CLAIMS


def test_every_key_has_a_name_of_its_own_that_stays() -> None:
    names = [
        KeyRing(secret, algorithm=algorithm).current.kid
        for secret in (OLDEST, OLD, NEW)
        for algorithm in Algorithm
    ]
    assert len(set(names)) == 6
    assert names == [
        KeyRing(secret, former=[b"x" * 32], algorithm=algorithm).current.kid
        for secret in (OLDEST, OLD, NEW)
        for algorithm in Algorithm
    ]


def test_the_names_stay_what_they_were() -> None:
    """Another name for the same secret would log everybody out at an upgrade."""
    assert KeyRing(NEW).current.kid == "xEZSyOypDzGM"
    assert (
        KeyRing(NEW, algorithm=Algorithm.EDDSA).current.kid == "kKaVRc3Spaf78oeN1y-6pslt84CqGRKn4HnBxFQPIas"
    )


def test_a_shared_key_is_never_published() -> None:
    assert KeyRing(NEW, former=[OLD]).public_keys() == []


def test_public_keys_are_a_jwk_set_with_the_present_key_first() -> None:
    ring = KeyRing(NEW, former=[OLD], algorithm=Algorithm.EDDSA)
    published = ring.public_keys()
    assert [key["kid"] for key in published] == [
        ring.current.kid,
        KeyRing(OLD, algorithm=Algorithm.EDDSA).current.kid,
    ]
    for key in published:
        assert set(key) == {"kty", "crv", "x", "kid", "alg", "use"}
        assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("OKP", "Ed25519", "EdDSA", "sig")


def test_a_public_key_is_named_by_its_thumbprint() -> None:
    for key in KeyRing(NEW, former=[OLD], algorithm=Algorithm.EDDSA).public_keys():
        members = json.dumps({name: key[name] for name in ("crv", "kty", "x")}, separators=(",", ":"))
        thumbprint = base64.urlsafe_b64encode(hashlib.sha256(members.encode()).digest())
        assert key["kid"] == thumbprint.decode().rstrip("=")


def test_who_has_the_public_keys_alone_verifies() -> None:
    ring = KeyRing(NEW, former=[OLD], algorithm=Algorithm.EDDSA)
    jwks = pyjwt.PyJWKSet.from_dict({"keys": ring.public_keys()})
    for tokens in (JwtTokens(ring), JwtTokens(KeyRing(OLD, algorithm=Algorithm.EDDSA))):
        token = tokens.issue(CLAIMS)
        decoded = pyjwt.decode(
            token,
            jwks[pyjwt.get_unverified_header(token)["kid"]],
            algorithms=["EdDSA"],
            audience="hosanna-api",
            issuer="hosanna",
            options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
        )
        assert decoded["sub"] == SOMEBODY


def test_what_is_published_and_what_names_a_key_does_not_show_the_secret() -> None:
    for algorithm in Algorithm:
        ring = KeyRing(NEW, former=[OLD], algorithm=algorithm)
        shown = json.dumps(ring.public_keys()) + ring.current.kid + repr(ring) + repr(vars(ring))
        for secret in (NEW, OLD):
            assert secret.decode() not in shown
            assert base64.urlsafe_b64encode(secret).decode().rstrip("=") not in shown


@pytest.mark.parametrize("former", [[], [OLD]], ids=["the present one", "a former one"])
def test_a_secret_has_32_bytes_at_least(former: list[bytes]) -> None:
    short = b"s" * 31
    with pytest.raises(ValueError, match="32") as refusal:
        KeyRing(NEW if former else short, former=[*former, short])
    assert "sss" not in str(refusal.value)


@pytest.mark.parametrize(
    "secret",
    [
        bytes(range(128, 160)),
        "ein Geheimnis mit Umlauten: äöüß".encode(),
        b"-----BEGIN PUBLIC KEY-----\n" + b"A" * 40 + b"\n-----END PUBLIC KEY-----\n",
        b"ssh-rsa " + b"A" * 40,
        b'{"kty": "oct", "k": "0123456789abcdef"}',
    ],
    ids=["no text", "umlauts", "like PEM", "like SSH", "like a JWK"],
)
@with_each_algorithm
def test_a_secret_is_taken_as_it_is_whatever_it_looks_like(secret: bytes, algorithm: Algorithm) -> None:
    tokens = JwtTokens(KeyRing(secret, algorithm=algorithm))
    assert tokens.read(tokens.issue(CLAIMS), NOW) == CLAIMS
