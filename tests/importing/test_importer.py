"""Who imports where nobody is logged in."""

import pytest

from hosanna_core.errors import NotFound, PermissionDenied
from hosanna_core.model.people import Actor, Role
from hosanna_core.ports import Ports
from hosanna_core.usecases.importing import importer
from hosanna_core.usecases.judging import Unparsed
from hosanna_core.usecases.user_forms import UserForm
from hosanna_core.usecases.users import create_user, install_administrator, set_active


def form(name: str, role: Role = Role.ADMINISTRATOR) -> UserForm:
    return UserForm(email=f"{name}@example.com", full_name=name, password="correct horse", role=role)


def test_nobody_imports_into_a_store_without_an_administrator(ports: Ports) -> None:
    with pytest.raises(NotFound):
        importer(ports)


def test_it_is_the_oldest_administrator_where_nobody_is_named(ports: Ports, actor: Actor) -> None:
    install_administrator(ports, form("second"))
    assert importer(ports) == actor


def test_whoever_is_named_is_found_however_the_address_is_written(ports: Ports, actor: Actor) -> None:
    second = install_administrator(ports, form("second"))
    assert importer(ports, " SECOND@Example.com ") == Actor(second.id, second.role)
    assert importer(ports, "ann@example.com") == actor


@pytest.mark.parametrize("email", ["nobody@example.com", ""])
@pytest.mark.usefixtures("actor")
def test_an_unknown_address_is_nobodys_and_not_the_oldest_administrators(ports: Ports, email: str) -> None:
    with pytest.raises(NotFound):
        importer(ports, email)


def test_who_was_shut_out_imports_nothing(ports: Ports, actor: Actor) -> None:
    second = install_administrator(ports, form("second"))
    set_active(ports, actor, second.id, active=False, body=Unparsed.of({}))
    with pytest.raises(NotFound):
        importer(ports, "second@example.com")


@pytest.mark.parametrize("role", [Role.OFFICE_MANAGER, Role.TECHNICIAN])
def test_who_may_not_create_jobs_imports_nothing(ports: Ports, actor: Actor, role: Role) -> None:
    create_user(ports, actor, Unparsed.of(form("tess", role).model_dump(mode="json")))
    with pytest.raises(PermissionDenied, match="Create Jobs"):
        importer(ports, "tess@example.com")
