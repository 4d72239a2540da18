"""`hosanna plugins`: what is installed beside Hosanna, and the commands that it brings."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

from hosanna_core.errors import PluginFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hosanna_core.ports import Ports
    from hosanna_web.plugins.plugin import Plugin

COMMAND: Final = "hosanna_command"
_ONCE: Final = 10.0


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def plugins(*, as_json: bool) -> None:
    """List the plugins that PLUGINS lets in: which are loaded, which are not and why, and which hooks they have.

    How they do while a server runs is told by its /health/ready and /metrics.
    """
    found = here()
    if as_json:
        click.echo(json.dumps([_row(each) for each in found], indent=2))
        return
    if not found:
        click.echo("No plugin is installed, or PLUGINS lets none in.")
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("plugin", "distribution", "loaded", "hooks")
    for each in found:
        told = "yes" if each.reason is None else f"no: {each.reason}"
        table.add_row(each.name, each.origin, Text(told), "\n".join(_hooks(each)))
    Console().print(table)


def _row(plugin: Plugin) -> dict[str, object]:
    return {
        "name": plugin.name,
        "distribution": plugin.origin,
        "loaded": plugin.loaded,
        "reason": plugin.reason,
        "hooks": _hooks(plugin),
    }


def _hooks(plugin: Plugin) -> list[str]:
    return [hook.removeprefix("hosanna_") for hook in sorted(plugin.implements)]


def here() -> tuple[Plugin, ...]:
    """The plugins of this environment. Raises Misconfigured."""
    from hosanna_web.env_file import read_env_file
    from hosanna_web.plugins.finding import load
    from hosanna_web.settings import load_settings

    return load(load_settings().plugins, read_env_file().environment())


def command_of(name: str) -> click.Command:
    """The command that a plugin brings; raises ClickException where it brings none, or cannot be asked."""
    plugin = next((each for each in here() if each.name == name), None)
    if plugin is None:
        raise click.ClickException(f"PLUGINS does not let the plugin '{name}' in.")
    if plugin.reason is not None:
        raise click.ClickException(f"the plugin '{name}' is not loaded: {plugin.reason}")
    if not plugin.has(COMMAND):
        raise click.ClickException(f"the plugin '{name}' has no command.")
    try:
        return plugin.ask(COMMAND, lambda: _sound(plugin.implements[COMMAND](opened=opened)), _ONCE)
    except PluginFailed as failed:
        raise click.ClickException(failed.detail) from None


def _sound(answer: object) -> click.Command:
    if not isinstance(answer, click.Command):
        raise TypeError(f"{COMMAND} answers a click.Command, not {type(answer).__name__}")
    return answer


@contextmanager
def opened() -> Iterator[Ports]:
    """The ports of the system that the environment names; closed afterwards."""
    from hosanna_web.composition import open_system
    from hosanna_web.settings import load_settings

    with open_system(load_settings()) as system:
        yield system.ports
