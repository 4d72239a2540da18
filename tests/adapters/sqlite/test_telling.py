"""Notices, subscriptions and tickets in the file: what an older file becomes, what is swept, what costs nothing."""

import sqlite3
from pathlib import Path

import msgspec
import pytest
from tests.adapters.sqlite.soundness import faults

from hosanna_adapters.sqlite import SqliteStore
from hosanna_adapters.sqlite.connections import connect
from hosanna_adapters.sqlite.feed import feed_row
from hosanna_adapters.sqlite.rows import encode
from hosanna_adapters.sqlite.schema import MIGRATIONS, migrate
from hosanna_core.model.ids import Id
from hosanna_core.model.notice import Channel
from hosanna_core.model.people import User
from hosanna_core.rules import notices
from hosanna_core.testing.following import events_after
from hosanna_core.testing.samples import (
    START,
    a_job,
    a_notice,
    a_subscription,
    a_user,
    after,
    id_of,
    job_change,
    user_change,
)

ANN = id_of(901)


@pytest.fixture
def second_release(path: Path) -> Path:
    """A file as the second release left it, with a user, two notices and their like in the feed."""
    path.parent.mkdir()
    path.touch()
    old = connect(path, writing=True)
    old.execute("PRAGMA journal_mode = WAL")
    migrate(old, MIGRATIONS[:2])
    fields = msgspec.to_builtins(a_user(901), builtin_types=(bytes,))
    doc = encode({name: value for name, value in fields.items() if name != "role_since"})
    user = (ANN, 1, "user901@example.com", "TECHNICIAN", True, 0, "", False, doc)
    old.execute("INSERT INTO users VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", user)
    rows = [
        (ANN, id_of(1), "job.dispatched", id_of(7), START + 1, None),
        (ANN, id_of(2), "job.dispatched", None, START + 2, START + 9),
    ]
    old.executemany("INSERT INTO notices VALUES (?, ?, ?, ?, ?, ?)", rows)
    (event,) = user_change(a_user(901)).events
    old.execute("INSERT INTO feed (at, key, payload) VALUES (?, ?, ?)", feed_row(event))
    old.close()
    return path


def test_a_file_of_the_second_release_keeps_its_notices_and_its_feed_and_goes_on(
    second_release: Path,
) -> None:
    with SqliteStore.open(second_release) as opened:
        store = opened.ports()
        first = a_notice(1, ANN, job_id=id_of(7))
        second = a_notice(2, ANN, read_at=START + 9)
        assert store.inboxes.notices(ANN, None, 10) == (second, first)
        assert (first.live, first.channels, first.due_at) == (True, (), None)
        assert store.inboxes.unread(ANN, START) == 1
        assert store.inboxes.take_due(START * 2, START * 2, 10) == ()
        user = store.users.get(ANN)
        assert user == a_user(901)
        assert isinstance(user, User)
        assert user.role_since == 1
        assert store.inboxes.mark_read(ANN, first.id, START + 3)
        late = a_notice(3, ANN, channels=(Channel.EMAIL,), due_at=START)
        store.ledger.commit(user_change(after(user), user, notices=(late,)))
        told = events_after(store, bytes(8))
        assert [event.kind for event in told] == [
            "user.created", notices.READ, "user.updated", notices.CREATED,
        ]  # fmt: skip
        assert store.inboxes.take_due(START, START + 9, 10) == (late,)
    assert faults(second_release) == []


def tickets_in(opened: SqliteStore) -> list[Id]:
    return [ticket for (ticket,) in opened._readers.rows("SELECT id FROM tickets ORDER BY id")]


def test_expired_tickets_go_a_few_at_a_time_when_others_are_used(opened: SqliteStore) -> None:
    tickets = opened.ports().tickets
    for number in range(1, 31):
        assert tickets.redeem(id_of(number), START, START + 10)
    assert tickets.redeem(id_of(40), START + 9, START + 100)
    assert len(tickets_in(opened)) == 31
    assert tickets.redeem(id_of(41), START + 10, START + 100)
    assert len(tickets_in(opened)) == 12
    assert not tickets.redeem(id_of(41), START + 10, START + 100)
    assert tickets_in(opened) == [id_of(40), id_of(41)]


def test_nothing_is_written_where_nothing_is_due(opened: SqliteStore) -> None:
    inboxes, statements = opened.ports().inboxes, list[str]()
    inboxes.notify(a_notice(1, ANN, channels=(Channel.EMAIL,), due_at=START + 5))
    opened._writer._db.set_trace_callback(statements.append)
    assert inboxes.take_due(START + 4, START + 9, 10) == ()
    assert statements == []
    assert len(inboxes.take_due(START + 5, START + 9, 10)) == 1
    assert "COMMIT" in statements


def test_the_jobs_of_a_stretch_are_looked_at_in_one_read(
    opened: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened.ports()
    store.ledger.commit_each([job_change(a_job(number)) for number in range(1, 41)])
    statements: list[str] = []
    rows = opened._readers.rows
    monkeypatch.setattr(
        opened._readers, "rows", lambda *asked: (statements.append(asked[0]), rows(*asked))[1]
    )
    assert len(store.jobs.sights([id_of(number) for number in range(5_000)])) == 40
    assert len(statements) == 1


def test_an_endpoint_that_gives_way_is_gone_from_the_file(path: Path, opened: SqliteStore) -> None:
    subscriptions = opened.ports().subscriptions
    for number, owner in ((1, ANN), (2, id_of(902)), (2, id_of(903))):
        subscriptions.keep(a_subscription(number, owner, endpoint="https://push.example.com/x"))
    db = sqlite3.connect(path)
    found = db.execute("SELECT id, user_id FROM subscriptions").fetchall()
    db.close()
    assert found == [(id_of(2), id_of(903))]
