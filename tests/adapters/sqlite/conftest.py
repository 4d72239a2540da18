"""One fresh file for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hosanna_adapters.sqlite import SqliteStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "hosanna" / "hosanna.sqlite"


@pytest.fixture
def opened(path: Path) -> Iterator[SqliteStore]:
    with SqliteStore.open(path) as store:
        yield store
