"""What lies in the database: fields that an operator can read, and one field that the feed will follow."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import mongomock
import msgspec
import pytest
from pymongo.database import Database

from hosanna_adapters.mongo import MongoStore, StoreTooNew, schema
from hosanna_adapters.mongo.queries import KEYS, position_in
from hosanna_core.model.documents import body_of
from hosanna_core.model.query import JobFilter, Position, Sort
from hosanna_core.model.status import Standing, Status
from hosanna_core.rules.ordering import position_of
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.rules.words import words_of
from hosanna_core.testing.contracts.base import stored, stored_user
from hosanna_core.testing.contracts.spoiled import full_change
from hosanna_core.testing.samples import START, a_calendar, a_job, a_notice, a_user, after, id_of, job_change

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


def test_the_change_stream_tells_every_commit_once_and_in_order(
    store: MongoStore, wire_database: Documents
) -> None:
    followed = [
        {"$match": {"ns.coll": {"$in": ["jobs", "users"]}, "operationType": {"$in": ["insert", "update"]}}},
        {
            "$project": {
                "fullDocument.change": 1,
                "updateDescription.updatedFields.change": 1,
            }
        },
    ]
    change = full_change(1)
    told = []
    with wire_database.watch(followed, max_await_time_ms=500) as stream:
        store.ledger.commit(change)
        job = change.root
        for _ in range(5):
            next_change = job_change(after(job), job)
            store.ledger.commit(next_change)
            job = next_change.root
        booked = job_change(after(job), job, calendars=(a_calendar(id_of(900), 2),))
        store.ledger.commit(booked)
        while (event := stream.try_next()) is not None or len(told) < 7:
            assert event is not None, f"only {told}"
            body = event.get("fullDocument") or event["updateDescription"]["updatedFields"]
            told.append(body["change"]["version"])
            assert [each["version"] for each in body["change"]["events"]] == [told[-1]]
    assert told == [1, 2, 3, 4, 5, 6, 7]


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
        StoreTooNew, match=f"version {schema.VERSION + 1}, this Hosanna knows {schema.VERSION}"
    ):
        MongoStore(wire_database)
    assert wire_database.list_collection_names() == ["meta"]
    assert list(wire_database["meta"].find()) == [newer]


def test_a_notice_is_told_by_the_change_stream_as_one_new_document(
    store: MongoStore, wire_database: Documents
) -> None:
    job = stored(store.ports(), a_job(1))
    one, other = a_notice(1, id_of(900)), a_notice(2, id_of(901))
    with wire_database["notices"].watch(max_await_time_ms=500) as stream:
        stored(store.ports(), after(job), job, notices=(one, other))
        store.inboxes.notify(one)
        store.ledger.commit_each([job_change(a_job(n), notices=(a_notice(n, id_of(900)),)) for n in (3, 4)])
        told = []
        while (event := stream.try_next()) is not None or len(told) < 4:
            assert event is not None, f"only {told}"
            told.append((event["operationType"], event["fullDocument"]["_id"]))
    assert told == [("insert", a_notice(n, id_of(900)).id) for n in (1, 2, 3, 4)]


def test_a_store_is_prepared_again_without_harm(store: MongoStore, wire_database: Documents) -> None:
    job = stored(store.ports(), a_job(1))
    again = MongoStore(wire_database)
    assert [row.id for row in again.jobs.page(SEES_ALL, JobFilter(), Sort.NEWEST, None, 5).rows] == [job.id]
