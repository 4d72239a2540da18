"""Converting a store in clear, or in an older form: nobody writes past it, and nobody else believes what is clear."""

from collections.abc import Callable, Iterable
from threading import Thread
from typing import Any

import msgspec
import pytest
from pymongo.errors import OperationFailure, WriteError
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
    open_on,
    told,
    under,
)

from hosanna_adapters.mongo import at_rest
from hosanna_adapters.mongo.veils import HISTORY, UNDER_THE_VEIL, VEILED, place
from hosanna_core.errors import EncryptionMismatch, Undecipherable
from hosanna_core.model.job import Job
from hosanna_core.model.people import SecondFactor, User
from hosanna_core.model.query import JobFilter, Sort
from hosanna_core.ports import Store
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.testing.contracts.base import stored, stored_user
from hosanna_core.testing.samples import (
    a_calendar,
    a_job,
    a_session,
    a_subscription,
    a_user,
    after,
    an_announcement,
    announcement_change,
    audit_facts,
    id_of,
    job_change,
    session_change,
    user_change,
)

__all__ = ["database"]

JOB = id_of(1)
TITLE = f"{CANARY} meanwhile"
ONCE_PERSONAL = {
    "jobs": {"title", "description", "customer", "site", "work_summary", "invoice_number"},
    "users": {"email", "full_name", "phone", "preferences"},
    "calendars": {"availability"},
    "sessions": {"device"},
    "audit": {"open"},
}
"""What the older form had under its veil."""
WRITES: dict[str, Callable[[Store, Job, User], object]] = {
    "a job's next state": lambda store, job, user: told(store, job, TITLE),
    "a new job": lambda store, job, user: stored(store, a_job(2, title=TITLE)),
    "many new jobs": lambda store, job, user: store.ledger.commit_each(
        [job_change(a_job(number, title=TITLE)) for number in (3, 4, 5)]
    ),
    "a new user": lambda store, job, user: stored_user(store, a_user(910, full_name=TITLE)),
    "a user's next state": lambda store, job, user: store.ledger.commit(user_change(after(user), user)),
    "a new session": lambda store, job, user: store.ledger.commit(session_change(a_session(911, ANN))),
    "a login": lambda store, job, user: stored_user(store, after(user), user, opens=a_session(912, ANN)),
    "a booking": lambda store, job, user: stored(store, a_job(6), calendars=(a_calendar(ANN, 2),)),
    "an entry of the audit trail": lambda store, job, user: store.ledger.record(
        [audit_facts(913, ANN, personal={"address": TITLE})]
    ),
    "an announcement": lambda store, job, user: store.ledger.commit(
        announcement_change(an_announcement(914, title=TITLE))
    ),
    "a push subscription": lambda store, job, user: store.subscriptions.keep(
        a_subscription(915, ANN, endpoint=TITLE)
    ),
    "the same push subscription with new keys": lambda store, job, user: store.subscriptions.keep(
        a_subscription(916, ANN, endpoint=f"https://{CANARY}23", auth=TITLE)
    ),
}


def each_deep_but(one: str, names: Iterable[str]) -> list[Any]:
    """One of many that are much alike is tried each time, the others at length."""
    return [name if name == one else pytest.param(name, marks=pytest.mark.deep) for name in names]


def found(store: Store) -> tuple[Job, User]:
    """What a server holds that read before it writes."""
    job, user = store.jobs.get(JOB, SEES_ALL), store.users.get(ANN)
    assert job is not None
    assert user is not None
    return job, user


