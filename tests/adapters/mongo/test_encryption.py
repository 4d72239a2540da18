"""Encryption at rest: nothing personal lies readable, all or nothing is encrypted, and keys change beside writers."""

from collections.abc import Callable, Iterator
from threading import Event, Thread
from typing import Any

import bson
import pytest
from tests.adapters.mongo.canaries import (
    ANN,
    BOTH,
    CANARY,
    NEW,
    OLD,
    Documents,
    database,
    everything,
    fill,
    lies_in,
    names_in,
    open_on,
    told,
    under,
)

from hosanna_adapters.mongo.reencryption import ORDER
from hosanna_core.errors import EncryptionMismatch, Undecipherable
from hosanna_core.model.query import JobFilter, Sort
from hosanna_core.rules.history import verify
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.rules.words import asked
from hosanna_core.testing.contracts.base import stored, stored_user
from hosanna_core.testing.racing import persistent
from hosanna_core.testing.reading import walk
from hosanna_core.testing.samples import a_job, a_session, after, id_of, job_change, session_change

__all__ = ["database"]


def test_nothing_personal_and_no_salt_or_key_lies_readable_in_an_encrypted_store(database: Any) -> None:
    fill(open_on(database, None).ports())
    assert CANARY.encode() in lies_in(database)
    for name in database.list_collection_names():
        database[name].delete_many({})
    encrypted = open_on(database, OLD).ports()
    fill(encrypted)
    raw = lies_in(database)
    assert CANARY.encode() not in raw
    assert bson.encode({"latitude": 12.34567891})[4:] not in raw
    assert b"192.0.2." not in raw
    assert not names_in(database) & {"subject_key", "salt", "password_hash", "nonce", "recovery", "title"}
    assert CANARY in repr(everything(encrypted))
    caller = encrypted.users.caller(ANN)
    assert caller is not None
    assert caller.second_factor


def test_a_value_that_was_moved_to_another_document_does_not_decrypt(database: Any) -> None:
    store = open_on(database, OLD)
    for number in (1, 2):
        stored(store.ports(), a_job(number))
    other = database["jobs"].find_one({"_id": id_of(2)})
    moved = {"$set": {"veiled": other["veiled"], "body": other["body"]}}
    database["jobs"].update_one({"_id": id_of(1)}, moved)
    with pytest.raises(Undecipherable):
        store.jobs.get(id_of(1), SEES_ALL)
    with pytest.raises(Undecipherable):
        store.jobs.page(SEES_ALL, JobFilter(), Sort.NEWEST, None, 5)


def test_a_store_is_opened_only_as_what_it_is(database: Any) -> None:
    open_on(database, None)
    with pytest.raises(EncryptionMismatch, match="hosanna encryption apply"):
        open_on(database, OLD)
    open_on(database, None)


def test_an_encrypted_store_is_opened_only_with_its_keys(database: Any) -> None:
    open_on(database, OLD)
    with pytest.raises(EncryptionMismatch, match="HOSANNA_ENCRYPTION_KEYS"):
        open_on(database, None)
    with pytest.raises(Undecipherable):
        open_on(database, NEW)
    open_on(database, BOTH)


def test_a_store_that_was_made_before_there_was_encryption_is_plain(database: Any) -> None:
    open_on(database, None)
    database["meta"].delete_one({"_id": "encryption"})
    with pytest.raises(EncryptionMismatch):
        open_on(database, OLD)
    assert database["meta"].find_one({"_id": "encryption"})["state"] == "in clear"


@pytest.mark.parametrize(
    "question", ["rewirings overcurrentpro", "overcurrentprotec", "overcurrentprotectionz"]
)
def test_a_beginning_that_is_longer_than_what_is_hashed_finds_the_same(database: Any, question: str) -> None:
    store = open_on(database, OLD).ports()
    titles = (
        "overcurrentprotection rewirings",
        "overcurrentprose rewirings",
        "overcurrent rewirings",
        "else",
    )
    for number, title in enumerate(titles, 1):
        stored(store, a_job(number, title=title))
    words, prefix = asked(question)
    found = walk(store, SEES_ALL, JobFilter(words=words, prefix=prefix), Sort.OLDEST, limit=1)
    right = [
        n
        for n, title in enumerate(titles, 1)
        if all(word in title.split() for word in words)
        and any(word.startswith(prefix or "") for word in title.split())
    ]
    assert [row.id for row in found] == [id_of(n) for n in right]


