"""`hosanna privacy`: handing out all that is known of a person, and forgetting them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hosanna_web.cli.acting import as_option, out_option, printable, somebody
from hosanna_web.cli.groups import Group

if TYPE_CHECKING:
    from collections.abc import Callable

    from hosanna_core.model.people import Actor
    from hosanna_core.ports import Ports
    from hosanna_core.usecases.privacy import Known, Person

F = TypeVar("F", bound="Callable[..., Any]")


def _named(command: F) -> F:
    """The options that say who is meant."""
    for option in (
        click.option(
            "--job",
            "jobs",
            multiple=True,
            metavar="ID",
            callback=_ids,
            help="A job of the customer's, by its id; may be given many times.",
        ),
        click.option("--user", metavar="ID", callback=_id, help="A user, by id."),
        click.option("--phone", callback=printable, help="A customer, however the number is written."),
        click.option("--email", callback=printable, help="A customer or a user."),
    ):
        command = option(command)
    return command


def _ids(context: click.Context, parameter: click.Parameter, ids: tuple[str, ...]) -> tuple[str, ...]:
    for each in ids:
        _id(context, parameter, each)
    return ids


def _id(_context: click.Context, _parameter: click.Parameter, text: str | None) -> str | None:
    """An id. That nothing is known of what is none would be no answer to whoever mistook a number for it."""
    from hosanna_core.model.ids import is_id

    if text is not None and not is_id(text):
        raise click.BadParameter(
            "that is no id: an id has 36 characters, and is the last part of its address in the API."
        )
    return text


@click.group(cls=Group)
def privacy() -> None:
    """Answer the requests of people about what is known of them.

    A customer is found by e-mail, phone or a job, a user by e-mail or id.
    """


@privacy.command()
@_named
@out_option
@as_option
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def export(
    *,
    email: str | None,
    phone: str | None,
    user: str | None,
    jobs: tuple[str, ...],
    out: Path,
    as_email: str | None,
    as_json: bool,
) -> None:
    """Write everything that is known of a person into one file of JSON, for its owner alone (0600).

    Of a job that has, or had, another customer it holds what was the person's, unless --job names it.
    """
    from hosanna_core.usecases.privacy import export_person
    from hosanna_web.cli.whole_files import whole_file
    from hosanna_web.composition import open_system
    from hosanna_web.settings import load_settings

    person = _person(email, phone, user, jobs)
    with open_system(load_settings()) as system:
        actor = somebody(system.ports, as_email)
        known = _known(system.ports, actor, person)
        with whole_file(out) as file:
            document = export_person(system.ports, actor, person)
            file.write(json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n")
    if as_json:
        click.echo(json.dumps({"file": str(out), **_counts(known)}, indent=2))
        return
    from hosanna_web.cli.tables import show

    show(_rows(known))
    click.echo(f"All of it is in {out}.")


@privacy.command()
@_named
@as_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON; needs --yes.")
def erase(
    *,
    email: str | None,
    phone: str | None,
    user: str | None,
    jobs: tuple[str, ...],
    as_email: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Erase a person from jobs, histories, search and audit trail, and close their account. It cannot be undone.

    A job that has another customer now keeps all that it is now; only its past is erased, unless --job names it.
    Shows how much that is and asks first. Every chain still verifies afterwards.
    """
    from hosanna_core.usecases.privacy import erase_person
    from hosanna_web.composition import open_system
    from hosanna_web.settings import load_settings

    if not yes and (as_json or not sys.stdin.isatty()):
        raise click.UsageError("Nobody can be asked here: say --yes.")
    person = _person(email, phone, user, jobs)
    with open_system(load_settings()) as system:
        actor = somebody(system.ports, as_email)
        known = _known(system.ports, actor, person)
        if not yes:
            _ask(known)
        forgotten = erase_person(system.ports, actor, person)
    if as_json:
        click.echo(json.dumps({"accounts": forgotten.users, "jobs": forgotten.jobs}, indent=2))
    else:
        click.echo(f"Erased: {forgotten.users:,} account(s), and the customer of {forgotten.jobs:,} job(s).")


def _person(email: str | None, phone: str | None, user: str | None, jobs: tuple[str, ...]) -> Person:
    from hosanna_core.usecases.privacy import Person

    person = Person(email=email, phone=phone, user_id=user, job_ids=jobs)
    if person == Person():
        raise click.UsageError("Say who is meant: --email, --phone, --user or --job.")
    return person


def _known(ports: Ports, actor: Actor, person: Person) -> Known:
    from hosanna_core.usecases.privacy import count_person

    known = count_person(ports, actor, person)
    if known.nothing:
        raise click.ClickException("Nothing is known of this person.")
    return known


def _counts(known: Known) -> dict[str, int]:
    return {name: getattr(known, name) for name in known.__struct_fields__}


def _rows(known: Known) -> list[tuple[str, int]]:
    return [(name.replace("_", " "), count) for name, count in _counts(known).items()]


def _ask(known: Known) -> None:
    from hosanna_web.cli.tables import show

    click.echo("This will be erased, and nobody can bring it back:")
    show(_rows(known))
    if not click.confirm("Erase it?"):
        raise click.ClickException("Nothing was erased.")
