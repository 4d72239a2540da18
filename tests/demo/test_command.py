"""`hosanna demo`, as somebody at a terminal meets it."""

import json
from pathlib import Path

import pytest
from tests.cli.here import home, hosanna


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return home(tmp_path, monkeypatch)


def test_a_play_in_memory_shows_its_tables_and_leaves_nothing(folder: Path) -> None:
    result = hosanna("demo", "--memory")
    assert result.exit_code == 0, result.output
    for words in ("BILLED", "accepted", "refused", "actions a second"):
        assert words in result.stdout
    assert "password" not in result.stdout
    assert list(folder.iterdir()) == []


def test_a_play_on_sqlite_tells_how_to_log_in_and_is_played_once() -> None:
    first = hosanna("demo", "--json")
    assert first.exit_code == 0, first.output
    report = json.loads(first.stdout)
    assert sum(report["jobs"].values()) == 150
    assert report["login"]["password"]
    second = hosanna("demo")
    assert second.exit_code == 1
    assert "HOSANNA_DATA" in second.output


def test_a_file_that_cannot_be_played_is_told(folder: Path) -> None:
    path = folder / "other.csv"
    for content in ("", "a,b\n1,2\n", '"a'):
        path.write_text(content, encoding="utf-8")
        result = hosanna("demo", "--memory", "--data", path)
        assert result.exit_code == 2
        assert "Traceback" not in result.output
