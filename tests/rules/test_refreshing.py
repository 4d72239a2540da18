"""Refresh tokens: only the token is the token, one lives, and each gives its child again for half a minute."""

import base64
import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hosanna_core.model.ids import DAY
from hosanna_core.rules.access import AccessPolicy
from hosanna_core.rules.refreshing import (
    GRACE,
    MOST_SPENT,
    RefreshToken,
    child_of,
    exchanged,
    hash_of,
    lives,
    read,
    written,
)
from hosanna_core.testing.samples import START, a_session, id_of

KEY = b"k" * 32
POLICY = AccessPolicy()
TOKEN = RefreshToken(id_of(7), 1, bytes(range(32)))
TEXT = written(TOKEN, KEY)


def secret(number):
    return bytes([number]) * 32


def family(steps, *, apart=0):
    """A session after so many exchanges, and its tokens from the first on."""
    session = a_session(7, id_of(1), token_hash=hash_of(secret(1)), created_at=START, used_at=START)
    tokens = [RefreshToken(session.id, 1, secret(1))]
    for number in range(2, steps + 2):
        at = START + (number - 1) * apart
        session = exchanged(session, tokens[-1], secret(number), at, POLICY)
        tokens.append(RefreshToken(session.id, number, secret(number)))
    return session, tokens


def test_a_token_is_91_characters_that_may_stand_in_a_url():
    assert len(TEXT) == 91
    assert read(TEXT, KEY) == TOKEN
    assert set(TEXT) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@pytest.mark.parametrize("place", range(91))
def test_a_token_with_any_other_character_is_none_not_even_one_that_decodes_to_the_same_bytes(place):
    for other in "AB-_z9 =+/\x00é":
        if other != TEXT[place]:
            assert read(TEXT[:place] + other + TEXT[place + 1 :], KEY) is None


@pytest.mark.parametrize(
    "text", ["", "x", TEXT[:-1], TEXT + "A", TEXT + "=", " " + TEXT, TEXT + "\n", TEXT.upper(), "é" * 91]
)
def test_what_is_nearly_a_token_is_none(text):
    assert read(text, KEY) is None


@given(st.binary(max_size=120) | st.text(max_size=120))
def test_nothing_that_was_made_up_is_a_token(made_up):
    text = base64.urlsafe_b64encode(made_up).decode() if isinstance(made_up, bytes) else made_up
    assert read(text, KEY) is None


def test_a_token_of_another_store_is_none():
    assert read(TEXT, b"x" * 32) is None


def test_of_a_family_one_token_lives_and_the_session_holds_no_secret():
    session, tokens = family(3)
    assert [lives(session, token) for token in tokens] == [False, False, False, True]
    stored = msgspec.msgpack.encode(session)
    assert all(token.secret not in stored for token in tokens)


def test_another_secret_of_the_living_number_does_not_live():
    session, tokens = family(1)
    assert not lives(session, msgspec.structs.replace(tokens[-1], secret=secret(99)))


def test_within_the_grace_each_spent_token_gives_its_own_child_and_from_then_on_none():
    session, tokens = family(3)
    for parent, child in itertools.pairwise(tokens):
        assert child_of(session, parent, START + GRACE) == child
        assert child_of(session, parent, START + GRACE + 1) is None


def test_the_grace_counts_from_the_exchange_of_that_token_however_the_family_went_on():
    session, tokens = family(3, apart=GRACE // 2)
    for number in (0, 1, 2):
        end = START + (number + 1) * GRACE // 2 + GRACE
        assert child_of(session, tokens[number], end) == tokens[number + 1]
        assert child_of(session, tokens[number], end + 1) is None


def test_a_token_of_another_secret_unveils_no_child():
    """A store that was put back gives a number twice; the lost one's holder gets nothing that works."""
    session, tokens = family(1)
    lost = msgspec.structs.replace(tokens[0], secret=secret(99))
    assert child_of(session, lost, START) is None


def test_a_token_of_a_number_that_the_store_does_not_know_yet_is_no_spent_one():
    session, _ = family(1)
    ahead = RefreshToken(session.id, 9, secret(9))
    assert not lives(session, ahead)
    assert child_of(session, ahead, START) is None


def test_of_very_many_exchanges_within_the_grace_the_newest_are_remembered():
    session, tokens = family(3 * MOST_SPENT)
    assert len(session.spent) == MOST_SPENT
    remembered = [token for token in tokens if child_of(session, token, START)]
    assert remembered == tokens[-MOST_SPENT - 1 : -1]


def test_what_is_older_than_the_grace_is_forgotten_at_the_next_exchange():
    session, _ = family(5, apart=GRACE + 1)
    assert [spent.version for spent in session.spent] == [5]


def test_an_exchange_moves_the_idle_end_on_and_never_past_the_absolute_one():
    session, (token,) = family(0)
    for at, end in ((DAY, DAY + POLICY.idle), (80 * DAY, POLICY.absolute)):
        after = exchanged(session, token, secret(2), START + at, POLICY)
        assert after.expires_at == START + end
        assert (after.version, after.used_at) == (2, START + at)


def test_a_clock_that_lags_behind_does_not_make_a_session_run_back():
    session, (token,) = family(0)
    assert exchanged(session, token, secret(2), START - 5, POLICY).used_at == START