@pytest.mark.deep
def test_a_plain_store_is_converted_whole(wire_database: Documents) -> None:
    plain = open_on(wire_database, None).ports()
    fill(plain)
    before = everything(plain)
    assert under(OLD, wire_database) > 1
    assert CANARY.encode() not in lies_in(wire_database)
    assert everything(open_on(wire_database, OLD).ports()) == before
    with pytest.raises(EncryptionMismatch):
        open_on(wire_database, None)


@pytest.mark.deep
def test_a_conversion_that_was_killed_lets_nobody_in_and_goes_on(wire_database: Documents) -> None:
    plain = open_on(wire_database, None).ports()
    fill(plain)
    before = everything(plain)
    for steps in (1, 2, 4):
        work = open_on(wire_database, OLD, converting=True).reencryption(OLD)
        for _ in range(steps):
            assert work.step(1) == 1
        for encryption in (None, OLD):
            with pytest.raises(EncryptionMismatch):
                open_on(wire_database, encryption)
        with pytest.raises(Undecipherable):
            open_on(wire_database, NEW, converting=True)
    under(OLD, wire_database)
    assert everything(open_on(wire_database, OLD).ports()) == before


@pytest.mark.deep
def test_after_a_rotation_the_old_key_is_not_needed_any_more(wire_database: Documents) -> None:
    store = open_on(wire_database, OLD).ports()
    fill(store)
    before = everything(store)
    under(BOTH, wire_database)
    assert everything(open_on(wire_database, NEW).ports()) == before
    with pytest.raises(Undecipherable):
        open_on(wire_database, OLD)


@pytest.mark.deep
def test_what_is_current_already_is_not_written_again(wire_database: Documents) -> None:
    fill(open_on(wire_database, OLD).ports())
    raw = [list(wire_database[name].find()) for name in ORDER]
    under(OLD, wire_database)
    assert [list(wire_database[name].find()) for name in ORDER] == raw


@pytest.mark.deep
def test_a_rotation_beside_writers_loses_nothing_and_tells_the_feed_nothing(wire_database: Documents) -> None:
    fill(open_on(wire_database, OLD).ports())
    store = open_on(wire_database, BOTH).ports()
    session = a_session(950, ANN)
    store.ledger.commit(session_change(session))
    stop, acknowledged = Event(), [0]

    def write() -> None:
        job = store.jobs.get(id_of(1), SEES_ALL)
        assert job is not None
        # Now and then: one that is written without a pause is never still enough to be brought along.
        while not stop.wait(0.01):
            job = persistent(lambda job=job: told(store, job, "meanwhile"))  # type: ignore[misc]  # bound now
            acknowledged[0] += 1

    writer = Thread(target=write)
    with wire_database["jobs"].watch(max_await_time_ms=200) as stream:
        writer.start()
        try:
            under(BOTH, wire_database, limit=1)
        finally:
            stop.set()
            writer.join()
        versions = list(changes_in(stream.try_next))
    assert versions == list(range(71, 71 + acknowledged[0]))
    again = open_on(wire_database, NEW).ports()
    job = again.jobs.get(id_of(1), SEES_ALL)
    assert job is not None
    assert job.version == 70 + acknowledged[0]
    verify(job, again.jobs.history(job.id))
    everything(again)


def changes_in(try_next: Callable[[], Any]) -> Iterator[int]:
    """The versions that a stream's updates tell the feed of."""
    while (event := try_next()) is not None:
        updated = event["updateDescription"]["updatedFields"]
        if "change" in updated:
            yield updated["change"]["version"]


def test_an_erased_value_leaves_nothing_encrypted_behind(database: Any) -> None:
    store = open_on(database, OLD).ports()
    fill(store)
    user, job = store.users.get(ANN), store.jobs.get(id_of(1), SEES_ALL)
    assert user is not None
    assert job is not None
    stored_user(store, after(user, full_name="(erased)"), user, forgets=True)
    bare = after(job, title="(erased)", subject_key=b"")
    store.ledger.commit(job_change(bare, job, forgets=True))
    assert not any("veiled" in entry for entry in database["audit"].find())
    entries = [each for segment in database["segments"].find() for each in segment["entries"]]
    entries += database["jobs"].find_one({"_id": job.id})["history"][:-1]
    assert len(entries) == 70
    assert not any("veiled" in entry for entry in entries)
    assert not list(database["sessions"].find())
