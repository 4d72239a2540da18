"""Both shelves: what is put there stays, in order, whole, and nobody else's hands reach it."""

import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.client.devices import until

from hosanna_web.client import MemoryShelf, Shelf, SqliteShelf

VALUES: dict[str, Any] = {
    "a": {"nested": [1, 2.5, None, True, "text"]},
    "b": "— ünïcode \U0001f50c",
    "c": 5,
    "d": [],
}


@pytest.fixture(params=["memory", "file"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shelf]:
    if request.param == "memory":
        yield MemoryShelf()
    else:
        with SqliteShelf(tmp_path / "kept.db") as found:
            yield found


def test_a_kind_of_which_nothing_was_put_is_empty(shelf: Shelf) -> None:
    assert shelf.all("nothing") == {}
    shelf.change("nothing", remove=["x"], clear=True)
    assert shelf.all("nothing") == {}


def test_what_was_put_is_there_and_other_kinds_are_not_touched(shelf: Shelf) -> None:
    shelf.change("one", put=VALUES)
    shelf.change("other", put={"a": 1})
    assert shelf.all("one") == VALUES
    shelf.change("one", clear=True)
    assert (shelf.all("one"), shelf.all("other")) == ({}, {"a": 1})


def test_the_order_is_that_in_which_keys_first_came(shelf: Shelf) -> None:
    for key in "cab":
        shelf.change("k", put={key: 1})
    shelf.change("k", put={"a": 2, "d": 1})
    assert list(shelf.all("k")) == ["c", "a", "b", "d"]
    shelf.change("k", remove=["c"])
    shelf.change("k", put={"c": 1})
    assert list(shelf.all("k")) == ["a", "b", "d", "c"]


def test_clearing_comes_first_then_removing_then_putting(shelf: Shelf) -> None:
    shelf.change("k", put={"a": 1, "b": 1})
    shelf.change("k", put={"a": 2}, remove=["a", "z"])
    assert shelf.all("k") == {"b": 1, "a": 2}
    shelf.change("k", put={"c": 3}, clear=True)
    assert shelf.all("k") == {"c": 3}


def test_what_is_handed_out_is_the_callers_own(shelf: Shelf) -> None:
    put = {"a": {"list": [1]}}
    shelf.change("k", put=put)
    put["a"]["list"].append(2)
    shelf.all("k")["a"]["list"].append(3)
    assert shelf.all("k") == {"a": {"list": [1]}}


def test_a_change_that_cannot_be_made_changes_nothing(shelf: Shelf) -> None:
    shelf.change("k", put={"a": 1})
    with pytest.raises(TypeError):
        shelf.change("k", put={"b": 1, "c": threading.Lock()}, clear=True)
    assert shelf.all("k") == {"a": 1}


def test_many_threads_may_use_it_at_once(shelf: Shelf) -> None:
    def work(number: int) -> None:
        for step in range(50):
            shelf.change("k", put={f"{number}-{step}": step})
            assert f"{number}-{step}" in shelf.all("k")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(shelf.all("k")) == 200


def test_a_file_is_read_again_by_the_next_process(tmp_path: Path) -> None:
    with SqliteShelf(tmp_path / "kept.db") as shelf:
        shelf.change("k", put=VALUES)
    with SqliteShelf(tmp_path / "kept.db") as again:
        assert again.all("k") == VALUES


def test_a_file_is_its_owners_alone(tmp_path: Path) -> None:
    with SqliteShelf(tmp_path / "kept.db") as shelf:
        shelf.change("k", put=VALUES)
        modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
        assert modes == {0o600}


def test_two_that_share_a_file_see_what_the_other_put(tmp_path: Path) -> None:
    with SqliteShelf(tmp_path / "kept.db") as one, SqliteShelf(tmp_path / "kept.db") as other:
        one.change("k", put={"a": 1})
        assert other.all("k") == {"a": 1}


ON_AND_ON = """
import sys
from hosanna_web.client import SqliteShelf
shelf = SqliteShelf(sys.argv[1])
number = 0
while True:
    number += 1
    shelf.change("k", put=dict.fromkeys("abc", number), clear=True)
"""


def test_who_is_killed_in_the_middle_of_a_change_leaves_it_whole_or_undone(tmp_path: Path) -> None:
    path = tmp_path / "kept.db"
    with SqliteShelf(path) as shelf:
        for _ in range(3):
            process = subprocess.Popen([sys.executable, "-c", ON_AND_ON, path])
            until(lambda: bool(shelf.all("k").get("a", 0) > 20))
            process.kill()
            process.wait()
            assert len(set(shelf.all("k").values())) == 1
            assert len(shelf.all("k")) == 3
            shelf.change("k", put=dict.fromkeys("abc", 0))
