"""Reset tokens: good for one account as it is, for ten minutes, and stored nowhere."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hosanna_core.model.ids import MINUTE
from hosanna_core.rules.resetting import claimed_by, fits, issued
from hosanna_core.testing.samples import START, a_user

KEY = b"k" * 32
USER = a_user(1)
TOKEN = issued(USER, START, b"n" * 16, KEY)


def changed(**parts):
    return msgspec.structs.replace(USER, **parts)


def test_a_token_says_whose_it_is_and_fits_for_ten_minutes_less_one_millisecond():
    assert claimed_by(TOKEN) == USER.id
    assert fits(TOKEN, USER, START, KEY)
    assert fits(TOKEN, USER, START + 10 * MINUTE - 1, KEY)
    assert not fits(TOKEN, USER, START + 10 * MINUTE, KEY)


@pytest.mark.parametrize(
    "after",
    [
        changed(password_hash="another"),
        changed(email="another@example.com"),
        changed(session_epoch=1),
        a_user(2),
    ],
)
def test_a_token_is_void_once_the_account_is_not_what_it_was(after):
    assert not fits(TOKEN, after, START, KEY)


def test_a_name_a_telephone_number_and_a_role_do_not_void_it():
    assert fits(TOKEN, changed(full_name="Bo", phone="1", version=9), START, KEY)


def test_two_tokens_of_one_moment_differ_and_both_fit():
    other = issued(USER, START, b"m" * 16, KEY)
    assert other != TOKEN
    assert fits(other, USER, START, KEY)


def test_a_token_of_another_store_does_not_fit():
    assert not fits(TOKEN, USER, START, b"x" * 32)


@pytest.mark.parametrize("place", range(len(TOKEN)))
def test_a_token_with_any_other_character_does_not_fit(place):
    for other in "0aA._é\ud800":
        if other != TOKEN[place]:
            assert not fits(TOKEN[:place] + other + TOKEN[place + 1 :], USER, START, KEY)


def test_a_token_whose_end_was_put_off_does_not_fit():
    user_id, end, rest = TOKEN.split(".", 2)
    assert not fits(f"{user_id}.{int(end) + MINUTE}.{rest}", USER, START, KEY)


@given(st.text(max_size=300))
def test_nothing_that_was_made_up_fits(text):
    assert not fits(text, USER, START, KEY)
    assert claimed_by(text) is None


@pytest.mark.parametrize("text", ["", ".", f"{USER.id.upper()}.1.a.b", f"x{USER.id}.1", TOKEN + "x" * 200])
def test_what_has_not_the_form_of_a_token_claims_nobody(text):
    assert claimed_by(text) is None


def test_it_holds_neither_address_nor_hash():
    assert USER.email not in TOKEN
    assert USER.password_hash not in TOKEN
