"""The contract of `hosanna_core.ports.Outside`."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from hosanna_core.model.ids import is_id
from hosanna_core.testing.racing import race

if TYPE_CHECKING:
    from hosanna_core.ports import Outside


class OutsideContract:
    """Override `outside`."""

    @pytest.fixture
    def outside(self) -> Outside:
        """The outside under test."""
        raise NotImplementedError(f"{type(self).__name__} must override the fixture 'outside'")

    def test_time_never_runs_backwards(self, outside: Outside) -> None:
        read = [outside.now() for _ in range(1_000)]
        assert read == sorted(read)

    def test_every_id_is_a_uuid_of_version_7(self, outside: Outside) -> None:
        for minted in [outside.mint() for _ in range(100)]:
            assert is_id(minted)
            assert minted[14] == "7"
            assert minted[19] in "89ab"

    def test_an_id_tells_when_it_was_minted(self, outside: Outside) -> None:
        before, minted, after = outside.now(), outside.mint(), outside.now()
        assert before <= int(minted.replace("-", "")[:12], 16) <= after + 1

    def test_every_id_is_greater_than_the_one_before(self, outside: Outside) -> None:
        minted = [outside.mint() for _ in range(5_000)]
        assert all(one < other for one, other in pairwise(minted))

    def test_threads_never_mint_the_same_id_and_each_sees_them_rise(self, outside: Outside) -> None:
        minted = race([lambda: [outside.mint() for _ in range(500)]] * 8)
        assert all(ids == sorted(ids) for ids in minted)
        assert len({each for ids in minted for each in ids}) == 4_000

    def test_entropy_is_as_long_as_asked_and_never_the_same(self, outside: Outside) -> None:
        assert [len(outside.entropy(count)) for count in (1, 16, 32, 100)] == [1, 16, 32, 100]
        assert len({outside.entropy(16) for _ in range(200)}) == 200
