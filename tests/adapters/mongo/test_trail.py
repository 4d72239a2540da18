"""Sessions and the audit trail: few operations, no storm, and one chain however many processes write it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from pymongo.database import Database
from pymongo.errors import AutoReconnect
from tests.adapters.mongo.conftest import Operations
from tests.adapters.mongo.test_plans import stages

from hosanna_adapters.mongo import MongoStore, schema
from hosanna_adapters.mongo.commit import MongoLedger
from hosanna_core.errors import Busy, StaleVersion
from hosanna_core.model.audit import AuditFacts, AuditFilter, Outcome
from hosanna_core.model.change import Change
from hosanna_core.model.ids import DAY
from hosanna_core.model.session import Session
from hosanna_core.rules.trail import stream_of_process, stream_of_user
from hosanna_core.testing.contracts.base import stored_user
from hosanna_core.testing.racing import persistent, race
from hosanna_core.testing.samples import (
    START,
    a_session,
    a_user,
    after,
    audit_facts,
    id_of,
    session_change,
    user_change,
)
from hosanna_core.testing.trails import check_trail, walk_stream

Documents = Database[dict[str, Any]]
ANN = id_of(1)
PROCESS = stream_of_process(id_of(77))


@pytest.fixture
def store(wire_database: Documents) -> MongoStore:
    return MongoStore(wire_database)


def of_process(number: int, **parts: Any) -> AuditFacts:
    return audit_facts(number, ANN, stream=PROCESS, **parts)


def refreshed(session: Session) -> Session:
    """The session with its next token."""
    return msgspec.structs.replace(
        session, version=session.version + 1, token_hash=bytes([session.version]) * 32
    )


def test_going_on_with_a_session_is_one_operation(watched: MongoStore, operations: Operations) -> None:
    session = a_session(1, ANN)
    watched.ledger.commit(session_change(session))
    operations.forget()
    watched.ledger.commit(session_change(refreshed(session), session))
    assert operations.names == ["update"]
    (update,) = operations.sent[0]["updates"]
    assert update["q"] == {"_id": session.id, "version": 1, "ended_at": None}
    assert "change" not in update["u"]["$set"], "the feed has nothing to tell"


def test_a_login_is_one_transaction_of_few_operations(watched: MongoStore, operations: Operations) -> None:
    user = stored_user(watched.ports(), a_user(1))
    operations.forget()
    stored_user(
        watched.ports(),
        after(user),
        user,
        opens=a_session(2, user.id),
        audit=(audit_facts(3, user.id, stream=stream_of_user(user.id)),),
    )
    assert operations.names == ["update", "insert", "find", "insert", "insert", "commitTransaction"]


def test_a_process_remembers_how_far_its_own_stream_has_come(
    watched: MongoStore, operations: Operations
) -> None:
    watched.ledger.record([of_process(1), of_process(2)])
    assert operations.names[-4:] == ["find", "insert", "insert", "commitTransaction"]
    operations.forget()
    watched.ledger.record([of_process(3)])
    assert operations.names == ["update", "insert", "commitTransaction"]
    assert [entry.n for entry in walk_stream(watched.ports(), PROCESS)] == [1, 2, 3]


def test_what_a_process_remembers_wrongly_is_read_again(store: MongoStore, wire_database: Documents) -> None:
    other = MongoStore(wire_database)
    for number in range(1, 9):
        (store, other)[number % 2].ledger.record([of_process(number)])
    assert [entry.n for entry in check_trail(store.ports())] == list(range(8, 0, -1))


def test_a_record_that_failed_is_not_remembered(store: MongoStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.ledger.record([of_process(1)])
    user = stored_user(store.ports(), a_user(1))
    with pytest.raises(StaleVersion):
        store.ledger.commit(
            msgspec.structs.replace(user_change(after(user), user, audit=(of_process(2),)), expected=7)
        )
    store.ledger.record([of_process(3)])
    assert [entry.id for entry in check_trail(store.ports())] == [id_of(3), id_of(1)]


def test_eight_threads_of_one_process_write_one_stream_without_a_conflict(
    watched: MongoStore, operations: Operations
) -> None:
    operations.forget()

    def task(first: int) -> Callable[[], None]:
        return lambda: [watched.ledger.record([of_process(n)]) for n in range(first, first + 5)][-1]

    race([task(10 * number) for number in range(1, 9)])
    assert len(check_trail(watched.ports())) == 40
    assert operations.names.count("commitTransaction") == 40
    assert "abortTransaction" not in operations.names


def test_two_processes_write_one_stream_as_one_chain(store: MongoStore, wire_database: Documents) -> None:
    stores = [store, MongoStore(wire_database), MongoStore(wire_database)]

    def write(number: int) -> None:
        facts = audit_facts(number, ANN, stream="checkpoints")
        persistent(lambda: stores[number % 3].ledger.record([facts]))

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(write, range(60)))
    assert len(check_trail(store.ports())) == 60


def lost(commit_it: bool, name: str) -> Callable[..., None]:
    """A write whose answer never comes, after or before the server did it."""
    really = getattr(MongoLedger, name)

    def lose(ledger: MongoLedger, written: Any) -> None:
        if commit_it:
            really(ledger, written)
        raise AutoReconnect("connection reset")

    return lose


@pytest.mark.parametrize("done", [True, False])
def test_a_record_whose_answer_was_lost_is_looked_up_by_its_id(
    store: MongoStore, monkeypatch: pytest.MonkeyPatch, done: bool
) -> None:
    monkeypatch.setattr(MongoLedger, "_record", lost(done, "_record"))
    if done:
        store.ledger.record([of_process(1)])
    else:
        with pytest.raises(Busy, match="nothing was changed"):
            store.ledger.record([of_process(1)])
    assert len(check_trail(store.ports())) == done


def test_a_change_that_the_trail_tells_of_was_made_however_far_the_root_has_come_since(
    store: MongoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = stored_user(store.ports(), a_user(1))
    mine = user_change(after(user, full_name="mine"), user, audit=(of_process(1),))
    really = MongoLedger._commit

    def lose(ledger: MongoLedger, change: Change[Any]) -> None:
        really(ledger, change)
        really(ledger, user_change(after(mine.root, full_name="theirs"), mine.root))
        raise AutoReconnect("connection reset")

    monkeypatch.setattr(MongoLedger, "_commit", lose)
    store.ledger.commit(mine)
    found = store.users.get(user.id)
    assert found is not None
    assert (found.version, found.full_name) == (3, "theirs")


@pytest.mark.parametrize("done", [True, False])
def test_an_exchange_whose_answer_was_lost_is_looked_up(
    store: MongoStore, monkeypatch: pytest.MonkeyPatch, done: bool
) -> None:
    session = a_session(1, ANN)
    store.ledger.commit(session_change(session))
    monkeypatch.setattr(MongoLedger, "_commit", lost(done, "_commit"))
    change = session_change(refreshed(session), session)
    if done:
        store.ledger.commit(change)
    else:
        with pytest.raises(Busy, match="nothing was changed"):
            store.ledger.commit(change)
    assert store.sessions.get(session.id) == (change.root if done else session)


def test_nobody_knows_of_an_exchange_in_a_session_that_has_ended_since(
    store: MongoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    user, session = stored_user(store.ports(), a_user(1)), a_session(2, ANN)
    store.ledger.commit(session_change(session))
    really = MongoLedger._commit

    def lose(ledger: MongoLedger, change: Change[Any]) -> None:
        really(ledger, change)
        really(ledger, user_change(after(user), user, ends=(session.id,)))
        raise AutoReconnect("connection reset")

    monkeypatch.setattr(MongoLedger, "_commit", lose)
    with pytest.raises(Busy, match="not known"):
        store.ledger.commit(session_change(refreshed(session), session))


def test_the_server_drops_a_session_a_day_after_it_expired_by_its_own_clock(
    store: MongoStore, wire_database: Documents
) -> None:
    session = a_session(1, ANN, used_at=START, expires_at=START + 14 * DAY)
    before = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    store.ledger.commit(session_change(session))
    document = wire_database["sessions"].find_one({"_id": session.id})
    assert document is not None
    assert before <= document["swept_at"] - timedelta(days=14) <= before + timedelta(minutes=5)
    (sweep,) = [
        model.document for model in schema.indexes()["sessions"] if "expireAfterSeconds" in model.document
    ]
    assert sweep["expireAfterSeconds"] == 24 * 3600


@pytest.mark.parametrize(
    "wanted",
    [
        AuditFilter(),
        AuditFilter(action="login"),
        AuditFilter(actor_id=ANN),
        AuditFilter(subject_id=ANN),
        AuditFilter(outcome=Outcome.DENIED),
        AuditFilter(since=START, until=START + DAY),
        AuditFilter(action="login", since=START),
    ],
    ids=str,
)
def test_no_question_about_the_trail_scans_it(
    watched: MongoStore, wire_database: Documents, operations: Operations, wanted: AuditFilter
) -> None:
    watched.ledger.record([of_process(n) for n in range(1, 40)])
    for position in (None, id_of(20)):
        operations.forget()
        watched.audits.entries(wanted, position, 5)
        asked = operations.sent[-1]
        find = {name: asked[name] for name in ("find", "filter", "sort", "hint")}
        plan = wire_database.command({"explain": find, "verbosity": "queryPlanner"})
        assert "IXSCAN" in stages(plan["queryPlanner"]["winningPlan"])


def test_a_store_of_version_1_is_taken_over_as_it_is(store: MongoStore, wire_database: Documents) -> None:
    user = stored_user(store.ports(), a_user(1))
    wire_database["users"].update_one({"_id": user.id}, {"$unset": {"revoked": 1, "second_factor": 1}})
    wire_database["meta"].update_one({"_id": "schema"}, {"$set": {"version": 1}})
    for name in ("sessions", "audit", "streams"):
        wire_database.drop_collection(name)
    again = MongoStore(wire_database)
    assert again.users.get(user.id) == user
    assert again.users.caller(user.id) == user.caller
    again.ledger.record([of_process(1)])
    assert len(check_trail(again.ports())) == 1
    assert wire_database["meta"].find_one({"_id": "schema"}) == {"_id": "schema", "version": schema.VERSION}
