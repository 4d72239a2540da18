"""People follow the SQLite store, lose their connections and come back, and every copy is right."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from hosanna_adapters.sqlite import SqliteStore
from hosanna_core.ports import Store
from hosanna_core.testing.follow_machine import FollowMachine


class SqliteFollowing(FollowMachine):
    def make_store(self) -> Store:
        self._folder = TemporaryDirectory()
        self._opened = SqliteStore.open(Path(self._folder.name) / "hosanna.db")
        return self._opened.ports()

    def drop_oldest(self, count: int) -> bool:
        self._opened._writer.run(
            lambda db: db.execute(
                "DELETE FROM feed WHERE n IN (SELECT n FROM feed ORDER BY n LIMIT ?)", (count,)
            )
        )
        return True

    def teardown(self) -> None:
        super().teardown()
        if hasattr(self, "_opened"):
            self._opened.close()
            self._folder.cleanup()


TestSqliteFollowing: Any = SqliteFollowing.TestCase
TestSqliteFollowing.settings = settings(max_examples=5, stateful_step_count=25)


@pytest.mark.deep
def test_every_copy_is_right_in_a_long_year_on_the_sqlite_store() -> None:
    run_state_machine_as_test(SqliteFollowing, settings=settings(max_examples=25, stateful_step_count=50))
