"""`hosanna config`: what is in force, and where it comes from."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

import click
from pydantic import SecretStr

from hosanna_core.model.ids import HOUR, MINUTE
from hosanna_web.cli.config_check import check
from hosanna_web.cli.groups import Group
from hosanna_web.data_folder import KEPT_IN
from hosanna_web.env_file import EnvFile, read_env_file
from hosanna_web.running_checks import rotation_shown
from hosanna_web.settings import Settings, load_settings, names_of, variable_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

HIDDEN: Final = "(hidden)"
_ADDRESSES: Final = frozenset({"mongodb_uri", "redis_url", "mail_url"})


class Origin(StrEnum):
    """Where a value comes from."""

    DEFAULT = "default"
    ENVIRONMENT = "environment"
    DATA_FOLDER = "data folder"


class Effective(NamedTuple):
    """One setting as it is in force; *value* is None where nothing is set, and never a secret."""

    variable: str
    value: str | float | None
    origin: str
    """An `Origin`, or the file and the line."""


@click.group(cls=Group, invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.option(
    "--reference", is_flag=True, help="Print instead the page that explains every variable (Markdown)."
)
@click.pass_context
def config(ctx: click.Context, *, as_json: bool, reference: bool) -> None:
    """Show the effective configuration. Secrets are hidden, passwords inside of addresses too."""
    if ctx.invoked_subcommand is not None:
        return
    if reference:
        click.echo(reference_page(), nl=False)
        return
    rows = list(effective(load_settings(), read_env_file()))
    if as_json:
        click.echo(json.dumps([row._asdict() for row in rows], indent=2))
        return
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    # A value that is too long goes on in the next line: what is cut off cannot be compared.
    table = Table("variable", Column("value", overflow="fold"), Column("from", overflow="fold"))
    for row in rows:
        table.add_row(row.variable, Text("–" if row.value is None else str(row.value)), row.origin)
    Console().print(table)


config.add_command(check)


def effective(settings: Settings, file: EnvFile | None = None) -> Iterator[Effective]:
    """Every setting, in the order of the reference; *file* is where some may come from."""
    file = file or EnvFile(None, {})
    environment = file.environment()
    for field in Settings.model_fields:
        given = field in settings.model_fields_set
        name = variable_of(field, environment)
        origin = file.place(name) or Origin.ENVIRONMENT if given else Origin.DEFAULT
        stored = getattr(settings, field)
        if not given and field in _FOLLOWING:
            stored = _FOLLOWING[field](settings)
        value = _shown(field, stored)
        if field == "jwt_secret" and not given:
            value, origin = f"(kept in {settings.data / KEPT_IN})", Origin.DATA_FOLDER
        yield Effective(name, value, origin)


_FOLLOWING: Final[Mapping[str, Callable[[Settings], object]]] = {
    "public_url": lambda settings: settings.base_url,
    "allowed_hosts": lambda settings: settings.hosts or ("(any)",),
    "mail_url": lambda settings: settings.mail,
    "mail_from": lambda settings: settings.sender,
    "backup_dir": lambda settings: settings.backup_folder,
    "log_format": lambda settings: settings.log_as,
    "password_reset_url": lambda settings: settings.reset_url,
}
"""What is in force where nothing is set."""


def reference_page() -> str:
    """docs/reference/configuration.md: every variable, what it defaults to, and what it means."""
    return _PAGE.format(table=reference_table())


def reference_table() -> str:
    """Every variable as a row of Markdown; `docs/generate.py` keeps the page's block as new as the settings."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = _shown(name, field.default)
        shown = "" if default is None else f"`{default}`"
        rows.append(
            f"| {', '.join(f'`{each}`' for each in names_of(name))} | {shown} | {field.description} |"
        )
    return "\n".join(rows)


_PAGE: Final = """\
# Configuration

Hosanna is configured by environment variables, which are judged when it starts: if any is wrong, one message names
every mistake, and the exit code is 2. An empty variable counts as absent. `hosanna config` shows what is in force and
where each value comes from; it never shows a secret.

`hosanna config check` starts nothing: it exits with 0 where the configuration holds and with 2 where it does not,
also where a package is missing that a variable needs. It warns of what is weak in production, of names that are none
of ours, and of a `.env` that others may read. With `--strict` a warning, too, is an exit code: 1. `--json` says the
same to programs.

## A file in place of the environment

What the environment does not say is read from `.env` in the working folder, or from the file that
`HOSANNA_ENV_FILE` names; a named file has to be there. The real environment wins. A line is `NAME=value`, `export
NAME=value`, or a comment behind `#`; values with blanks or a `#` stand in quotes. Nothing is put in for `$NAME`. A
mistake is told with the file and the line, never with the value.

```sh
umask 077                                      # nobody else reads it
cat > .env <<'END'
HOSANNA_DATA=/var/lib/hosanna
REGISTRATION=closed
END
```

## Every variable

<!-- made: settings -->
{table}
<!-- end -->
"""


def _span(length: int) -> str:
    """A time as the variable says it.

    >>> _span(86_400_000), _span(1_800_000), _span(0)
    ('24h', '30m', 'off')
    """
    if length == 0:
        return "off"
    return f"{length // HOUR}h" if length % HOUR == 0 else f"{length // MINUTE}m"


def _shown(field: str, value: object) -> str | float | None:
    if isinstance(value, SecretStr):
        return without_secrets(value.get_secret_value()) if field in _ADDRESSES else HIDDEN
    if field == "backup_every" and isinstance(value, int):
        return _span(value)
    if field == "log_rotate" and isinstance(value, int):
        return rotation_shown(value)
    if isinstance(value, tuple):
        return ",".join(value) or None
    return value if value is None or isinstance(value, int | float) else str(value)


def without_secrets(uri: str) -> str:
    """An address without its password; its options may hold another one, and go too.

    >>> without_secrets("mongodb://ann:secret@db.example.com/hosanna?tlsCertificateKeyFilePassword=x")
    'mongodb://ann:(hidden)@db.example.com/hosanna?(hidden)'
    """
    scheme, mark, rest = uri.partition("://")
    # The last one: who does not know that it must be encoded writes an @ or a ? into the password.
    user, at, hosts = rest.rpartition("@")
    hosts, asked, _ = hosts.partition("?")
    name = user.partition(":")[0]
    shown_user = f"{HIDDEN if '?' in name else name}:{HIDDEN}" if at else ""
    return f"{scheme}{mark}{shown_user}{at}{hosts}{f'?{HIDDEN}' if asked else ''}"
