"""One-time codes: the vectors of RFC 6238, each code once, a step aside, and recovery codes."""

import base64
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec
import pytest

from hosanna_core.model.people import SecondFactor
from hosanna_core.rules.second_factors import (
    STEP,
    code_at,
    recovery_hash,
    secret_of,
    step_of,
    text_of,
    uri_of,
)
from hosanna_core.testing.samples import a_user

RFC_SECRET = b"12345678901234567890"
KEY = b"k" * 32


def user_with(nonce, number=1):
    return a_user(number, second_factor=SecondFactor(nonce=nonce))


@pytest.mark.parametrize(
    ("seconds", "eight_digits"),
    [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ],
)
def test_the_codes_are_those_of_rfc_6238_appendix_b(seconds, eight_digits):
    code = code_at(RFC_SECRET, seconds * 1000 // STEP)
    assert code == eight_digits[-6:]
    assert step_of(RFC_SECRET, code, seconds * 1000, 0) == seconds // 30


@pytest.mark.parametrize(("aside", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_counts_one_step_before_and_after_its_own(aside, taken):
    now = 1_000_000 * STEP
    code = code_at(RFC_SECRET, 1_000_000 + aside)
    assert (step_of(RFC_SECRET, code, now, 0) == 1_000_000 + aside) is taken


@pytest.mark.parametrize("aside", [-1, 0, 1])
def test_no_code_counts_twice_nor_one_older_than_that_which_counted(aside):
    step = 1_000_000 + aside
    code = code_at(RFC_SECRET, step)
    assert step_of(RFC_SECRET, code, 1_000_000 * STEP, step - 1) == step
    assert step_of(RFC_SECRET, code, 1_000_000 * STEP, step) is None
    assert step_of(RFC_SECRET, code, 1_000_000 * STEP, step + 1) is None


@pytest.mark.parametrize(
    "code", ["", "0", "28708", "2870822", "94287082", "x" * 64, "２８７０８２", "\ud800"]
)
def test_what_is_no_code_is_wrong_and_no_error(code):
    assert step_of(RFC_SECRET, code, 59_000, 0) is None


def test_the_secret_is_another_one_for_each_user_each_setting_up_and_each_store():
    secrets = {
        secret_of(user_with(b"one"), KEY),
        secret_of(user_with(b"two"), KEY),
        secret_of(user_with(b"one", 2), KEY),
        secret_of(user_with(b"one"), b"x" * 32),
    }
    assert len(secrets) == 4
    assert {len(secret) for secret in secrets} == {20}


def test_the_secret_stands_nowhere_in_the_account():
    user = user_with(b"one")
    assert secret_of(user, KEY) not in msgspec.msgpack.encode(user)


def test_the_picture_of_squares_says_whose_it_is_and_what_the_secret_is():
    user, secret = user_with(b"one"), secret_of(user_with(b"one"), KEY)
    parts = urlsplit(uri_of(user, secret))
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert unquote(parts.path) == f"/Hosanna:{user.email}"
    asked = parse_qs(parts.query)
    assert asked == {"secret": [text_of(secret)], "issuer": ["Hosanna"]}
    assert base64.b32decode(text_of(secret)) == secret


def test_a_recovery_code_is_the_same_however_it_is_typed_and_another_for_each_setting_up():
    user = user_with(b"one")
    plain = recovery_hash(user, "ABCD2345", KEY)
    for typed in ("abcd2345", "ABCD-2345", " ab cd-23 45 "):
        assert recovery_hash(user, typed, KEY) == plain
    others = {
        recovery_hash(user, "ABCD2346", KEY),
        recovery_hash(user_with(b"two"), "ABCD2345", KEY),
        recovery_hash(user, "ABCD2345", b"x" * 32),
        recovery_hash(user, "\ud800", KEY),
    }
    assert len({plain, *others}) == 5
