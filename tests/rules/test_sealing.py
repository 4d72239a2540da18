"""Cursors as clients hold them: what they tell, and whose they are."""

from base64 import urlsafe_b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hosanna_core.model.query import Position
from hosanna_core.rules.sealing import LONGEST, MARK, Folding, InFeed, Sealer, Walking

KEY, EPOCH = b"k" * 32, b"e" * 16
SEALER = Sealer(KEY, EPOCH)
TESS = SEALER.mark("tess", 1)
PLACE = InFeed(b"\x00" * 7 + b"\x05", 1_767_225_600_000)


def cursor(spot: InFeed | Walking | Folding = PLACE, mark: str = TESS) -> str:
    return SEALER.seal(spot) + mark


@given(st.binary(max_size=24), st.integers(0, 2**53), st.binary(max_size=24), st.integers(0, 2**31))
def test_what_was_sealed_is_opened_again(place: bytes, at: int, other: bytes, count: int) -> None:
    for spot in (
        InFeed(place, at),
        Folding(place, other, count, at),
        Walking(place, Position((at,), "j"), at),
    ):
        found = cursor(spot)
        assert SEALER.open(found, TESS) == spot
        assert len(found) <= LONGEST


def test_the_longest_place_of_a_store_fits() -> None:
    spot = Walking(b"x" * 24, Position((2**53, 2**53), "0" * 36), 2**53)
    assert len(cursor(spot)) <= LONGEST


def test_a_cursor_is_its_owners_alone() -> None:
    assert SEALER.open(cursor(), SEALER.mark("theo", 1)) is None


def test_a_cursor_of_before_a_change_of_role_is_none_after_it() -> None:
    assert SEALER.open(cursor(), SEALER.mark("tess", 2)) is None


def test_a_cursor_of_another_store_is_none_here() -> None:
    restored = Sealer(KEY, b"f" * 16)
    assert restored.open(cursor(), restored.mark("tess", 1)) is None
    assert restored.open(SEALER.seal(PLACE) + restored.mark("tess", 1), restored.mark("tess", 1)) is None


def test_another_key_makes_other_cursors() -> None:
    assert Sealer(b"l" * 32, EPOCH).seal(PLACE) != SEALER.seal(PLACE)


@pytest.mark.parametrize("place", range(len(SEALER.seal(PLACE))))
def test_a_cursor_with_one_character_changed_is_none(place: int) -> None:
    text = cursor()
    changed = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
    assert SEALER.open(changed, TESS) is None


@given(st.text(max_size=80))
def test_whatever_else_there_is_is_none(text: str) -> None:
    assert SEALER.open(text, TESS) is None
    assert SEALER.open(text + TESS, TESS) is None


def test_the_same_place_at_another_time_is_another_cursor() -> None:
    """So a heartbeat's cursor tells nobody whether anything happened that they may not see."""
    later = InFeed(PLACE.cursor, PLACE.at + 25_000)
    one, other = SEALER.seal(PLACE), SEALER.seal(later)
    assert one != other
    assert len(one) == len(other)
    assert sum(a == b for a, b in zip(one, other, strict=True)) < len(one) / 3


def test_what_is_sealed_shows_nothing_of_the_place() -> None:
    sealed = SEALER.seal(InFeed(b"019b76da-a800", 0))
    assert b"019b76da" not in urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))


def test_every_mark_is_alike_long() -> None:
    assert {len(SEALER.mark(user, n)) for user in ("a", "b" * 36) for n in (1, 10**9)} == {MARK}
