"""Sessions and the audit trail in the file: what is swept, what a time narrows, what an older file becomes."""

import sqlite3
from pathlib import Path

import msgspec
from tests.adapters.sqlite.soundness import faults

from hosanna_adapters.sqlite import SqliteStore
from hosanna_adapters.sqlite.audits import entries_query
from hosanna_adapters.sqlite.connections import connect
from hosanna_adapters.sqlite.rows import encode
from hosanna_adapters.sqlite.schema import MIGRATIONS, migrate
from hosanna_core.model.audit import AuditFacts, AuditFilter
from hosanna_core.model.change import Change
from hosanna_core.model.ids import DAY, HOUR, Id, Millis
from hosanna_core.model.people import Caller, Role
from hosanna_core.model.session import Session
from hosanna_core.testing.doubles import StandingClock
from hosanna_core.testing.samples import START, a_user, after, id_of, user_change

ANN = id_of(900)


def opening(number: int, at: Millis) -> Change[Session]:
    return Change(
        root=Session(
            id=id_of(number),
            version=1,
            user_id=ANN,
            epoch=0,
            device="a telephone",
            address_key=b"place",
            token_hash=b"hash",
            created_at=at,
            used_at=at,
            expires_at=at + DAY,
        ),
        expected=None,
    )


def sessions_in(opened: SqliteStore) -> list[Id]:
    return [id_ for (id_,) in opened._readers.rows("SELECT id FROM sessions ORDER BY id")]


def test_expired_sessions_go_a_few_at_a_time_when_new_ones_come(opened: SqliteStore) -> None:
    ledger = opened.ports().ledger
    for number in range(1, 31):
        ledger.commit(opening(number, START))
    ledger.commit(opening(40, START + DAY - 1))
    assert len(sessions_in(opened)) == 31
    ledger.commit(opening(41, START + DAY))
    assert len(sessions_in(opened)) == 12
    user = a_user(900)
    ledger.commit(user_change(user))
    ledger.commit(user_change(after(user), user, opens=opening(42, START + DAY).root))
    assert sessions_in(opened) == [id_of(40), id_of(41), id_of(42)]


def test_a_stretch_of_time_is_walked_by_the_ids_and_judged_by_the_instants(opened: SqliteStore) -> None:
    clock, ledger = StandingClock(), opened.ports().ledger
    hours = 24 * 9
    for _ in range(hours):
        facts = AuditFacts(id=clock.mint(), stream="s", at=clock.now(), actor_id=None, action="a")
        ledger.record([facts])
        clock.step(HOUR)
    wanted = AuditFilter(since=START + 4 * DAY, until=START + 4 * DAY + 2 * HOUR)
    found = [entry.at for entry in opened.ports().audits.entries(wanted, None, 50)]
    assert found == [START + 4 * DAY + HOUR, START + 4 * DAY]
    sql, values = entries_query(wanted, None, 50)
    by_the_id = sql.replace("at < ? AND at >= ? AND ", "")
    assert by_the_id != sql
    walked = opened._readers.rows(by_the_id, values[2:])
    assert len(walked) == 24 + 2 + 24


def test_a_file_of_the_first_release_becomes_one_of_today_and_keeps_its_users(path: Path) -> None:
    user = a_user(1, role=Role.ADMINISTRATOR, session_epoch=4)
    path.parent.mkdir()
    path.touch()
    old = connect(path, writing=True)
    old.execute("PRAGMA journal_mode = WAL")
    migrate(old, MIGRATIONS[:1])
    fields = msgspec.to_builtins(user, builtin_types=(bytes,))
    doc = encode({name: value for name, value in fields.items() if name not in {"revoked", "second_factor"}})
    row = (user.id, 1, user.email, user.role.value, True, 4, doc)
    old.execute("INSERT INTO users VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    old.close()
    with SqliteStore.open(path) as opened:
        users = opened.ports().users
        assert users.get(user.id) == users.by_email(user.email) == user
        assert users.caller(user.id) == Caller(
            id=user.id, role=Role.ADMINISTRATOR, active=True, session_epoch=4
        )
    assert faults(path) == []


def test_what_decides_about_a_token_is_read_without_the_document(opened: SqliteStore, path: Path) -> None:
    user = a_user(1, preferences={"notes": "word " * 10_000})
    opened.ports().ledger.commit(user_change(user))
    db = sqlite3.connect(path)
    columns = [name for _, name, *_ in db.execute("PRAGMA table_info(users)")]
    db.close()
    assert columns[-1] == "doc"
