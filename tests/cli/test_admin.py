"""`hosanna admin`: letting people in again who have lost what lets them in."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.cli.here import home, hosanna

from hosanna_core.errors import BadCredentials
from hosanna_core.model.audit import AuditFilter
from hosanna_core.model.people import Actor, Role
from hosanna_core.ports import Ports
from hosanna_core.rules.second_factors import STEP, code_at, secret_of
from hosanna_core.usecases import access, second_factor, sessions, users
from hosanna_core.usecases.judging import Unparsed
from hosanna_core.usecases.user_forms import UserForm
from hosanna_web.cli import main
from hosanna_web.composition import open_system
from hosanna_web.settings import load_settings

EMAIL = "ann@example.com"
PASSWORD = "a long enough password"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with one Administrator, Ann."""
    home(tmp_path, monkeypatch)
    with open_system(load_settings()) as system:
        form = UserForm(email=EMAIL, full_name="Ann", password=PASSWORD, role=Role.ADMINISTRATOR)
        users.install_administrator(system.ports, form)
    return tmp_path


def log_in(ports: Ports, password: str = PASSWORD) -> sessions.Login:
    return access.log_in(ports, Unparsed.of({"email": EMAIL, "password": password}))


def reset_password(given: str, email: str = EMAIL) -> Result:
    return CliRunner().invoke(
        main, ["admin", "reset-password", "--email", email, "--password-stdin"], input=given
    )


def recorded(ports: Ports, action: str) -> list[str | None]:
    return [entry.actor_id for entry in ports.store.audits.entries(AuditFilter(action=action), None, 10)]


def test_a_password_is_reset_beside_a_running_server_ends_its_sessions_and_is_recorded() -> None:
    with open_system(load_settings()) as system:
        token = log_in(system.ports).access_token
        assert reset_password("another good password\n").exit_code == 0
        with pytest.raises(access.Unauthenticated):
            access.identify(system.ports, token)
        with pytest.raises(BadCredentials):
            log_in(system.ports)
        assert log_in(system.ports, "another good password")
        assert recorded(system.ports, "password.reset") == [None]


@pytest.mark.parametrize("weak", ["password1", "short", EMAIL, "aaaaaaaaaaaa"])
def test_a_weak_password_is_refused_as_the_api_refuses_it(weak: str) -> None:
    refused = reset_password(f"{weak}\n")
    assert refused.exit_code == 1
    assert "password" in refused.stderr
    create = ("admin", "create", "--email", "bob@example.com", "--name", "Bob", "--password-stdin")
    made = CliRunner().invoke(main, create, input=f"{weak if weak != EMAIL else 'bob@example.com'}\n")
    assert made.exit_code == 1


def test_a_second_factor_is_taken_away_from_who_lost_it_and_it_is_recorded() -> None:
    with open_system(load_settings()) as system:
        ports = system.ports
        ann = users.user_with(ports, EMAIL)
        actor = Actor(ann.id, ann.role)
        second_factor.set_up(ports, actor, Unparsed.of({"password": PASSWORD}))
        secret = secret_of(users.user_with(ports, EMAIL), ports.keys.second_factors)
        code = code_at(secret, ports.outside.now() // STEP)
        second_factor.confirm(ports, actor, Unparsed.of({"code": code}))
        with pytest.raises(access.CodeRequired):
            log_in(ports)
        done = hosanna("admin", "reset-second-factor", "--email", "Ann@Example.com", "--json")
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout) == {"id": ann.id, "email": EMAIL}
        assert log_in(ports)
        assert recorded(ports, "second_factor.reset") == [None]
    assert hosanna("admin", "reset-second-factor", "--email", EMAIL).exit_code == 1


def test_who_is_not_there_is_named() -> None:
    for refused in (
        reset_password("another good password\n", "nobody@example.com"),
        hosanna("admin", "reset-second-factor", "--email", "nobody@example.com"),
    ):
        assert refused.exit_code == 1
        assert "nobody@example.com" in refused.stderr