@pytest.mark.parametrize("what", each_deep_but("a job's next state", WRITES))
def test_a_server_that_is_open_in_clear_writes_nothing_once_the_conversion_has_begun(
    wire_database: Documents, what: str
) -> None:
    running = open_on(wire_database, None).ports()
    fill(running)
    before, read = everything(running), found(running)
    work = open_on(wire_database, OLD, converting=True).reencryption(OLD)
    for steps in (1, 80, 80):
        for _ in range(steps):
            work.step(1)
        with pytest.raises(EncryptionMismatch) as refused:
            WRITES[what](running, *read)
        assert CANARY not in str(refused.value)
    under(OLD, wire_database)
    with pytest.raises(EncryptionMismatch):
        WRITES[what](running, *read)
    assert CANARY.encode() not in lies_in(wire_database)
    assert everything(open_on(wire_database, OLD).ports()) == before


def test_what_a_running_server_was_told_is_stored_is_stored_and_encrypted(wire_database: Documents) -> None:
    running = open_on(wire_database, None).ports()
    fill(running)
    acknowledged = []

    def write() -> None:
        for number in range(100, 100_000):
            try:
                stored(running, a_job(number, title=TITLE))
            except EncryptionMismatch:
                return
            acknowledged.append(id_of(number))

    writer = Thread(target=write)
    writer.start()
    try:
        under(OLD, wire_database, limit=7)
    finally:
        writer.join()
    assert CANARY.encode() not in lies_in(wire_database)
    store = open_on(wire_database, OLD).ports()
    assert all(store.jobs.get(job_id, SEES_ALL) for job_id in acknowledged)
    everything(store)


@pytest.mark.parametrize(
    "collection",
    each_deep_but(
        "users",
        [
            "jobs",
            "users",
            "calendars",
            "sessions",
            "audit",
            "announcements",
            "subscriptions",
            "firms",
            "api_keys",
            "webhooks",
        ],
    ),
)
def test_clear_text_that_somebody_puts_in_the_place_of_what_is_encrypted_is_not_believed(
    database: Any, collection: str
) -> None:
    plain, encrypted = open_on(database, None), None
    fill(plain.ports())
    clear = {document["_id"]: document for document in database[collection].find({})}
    for name in database.list_collection_names():
        database[name].delete_many({})
    encrypted = open_on(database, OLD).ports()
    fill(encrypted)
    for document in database[collection].find({VEILED: {"$exists": True}}):
        database[collection].replace_one({"_id": document["_id"]}, clear[document["_id"]])
    with pytest.raises(Undecipherable) as refused:
        everything(encrypted)
    assert CANARY not in str(refused.value)


def test_an_entry_of_a_history_in_clear_is_not_believed(database: Any) -> None:
    encrypted = open_on(database, OLD).ports()
    fill(encrypted)
    forged = database["jobs"].find_one({"_id": JOB})[HISTORY]
    del forged[-1][VEILED]
    forged[-1]["open"] = '{"title":"another"}'
    database["jobs"].update_one({"_id": JOB}, {"$set": {HISTORY: forged}})
    with pytest.raises(Undecipherable):
        encrypted.jobs.history(JOB)


def test_a_job_that_says_that_it_tells_nothing_is_not_believed(database: Any) -> None:
    encrypted = open_on(database, OLD).ports()
    fill(encrypted)
    forged = {"$unset": {VEILED: ""}, "$set": {"open": "{}", "title": "another"}}
    database["jobs"].update_one({"_id": JOB}, forged)
    with pytest.raises(Undecipherable):
        encrypted.jobs.get(JOB, SEES_ALL)


@pytest.mark.deep
def test_what_lies_in_clear_beside_the_veil_is_passed_over_and_taken_away(wire_database: Documents) -> None:
    store = open_on(wire_database, OLD).ports()
    fill(store)
    before = everything(store)
    for collection, hidden in UNDER_THE_VEIL.items():
        if collection != HISTORY:
            strays = {name: TITLE for name in hidden if name not in {"email", "second_factor"}}
            wire_database[collection].update_many({VEILED: {"$exists": True}}, {"$set": strays})
    factor = {"second_factor": {"confirmed": True, "nonce": CANARY.encode()}}
    wire_database["users"].update_one({"_id": ANN}, {"$set": factor})
    assert everything(store) == before
    under(OLD, wire_database)
    assert CANARY.encode() not in lies_in(wire_database)
    assert everything(store) == before


