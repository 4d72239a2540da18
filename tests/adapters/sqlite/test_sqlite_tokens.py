"""People log in, refresh, replay and lose their rights on the SQLite store, and no token outlives what it stands on."""

import shutil
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import settings

from hosanna_adapters.sqlite import SqliteStore
from hosanna_core.ports import Store
from hosanna_core.testing.access_machine import AccessMachine


class SqliteAccess(AccessMachine):
    def make_store(self) -> Store:
        self._folder = Path(mkdtemp())
        self._opened = SqliteStore.open(self._folder / "hosanna.sqlite")
        return self._opened.ports()

    def teardown(self) -> None:
        try:
            super().teardown()
        finally:
            if hasattr(self, "_opened"):
                self._opened.close()
                shutil.rmtree(self._folder)


class TestSqliteAccess(SqliteAccess.TestCase):
    settings = settings(settings.default, max_examples=15, stateful_step_count=30)


@pytest.mark.deep
class TestSqliteAccessAtLength(SqliteAccess.TestCase):
    settings = settings(settings.default, max_examples=200, stateful_step_count=60)
