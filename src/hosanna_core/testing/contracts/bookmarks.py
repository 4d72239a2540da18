"""What every store must do to remember how far each reader of the feed has come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_core.testing.contracts.base import StoreContract
from hosanna_core.testing.racing import race
from hosanna_core.testing.samples import START, id_of

if TYPE_CHECKING:
    import pytest

    from hosanna_core.ports import Store

FIRST, SECOND = id_of(1), id_of(2)
ONE: Final = "plugin:one"
OTHER: Final = "plugin:other"


class BookmarksContract(StoreContract):
    """A place for each reader, moved by whoever knows where it was."""

    def test_one_alone_reads_for_a_reader_until_its_time_is_over(self, store: Store) -> None:
        lease = store.bookmarks.lease
        assert lease(ONE, FIRST, START, START + 10)
        assert not lease(ONE, SECOND, START + 9, START + 30)
        assert lease(ONE, FIRST, START + 9, START + 20)
        assert not lease(ONE, SECOND, START + 19, START + 30)
        assert lease(ONE, SECOND, START + 20, START + 30)
        assert not lease(ONE, FIRST, START + 21, START + 40)

    def test_who_gives_it_back_lets_another_read_at_once_and_takes_it_from_nobody(self, store: Store) -> None:
        lease = store.bookmarks.lease
        assert lease(ONE, FIRST, START, START + 10)
        assert lease(ONE, FIRST, START + 1, START + 1)
        assert lease(ONE, SECOND, START + 1, START + 30)
        assert not lease(ONE, FIRST, START + 2, START + 2)
        assert not lease(ONE, FIRST, START + 2, START + 40)

    def test_another_may_read_for_another_reader_meanwhile(self, store: Store) -> None:
        assert store.bookmarks.lease(ONE, FIRST, START, START + 10)
        assert store.bookmarks.lease(OTHER, SECOND, START, START + 10)

    def test_of_many_who_want_to_read_at_once_one_does(self, store: Store) -> None:
        self.needs("concurrency")
        wanting = [
            lambda number=number: store.bookmarks.lease(ONE, id_of(number), START, START + 9)
            for number in range(8)
        ]
        assert sorted(race(wanting)) == [False] * 7 + [True]

    def test_a_place_is_moved_from_where_it_was_alone(self, store: Store) -> None:
        marks = store.bookmarks
        assert marks.place(ONE) is None
        assert not marks.move(ONE, b"place 1", b"place 2")
        assert marks.move(ONE, None, b"place 1")
        assert not marks.move(ONE, None, b"place 2")
        assert marks.place(ONE) == b"place 1"
        assert marks.move(ONE, b"place 1", b"place 2")
        assert not marks.move(ONE, b"place 1", b"place 3")
        assert marks.place(ONE) == b"place 2"

    def test_every_reader_has_a_place_of_its_own(self, store: Store) -> None:
        assert store.bookmarks.move(ONE, None, b"place 1")
        assert store.bookmarks.place(OTHER) is None
        assert store.bookmarks.move(OTHER, None, b"place 2")
        assert (store.bookmarks.place(ONE), store.bookmarks.place(OTHER)) == (b"place 1", b"place 2")

    def test_of_many_who_move_a_place_at_once_one_does(self, store: Store) -> None:
        self.needs("concurrency")
        moving = [
            lambda number=number: store.bookmarks.move(ONE, None, b"place %d" % number) for number in range(8)
        ]
        assert sorted(race(moving)) == [False] * 7 + [True]

    def test_a_place_outlives_the_store(self, store: Store, request: pytest.FixtureRequest) -> None:
        self.needs("durable")
        assert store.bookmarks.move(ONE, None, b"place 1")
        again = request.getfixturevalue("reopen")()
        assert again.bookmarks.place(ONE) == b"place 1"
