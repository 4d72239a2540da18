"""`hosanna admin`: what nobody can do through the API while there is no Administrator who can come in."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from hosanna_web.cli.acting import printable
from hosanna_web.cli.groups import Group

if TYPE_CHECKING:
    from collections.abc import Iterator


@click.group(cls=Group)
def admin() -> None:
    """Make Administrators, and let people in again who have lost a password or a second factor.

    Whoever may start this program may do this: it asks nobody.
    """


_address = click.option("--email", required=True, callback=printable, help="Whose account.")
_from_stdin = click.option(
    "--password-stdin", is_flag=True, help="Read the password from the standard input, one line."
)
_as_json = click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")


@admin.command()
@click.option("--email", required=True, help="The address to log in with.")
@click.option("--name", required=True, help="The full name.")
@_from_stdin
@_as_json
def create(*, email: str, name: str, password_stdin: bool, as_json: bool) -> None:
    """Make an Administrator who may log in at once, also beside a running server.

    The password is asked for, unless --password-stdin is given.
    """
    from hosanna_core.model.people import Role
    from hosanna_core.usecases.judging import Unparsed
    from hosanna_core.usecases.user_forms import UserForm
    from hosanna_core.usecases.users import install_administrator, judged
    from hosanna_web.composition import open_system
    from hosanna_web.settings import load_settings

    settings = load_settings()
    password = _password(from_stdin=password_stdin)
    wanted = {"email": email, "full_name": name, "role": Role.ADMINISTRATOR, "password": password}
    body = Unparsed.of(wanted)
    # What is wrong with it is told before a store is made.
    body.judge(UserForm)
    with open_system(settings) as system:
        user = install_administrator(system.ports, judged(system.ports, body, UserForm))
    if as_json:
        click.echo(json.dumps({"id": user.id, "email": user.email, "full_name": user.full_name}))
    else:
        click.echo(f"{user.full_name} <{user.email}> is an Administrator and may log in now.")


@admin.command("reset-password")
@_address
@_from_stdin
@_as_json
def reset_password(*, email: str, password_stdin: bool, as_json: bool) -> None:
    """Give a user another password, and end their sessions. It is recorded.

    The password is asked for, unless --password-stdin is given.
    """
    from hosanna_core.usecases.judging import Unparsed
    from hosanna_core.usecases.passwords import reset_by_operator
    from hosanna_web.composition import open_system
    from hosanna_web.settings import load_settings

    settings = load_settings()
    password = _password(from_stdin=password_stdin)
    with open_system(settings) as system, _known(email):
        user = reset_by_operator(system.ports, email, Unparsed.of({"password": password}))
    if as_json:
        click.echo(json.dumps({"id": user.id, "email": user.email}))
    else:
        click.echo(f"{user.full_name} <{user.email}> has a new password, and is logged out everywhere.")


@admin.command("reset-second-factor")
@_address
@_as_json
def reset_second_factor(*, email: str, as_json: bool) -> None:
    """Take away the second factor of a user who lost it, and end their sessions. It is recorded."""
    from hosanna_core.usecases.second_factor import reset_by_operator
    from hosanna_web.composition import open_system
    from hosanna_web.settings import load_settings

    with open_system(load_settings()) as system, _known(email):
        user = reset_by_operator(system.ports, email)
    if as_json:
        click.echo(json.dumps({"id": user.id, "email": user.email}))
    else:
        click.echo(f"{user.full_name} <{user.email}> has no second factor, and is logged out everywhere.")


@contextmanager
def _known(email: str) -> Iterator[None]:
    from hosanna_core.errors import NotFound

    try:
        yield
    except NotFound:
        raise click.ClickException(f"There is no user {email}.") from None


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise click.UsageError("There is no terminal to ask for the password: use --password-stdin.")
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer
