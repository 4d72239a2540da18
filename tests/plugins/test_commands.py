"""`hosanna plugins`, and the commands that plugins bring."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.here import home, hosanna

TEXT = """
import click
from hosanna_core.model.query import UserFilter
from hosanna_web.plugins import hookimpl
HOSANNA_API = 1
@hookimpl
def hosanna_command(opened):
    @click.group("brought")
    def group(): pass
    @group.command()
    def users():
        with opened() as ports:
            click.echo(len(ports.store.users.page(UserFilter(), None, 9).rows))
    @group.command()
    def broken():
        raise KeyError("nothing here")
    @group.command()
    def wrong():
        raise click.UsageError("not like this")
    return group
"""
ENTRIES = (
    "[hosanna.plugins]\nbrought = brought\nsilent = silent\nserve = brought\nabsent = absent\nodd = odd\n"
)


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Distributions that bring a command, none, one that is none, and what would stand in the place of ours."""
    home(tmp_path, monkeypatch)
    (tmp_path / "brought.py").write_text(TEXT)
    (tmp_path / "silent.py").write_text("HOSANNA_API = 1\n")
    (tmp_path / "odd.py").write_text(TEXT.replace("return group", "return 7"))
    info = tmp_path / "brought-2.5.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: brought\nVersion: 2.5\nSummary: Brings a lot\n"
    )
    (info / "entry_points.txt").write_text(ENTRIES)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    yield
    for name in ("brought", "silent", "odd"):
        sys.modules.pop(name, None)


def test_the_table_says_which_are_loaded_and_why_not() -> None:
    said = hosanna("plugins").output
    assert "brought 2.5" in said
    assert "No module named 'absent'" in said
    assert "command" in said


def test_a_command_of_a_plugin_works_on_the_store_and_help_names_the_plugin() -> None:
    assert "Brings a lot" in hosanna("--help").output
    done = hosanna("brought", "users")
    assert (done.exit_code, done.output) == (0, "0\n")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("brought", "broken"), 1, "the plugin 'brought' failed: KeyError"),
        (("brought", "wrong"), 2, "not like this"),
        (("silent",), 1, "has no command"),
        (("absent",), 1, "is not loaded"),
        (("odd",), 1, "does not work as it should"),
        (("nobody",), 2, "No such command"),
    ],
)
def test_one_that_does_not_work_is_told_as_its_plugins_fault(
    arguments: tuple[str, ...], code: int, told: str
) -> None:
    done = hosanna(*arguments)
    assert done.exit_code == code
    assert told in done.output


def test_a_plugin_never_stands_in_the_place_of_a_command_of_ours() -> None:
    assert "--memory" in hosanna("serve", "--help").output


def test_one_that_is_not_let_in_has_no_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLUGINS", "silent")
    assert "does not let the plugin 'brought' in" in hosanna("brought", "users").output