@pytest.mark.deep
def test_a_store_in_clear_is_not_believed_by_who_changes_the_key(wire_database: Documents) -> None:
    fill(open_on(wire_database, OLD).ports())
    wire_database["users"].update_one({"_id": ANN}, {"$unset": {VEILED: ""}, "$set": {"full_name": TITLE}})
    with pytest.raises(Undecipherable):
        under(BOTH, wire_database)


def age(database: Any) -> None:
    """Bring an encrypted store into the older form, which had much in clear beside the veil."""
    for collection, once in ONCE_PERSONAL.items():
        for document in database[collection].find({VEILED: {"$exists": True}}):
            where = place(collection, document["_id"], VEILED)
            fields = msgspec.json.decode(OLD.decrypt(document[VEILED], where))
            veiled = {name: fields.pop(name) for name in once}
            clear = msgspec.to_builtins(revived(collection, fields), builtin_types=(bytes,))
            changed = {**clear, VEILED: OLD.encrypt(msgspec.json.encode(veiled), where)}
            database[collection].update_one({"_id": document["_id"]}, {"$set": changed})
    database["meta"].update_one({"_id": "encryption"}, {"$set": {"state": "encrypted"}})


def revived(collection: str, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields, with bytes where JSON has text for them."""
    kinds: dict[str, Any] = {"subject_key": bytes, "salt": bytes, "chain": bytes}
    if collection == "users":
        kinds["second_factor"] = SecondFactor | None
    return {name: msgspec.convert(value, kinds.get(name, Any)) for name, value in fields.items()}


@pytest.mark.deep
def test_a_store_in_the_older_form_is_brought_along(wire_database: Documents) -> None:
    store = open_on(wire_database, OLD).ports()
    fill(store)
    before = everything(store)
    age(wire_database)
    assert CANARY.encode() in lies_in(wire_database)
    with pytest.raises(EncryptionMismatch, match="hosanna encryption apply"):
        open_on(wire_database, OLD)
    with pytest.raises(EncryptionMismatch, match="HOSANNA_ENCRYPTION_KEYS"):
        open_on(wire_database, None)
    under(BOTH, wire_database)
    assert CANARY.encode() not in lies_in(wire_database)
    assert everything(open_on(wire_database, NEW).ports()) == before


@pytest.mark.deep
def test_a_server_in_the_older_form_writes_nothing_once_the_conversion_has_begun(
    wire_database: Documents,
) -> None:
    fill(open_on(wire_database, OLD).ports())
    age(wire_database)
    open_on(wire_database, OLD, converting=True).reencryption(OLD).step(1)
    as_it_would = {"$set": {"subject_key": CANARY.encode(), "version": 2}}
    with pytest.raises(WriteError, match="validation"):
        wire_database["users"].update_one({"_id": ANN}, as_it_would)


def test_who_may_not_shut_others_out_changes_nothing(
    wire_database: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = open_on(wire_database, None).ports()
    fill(running)

    def refuse(database: Documents) -> None:
        raise OperationFailure("not authorized", 13)

    monkeypatch.setattr(at_rest, "shut", refuse)
    with pytest.raises(OperationFailure):
        under(OLD, wire_database)
    again = open_on(wire_database, None).ports()
    stored(again, a_job(2))
    stored(running, a_job(3))


@pytest.mark.deep
def test_a_server_that_runs_on_in_clear_spoils_no_list(wire_database: Documents) -> None:
    running = open_on(wire_database, None).ports()
    fill(running)
    under(OLD, wire_database)
    with pytest.raises(EncryptionMismatch):
        stored(running, a_job(2))
    page = open_on(wire_database, OLD).ports().jobs.page(SEES_ALL, JobFilter(), Sort.NEWEST, None, 5)
    assert [row.id for row in page.rows] == [JOB]
