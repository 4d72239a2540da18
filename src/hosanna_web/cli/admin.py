"""`hosanna admin`: what nobody can do through the API while there is no Administrator."""

from __future__ import annotations

import json
import sys

import click


@click.group()
def admin() -> None:
    """Make Administrators."""


@admin.command()
@click.option("--email", required=True, help="The address to log in with.")
@click.option("--name", required=True, help="The full name.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the standard input, one line.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def create(*, email: str, name: str, password_stdin: bool, as_json: bool) -> None:
    """Make an Administrator who may log in at once, also beside a running server.

    The password is asked for, unless --password-stdin is given.
    """
    from hosanna_core.model.people import Role
    from hosanna_core.usecases.judging import Unparsed
    from hosanna_core.usecases.user_forms import UserForm
    from hosanna_core.usecases.users import install_administrator
    from hosanna_web.composition import open_system
    from hosanna_web.settings import load_settings

    settings = load_settings()
    password = _password(from_stdin=password_stdin)
    wanted = {"email": email, "full_name": name, "role": Role.ADMINISTRATOR, "password": password}
    form = Unparsed.of(wanted).judge(UserForm)
    with open_system(settings) as system:
        user = install_administrator(system.ports, form)
    if as_json:
        click.echo(json.dumps({"id": user.id, "email": user.email, "full_name": user.full_name}))
    else:
        click.echo(f"{user.full_name} <{user.email}> is an Administrator and may log in now.")


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise click.UsageError("There is no terminal to ask for the password: use --password-stdin.")
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer
