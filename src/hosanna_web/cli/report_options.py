"""What all reports are asked with: of which time, by day or not, as a table or as JSON, and by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hosanna_web.cli.acting import as_office_option, printable

if TYPE_CHECKING:
    from collections.abc import Callable


def report_options(usual: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The options of a report that looks back for a *usual* time, in words."""
    options = (
        click.option(
            "--from",
            "since",
            metavar="WHEN",
            callback=printable,
            help=f"A date, or an RFC 3339 time. Left out: {usual} earlier.",
        ),
        click.option(
            "--to",
            "until",
            metavar="WHEN",
            callback=printable,
            help="Up to then, not counting it. Left out: all of today.",
        ),
        click.option("--days", "by_day", is_flag=True, help="A row for each day, too."),
        click.option("--json", "as_json", is_flag=True, help="Answer as JSON, in the form of the API."),
        as_office_option,
    )

    def with_options(command: Callable[..., None]) -> Callable[..., None]:
        for option in reversed(options):
            command = option(command)
        return command

    return with_options


def asked_for(since: str | None, until: str | None) -> dict[str, list[str]]:
    """The query of the API that says the same."""
    return {name: [value] for name, value in (("from", since), ("to", until)) if value is not None}


def as_json_of(found: Any) -> str:
    """A report as JSON that a person can read, too."""
    import msgspec

    return msgspec.json.format(msgspec.json.encode(found), indent=2).decode()
