"""Clocks and chance."""

import pytest

from hosanna_adapters.system import SteppedOutside, SystemOutside
from hosanna_core.ports import Outside
from hosanna_core.testing.contracts import OutsideContract
from hosanna_core.testing.samples import START


class TestSystemOutside(OutsideContract):
    @pytest.fixture
    def outside(self) -> Outside:
        return SystemOutside()


class TestSteppedOutside(OutsideContract):
    @pytest.fixture
    def outside(self) -> Outside:
        return SteppedOutside(START)


class TestSeededOutside(OutsideContract):
    @pytest.fixture
    def outside(self) -> Outside:
        return SteppedOutside(START, seed=7)


def test_the_real_clock_is_not_followed_when_it_is_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    outside = SystemOutside()
    first, before = outside.now(), outside.mint()
    monkeypatch.setattr("time.time_ns", lambda: (first - 3_600_000) * 1_000_000)
    assert outside.now() == first
    assert outside.mint() > before


def test_a_clock_that_is_moved_by_hand_stands_until_then() -> None:
    outside = SteppedOutside(START)
    assert outside.now() == outside.now() == START
    outside.step(5)
    outside.move_to(START + 100)
    outside.move_to(START)
    assert outside.now() == START + 100


def test_a_clock_is_not_moved_backwards_by_hand_either() -> None:
    with pytest.raises(ValueError, match="not moved backwards"):
        SteppedOutside(START).step(-1)


def test_the_same_seed_gives_the_same_ids() -> None:
    one, other = SteppedOutside(START, seed=1), SteppedOutside(START, seed=1)
    assert [one.mint(), one.entropy(8).hex()] == [other.mint(), other.entropy(8).hex()]
    assert SteppedOutside(START, seed=2).mint() != SteppedOutside(START, seed=1).mint()
