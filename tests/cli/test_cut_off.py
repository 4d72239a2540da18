"""What was cut off a stream together with its head is found, once a running server's checkpoint had seen it."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from pymongo.database import Database
from tests.cli.here import home, hosanna
from tests.wire import wire_client, wire_database, wire_uri

from hosanna_core.model.audit import AuditFilter
from hosanna_core.model.people import Actor, Role
from hosanna_core.usecases import users
from hosanna_core.usecases.judging import Unparsed
from hosanna_core.usecases.trail import CHECKPOINT
from hosanna_core.usecases.user_forms import UserForm
from hosanna_web.app import WebSettings, create_app
from hosanna_web.composition import System, open_system
from hosanna_web.settings import load_settings

__all__ = ["wire_client", "wire_database", "wire_uri"]

OFTEN = 0.01
Cut = Callable[[str], None]


def cut_off_sqlite(folder: Path) -> Cut:
    """Everything but the first entry, and the head back to it."""

    def cut(stream: str) -> None:
        with closing(sqlite3.connect(folder / "store" / "hosanna.db")) as db, db:
            db.execute("DELETE FROM audit WHERE stream = ? AND n > 1", (stream,))
            db.execute(
                "UPDATE audit_heads SET n = 1, (hash, at) = (SELECT hash, at FROM audit WHERE stream = ?1) "
                "WHERE stream = ?1",
                (stream,),
            )

    return cut


def cut_off_mongo(database: Database[dict[str, Any]]) -> Cut:
    """The same."""

    def cut(stream: str) -> None:
        database["audit"].delete_many({"stream": stream, "n": {"$gt": 1}})
        first = database["audit"].find_one({"stream": stream})
        assert first is not None
        back = {name: first[name] for name in ("n", "hash", "at")}
        assert database["streams"].update_one({"_id": stream}, {"$set": back}).matched_count == 1

    return cut


@pytest.fixture(params=["sqlite", "mongodb"])
def cut(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cut]:
    home(tmp_path, monkeypatch)
    if request.param == "sqlite":
        yield cut_off_sqlite(tmp_path)
        return
    database = request.getfixturevalue("wire_database")
    monkeypatch.setenv("RATE_LIMIT", "off")
    monkeypatch.setenv("MONGODB_URI", f"{request.getfixturevalue('wire_uri').rstrip('/')}/{database.name}")
    yield cut_off_mongo(database)


def some_changes(system: System) -> str:
    """Ann is made and renamed twice; answers the stream of her account."""
    form = UserForm(
        email="ann@example.com", full_name="Ann", password="a long enough one", role=Role.ADMINISTRATOR
    )
    ann = users.install_administrator(system.ports, form)
    for name in ("Ann Lee", "Ann Ray"):
        users.edit_own_profile(system.ports, Actor(ann.id, ann.role), Unparsed.of({"full_name": name}))
    return f"user|{ann.id}"


async def serve_until_a_checkpoint(system: System) -> None:
    app = create_app(system.ports, web=replace(WebSettings(), checkpoint_every=OFTEN))
    async with app.lifespan():
        # The server's own loop goes on meanwhile, and nothing of it tells a test that it has.
        while not system.ports.store.audits.entries(AuditFilter(action=CHECKPOINT), None, 1):  # noqa: ASYNC110  # see above
            await asyncio.sleep(OFTEN)


def verified(*options: str) -> Result:
    return hosanna("audit", "verify", *options)


def test_a_tail_that_a_server_has_seen_is_missed_though_its_head_went_with_it(cut: Cut) -> None:
    with open_system(load_settings()) as system:
        stream = some_changes(system)
        asyncio.run(asyncio.wait_for(serve_until_a_checkpoint(system), 60))
        assert verified().exit_code == 0
        cut(stream)
        broken = verified()
    assert broken.exit_code == 1, broken.output
    assert f"entry 2 of stream '{stream}' was cut off: a checkpoint knows 3 entries" in broken.stderr
