"""What lies in the database: fields that an operator can read, and one field that the feed follows."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import mongomock
import msgspec
import pytest
from pymongo.database import Database

from hosanna_adapters.mongo import MongoStore, schema
from hosanna_adapters.mongo.queries import KEYS, position_in
from hosanna_core.errors import SchemaTooNew
from hosanna_core.model.change import Change
from hosanna_core.model.documents import body_of
from hosanna_core.model.event import Event
from hosanna_core.model.query import JobFilter, Position, Sort
from hosanna_core.model.status import Standing, Status
from hosanna_core.rules import notices
from hosanna_core.rules.ordering import position_of
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.rules.words import words_of
from hosanna_core.testing.contracts.base import stored, stored_user
from hosanna_core.testing.contracts.spoiled import full_change
from hosanna_core.testing.following import events_after
from hosanna_core.testing.samples import (
    START,
    a_job,
    a_notice,
    a_session,
    a_subscription,
    a_user,
    after,
    an_announcement,
    announcement_change,
    id_of,
    job_change,
    session_change,
    user_change,
)

Documents = Database[dict[str, Any]]


@pytest.fixture
def store(wire_database: Documents) -> MongoStore:
    return MongoStore(wire_database)


def found(database: Documents, collection: str, document_id: str) -> dict[str, Any]:
    document = database[collection].find_one({"_id": document_id})
    assert document is not None
    return document


def test_a_job_lies_there_in_fields_beside_what_is_derived_from_it(
    store: MongoStore, wire_database: Documents
) -> None:
    job = stored(store.ports(), a_job(1, title="Panel upgrade"))
    document = found(wire_database, "jobs", job.id)
    assert (document["status"], document["title"]) == ("TENTATIVE", "Panel upgrade")
    assert document["site"]["street"] == job.site.street
    assert document["body"] == body_of(job)
    assert set(document["words"]) == words_of(job)
    assert document["office"] is False
    for sort in KEYS:
        position = position_in(sort, document)
        assert msgspec.json.decode(msgspec.json.encode(position), type=Position) == position_of(sort, job)


def test_whether_the_office_may_find_a_job_changes_when_it_is_confirmed(
    store: MongoStore, wire_database: Documents
) -> None:
    job = stored(store.ports(), a_job(1))
    stored(store.ports(), after(job, status=Status.CONFIRMED, standing=Standing.CONFIRMED), job)
    assert found(wire_database, "jobs", job.id)["office"] is True


def test_a_root_keeps_at_most_64_entries_and_older_ones_lie_in_segments_of_32(
    store: MongoStore, wire_database: Documents
) -> None:
    change = job_change(a_job(1))
    store.ledger.commit(change)
    kept = []
    for _ in range(129):
        change = job_change(after(change.root), change.root)
        store.ledger.commit(change)
        kept.append(len(found(wire_database, "jobs", change.root.id)["history"]))
    assert max(kept) == 64
    assert min(kept[64:]) == 33
    segments = list(wire_database["segments"].find().sort("_id", 1))
    assert [len(segment["entries"]) for segment in segments] == [32, 32, 32]
    assert [entry.version for entry in store.jobs.history(change.root.id)] == list(range(1, 131))


def test_keys_from_outside_never_become_keys_of_a_document(store: MongoStore) -> None:
    odd = {"$set": {"a.b": 1}, "": None, "x\0y": [2**70], "$": "é"}
    user = stored_user(store.ports(), a_user(1, preferences=odd))
    assert store.users.get(user.id) == user
    change = job_change(a_job(1))
    assert change.entry is not None
    entry = msgspec.structs.replace(change.entry, open=odd)
    store.ledger.commit(msgspec.structs.replace(change, entry=entry))
    assert list(store.jobs.history(change.root.id)) == [entry]


def test_every_root_carries_the_events_of_the_commit_that_wrote_it_last(
    store: MongoStore, wire_database: Documents
) -> None:
    change = job_change(a_job(1))
    store.ledger.commit(change)
    changes: list[Change[Any]] = [
        job_change(after(change.root), change.root),
        user_change(a_user(2)),
        announcement_change(an_announcement(3)),
    ]
    for collection, each in zip(("jobs", "users", "announcements"), changes, strict=True):
        store.ledger.commit(each)
        carried = found(wire_database, collection, each.root.id)["change"]
        assert carried["version"] == each.root.version
        assert msgspec.convert(carried["events"], tuple[Event, ...]) == each.events


def test_a_session_carries_none_until_it_tells_something(store: MongoStore, wire_database: Documents) -> None:
    session = a_session(1, id_of(900))
    store.ledger.commit(session_change(session))
    assert "change" not in found(wire_database, "sessions", session.id)
    told = msgspec.structs.replace(job_change(a_job(2)).events[0], version=2)
    store.ledger.commit(session_change(after(session), session, events=(told,)))
    assert found(wire_database, "sessions", session.id)["change"]["version"] == 2


def test_a_notice_carries_that_it_is_new_and_then_that_it_was_read(
    store: MongoStore, wire_database: Documents
) -> None:
    notice = a_notice(1, id_of(900))
    store.inboxes.notify(notice)
    for version, event in ((1, notices.created(notice)), (2, notices.read(notice.user_id, notice.id, START))):
        carried = found(wire_database, "notices", notice.id)["change"]
        assert carried["version"] == version
        assert msgspec.convert(carried["events"], tuple[Event, ...]) == (event,)
        store.inboxes.mark_read(notice.user_id, notice.id, START)


def test_notices_of_version_2_are_read_and_marked_like_any_other(wire_database: Documents) -> None:
    store = MongoStore(wire_database)
    former = {"user_id": id_of(900), "kind": "job.dispatched", "job_id": None, "created_at": START}
    wire_database["notices"].insert_many(
        [{**former, "_id": id_of(n), "read_at": read_at} for n, read_at in ((1, None), (2, START), (3, None))]
    )
    wire_database["meta"].update_one({"_id": "schema"}, {"$set": {"version": 2}})
    store = MongoStore(wire_database)
    expected = [
        a_notice(n, id_of(900), created_at=START, read_at=read_at)
        for n, read_at in ((3, None), (2, START), (1, None))
    ]
    assert list(store.inboxes.notices(id_of(900), None, 10)) == expected
    assert store.inboxes.unread(id_of(900), START) == 2
    assert store.inboxes.take_due(START, START + 5, 10) == []
    start = store.feed.head()
    assert store.inboxes.mark_all_read(id_of(900), START) == 2
    assert len(events_after(store.ports(), start)) == 2


def test_a_user_of_version_2_has_their_role_from_the_beginning(
    store: MongoStore, wire_database: Documents
) -> None:
    user = stored_user(store.ports(), a_user(1))
    wire_database["users"].update_one({"_id": user.id}, {"$unset": {"role_since": ""}})
    assert store.users.get(user.id) == user
    assert user.role_since == 1


def test_what_is_taken_bears_the_mark_of_who_took_it(store: MongoStore, wire_database: Documents) -> None:
    for number in (1, 2):
        store.inboxes.notify(a_notice(number, id_of(900), due_at=START))
    store.inboxes.take_due(START, START + 5, 1)
    taken, waiting = (found(wire_database, "notices", id_of(number)) for number in (1, 2))
    assert (taken["due_at"], waiting["due_at"]) == (START + 5, START)
    assert len(taken["taken"]) == 12
    assert "taken" not in waiting


def test_what_an_endpoint_is_found_by_does_not_tell_it(store: MongoStore, wire_database: Documents) -> None:
    subscription = a_subscription(1, id_of(900))
    store.subscriptions.keep(subscription)
    (document,) = wire_database["subscriptions"].find()
    assert document["_id"] == hashlib.sha256(subscription.endpoint.encode()).hexdigest()


def test_the_server_forgets_a_ticket_by_its_own_clock_well_after_it_expired(
    store: MongoStore, wire_database: Documents
) -> None:
    before = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    store.tickets.redeem(id_of(1), START, START + 30_000)
    swept_at = found(wire_database, "tickets", id_of(1))["swept_at"]
    assert before <= swept_at - timedelta(seconds=30) <= before + timedelta(minutes=5)
    (sweep,) = [model.document for model in schema.indexes()["tickets"]]
    assert sweep["expireAfterSeconds"] == 3600


def test_receipts_are_swept_only_once_they_no_longer_count(
    store: MongoStore, wire_database: Documents
) -> None:
    store.ledger.commit(full_change(1))
    receipt = found(wire_database, "receipts", "key-1")
    assert receipt["at"] == START
    (sweep,) = [model.document for model in schema.indexes()["receipts"]]
    assert sweep["expireAfterSeconds"] > 24 * 3600
    assert "written" in receipt


def test_a_store_tells_the_version_of_its_form_and_an_epoch_that_stays(wire_database: Documents) -> None:
    with ThreadPoolExecutor(4) as processes:
        list(processes.map(MongoStore, [wire_database] * 4))
    assert found(wire_database, "meta", "schema") == {"_id": "schema", "version": schema.VERSION}
    epoch = found(wire_database, "meta", "epoch")["value"]
    assert len(epoch) == 16
    MongoStore(wire_database)
    assert found(wire_database, "meta", "epoch")["value"] == epoch


def test_every_store_has_an_epoch_of_its_own() -> None:
    epochs = set()
    for _ in range(3):
        database: Documents = mongomock.MongoClient()["test"]
        MongoStore(database, transactions=False)
        epochs.add(found(database, "meta", "epoch")["value"])
    assert len(epochs) == 3


def test_a_store_of_a_newer_hosanna_is_refused_and_left_alone(wire_database: Documents) -> None:
    newer = {"_id": "schema", "version": schema.VERSION + 1}
    wire_database["meta"].insert_one(newer)
    with pytest.raises(
        SchemaTooNew, match=f"version {schema.VERSION + 1}, this Hosanna knows {schema.VERSION}"
    ):
        MongoStore(wire_database)
    assert wire_database.list_collection_names() == ["meta"]
    assert list(wire_database["meta"].find()) == [newer]


def test_a_store_is_prepared_again_without_harm(store: MongoStore, wire_database: Documents) -> None:
    job = stored(store.ports(), a_job(1))
    again = MongoStore(wire_database)
    assert [row.id for row in again.jobs.page(SEES_ALL, JobFilter(), Sort.NEWEST, None, 5).rows] == [job.id]
