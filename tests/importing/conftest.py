from collections.abc import Callable
from pathlib import Path

import pytest

from hosanna_adapters.memory import MemoryStore
from hosanna_core.model.people import Actor, Role, User
from hosanna_core.ports import Ports
from hosanna_core.testing.doubles import ports_on
from hosanna_core.usecases.user_forms import UserForm
from hosanna_core.usecases.users import install_administrator
from hosanna_web.importing.lines import Lines
from hosanna_web.importing.mapping import read_maps
from hosanna_web.importing.rejects import Rejects
from hosanna_web.importing.running import Tally, run_import
from hosanna_web.importing.source import MappedSource, is_table

Importing = Callable[..., Tally]


@pytest.fixture
def ports() -> Ports:
    return ports_on(MemoryStore().ports())


@pytest.fixture
def administrator(ports: Ports) -> User:
    form = UserForm(
        email="ann@example.com", full_name="Ann", password="correct horse", role=Role.ADMINISTRATOR
    )
    return install_administrator(ports, form)


@pytest.fixture
def actor(administrator: User) -> Actor:
    return Actor(administrator.id, administrator.role)


@pytest.fixture
def importing(ports: Ports, actor: Actor) -> Importing:
    """Import a file into memory; its rejects go beside it, as `<name>.rejects`."""

    def run(path: Path, *maps: str, encoding: str | None = None) -> Tally:
        rejects = path.with_name(path.name + ".rejects")
        with Lines(path, encoding) as lines:
            source = MappedSource(lines, read_maps(maps), table=is_table(path))
            with Rejects(rejects, source.header, table=is_table(path)) as rejected:
                return run_import(ports, actor, source.records, source.mapper, rejected)

    return run
