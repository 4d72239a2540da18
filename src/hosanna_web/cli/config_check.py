"""`hosanna config check`: every mistake before anything starts, and what is weak."""

from __future__ import annotations

import json
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

import click

from hosanna_web.cautions import cautions, slips
from hosanna_web.cli.tls import tls_context
from hosanna_web.data_folder import CannotStart
from hosanna_web.env_file import read_env_file
from hosanna_web.settings import Misconfigured, Settings, load_settings, names_of

if TYPE_CHECKING:
    from collections.abc import Iterator

WRONG = click.UsageError.exit_code
WEAK = 1
_NEEDED: Final = {
    "mongodb_uri": ("pymongo", "mongo"),
    "redis_url": ("redis", "redis"),
    "push_contact": ("webpush", "push"),
    "otlp_endpoint": ("opentelemetry", "tracing"),
}
"""What some settings need: a package, and the extra that brings it."""


@click.command("check")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.option("--strict", is_flag=True, help="Exit with 1 where something is weak.")
def check(*, as_json: bool, strict: bool) -> None:
    """Judge the configuration and start nothing. Exit 0: it holds. 2: it is wrong, and every mistake is named.

    What is weak in production is told, and is no mistake.
    """
    mistakes, weak = judged()
    if as_json:
        click.echo(json.dumps({"mistakes": _rows(mistakes), "warnings": _rows(weak)}, indent=2))
    else:
        _tell(mistakes, weak)
    if mistakes or (strict and weak):
        raise click.exceptions.Exit(WRONG if mistakes else WEAK)


def judged() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What is wrong, and what is weak; where something is wrong, only slips of names and of the file."""
    try:
        file = read_env_file()
    except Misconfigured as error:
        return error.mistakes, []
    try:
        settings = load_settings()
    except Misconfigured as error:
        return error.mistakes, list(slips(file))
    mistakes = [*_wrong_files(settings), *_missing(settings)]
    return mistakes, list(slips(file) if mistakes else cautions(settings, file))


def _missing(settings: Settings) -> Iterator[tuple[str, str]]:
    for field, (package, extra) in _NEEDED.items():
        if getattr(settings, field) is not None and find_spec(package) is None:
            variable, *_ = names_of(field)
            yield variable, f"needs a package that is not installed: pip install 'hosanna[{extra}]'"


def _wrong_files(settings: Settings) -> list[tuple[str, str]]:
    certificate, key = settings.tls_cert_file, settings.tls_key_file
    if certificate is None or key is None:
        return []
    try:
        tls_context(certificate, key)
    except CannotStart as error:
        name, _, what = str(error).partition(": ")
        return [(name, what)]
    return []


def _tell(mistakes: list[tuple[str, str]], weak: list[tuple[str, str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("variable", "", "what")
    for word, rows in (("wrong", mistakes), ("weak", weak)):
        for name, what in rows:
            table.add_row(Text(name), word, Text(what))
    if table.row_count:
        Console().print(table)
    if mistakes:
        click.echo(f"{len(mistakes)} wrong: the server would not start.", err=True)
    elif weak:
        click.echo(f"The configuration holds; {len(weak)} weak.")
    else:
        click.echo("The configuration holds.")


def _rows(found: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"variable": name, "what": what} for name, what in found]
