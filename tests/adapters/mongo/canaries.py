"""Something personal in every place that there is for it, in stores with and without encryption."""

from collections.abc import Iterator
from typing import Any

import bson
import mongomock
import msgspec
import pytest
from pymongo.database import Database

from hosanna_adapters.aesgcm import AesGcmEncryption
from hosanna_adapters.mongo import MongoStore
from hosanna_core.model.customer import Customer, Site
from hosanna_core.model.entry import EDIT, Facts
from hosanna_core.model.firm import Company
from hosanna_core.model.people import SecondFactor
from hosanna_core.model.query import JobFilter, Sort
from hosanna_core.model.schedule import Availability
from hosanna_core.model.travel import Point
from hosanna_core.ports import Encryption, Store
from hosanna_core.rules.history import seal
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.testing.contracts.base import stored, stored_user
from hosanna_core.testing.integration_samples import a_webhook, an_api_key, api_key_change, webhook_change
from hosanna_core.testing.reading import snapshot, walk
from hosanna_core.testing.samples import (
    START,
    a_calendar,
    a_firm,
    a_job,
    a_session,
    a_subscription,
    a_user,
    after,
    an_announcement,
    announcement_change,
    audit_facts,
    firm_change,
    id_of,
    job_change,
)
from hosanna_core.testing.trails import check_trail

Documents = Database[dict[str, Any]]
ANN = id_of(900)
CANARY = "canary"


def ring(*names: str) -> AesGcmEncryption:
    return AesGcmEncryption([(name, name.encode().ljust(32)) for name in names], token_key=bytes(32))


OLD, BOTH, NEW = ring("old"), ring("new", "old"), ring("new")


def open_on(database: Any, encryption: Encryption | None, *, converting: bool = False) -> MongoStore:
    transactions = not isinstance(database, mongomock.Database)
    return MongoStore(database, transactions=transactions, encryption=encryption, converting=converting)


@pytest.fixture(params=["mongomock", "wire"])
def database(request: pytest.FixtureRequest) -> Iterator[Any]:
    if request.param == "wire":
        yield request.getfixturevalue("wire_database")
    else:
        yield mongomock.MongoClient()["test"]


def fill(store: Store) -> None:
    """Something personal in every place that there is for it."""
    stored_user(
        store,
        a_user(
            900,
            email=f"{CANARY}1@example.com",
            full_name=f"{CANARY}2",
            preferences={"note": f"{CANARY}3"},
            password_hash=f"{CANARY}15",
            second_factor=SecondFactor(
                nonce=f"{CANARY}17".encode(), confirmed=True, recovery=(f"{CANARY}18".encode(),)
            ),
        ),
        calendars=(a_calendar(ANN, availability=Availability(home=Point(12.34567891, 1))),),
        opens=a_session(901, ANN, device=f"{CANARY}4"),
        audit=(
            audit_facts(902, ANN, personal={"address": f"{CANARY}5"}, salt=f"{CANARY}19".encode().ljust(16)),
        ),
    )
    job = stored(
        store,
        a_job(
            1,
            title=f"{CANARY}6",
            description=f"{CANARY}7",
            customer=Customer(f"{CANARY}8", f"{CANARY}9", f"{CANARY}10@example.com"),
            site=Site(f"{CANARY}11"),
            work_summary=f"{CANARY}12",
            invoice_number=f"{CANARY}13",
            subject_key=f"{CANARY}20".encode().ljust(32),
        ),
    )
    for step in range(1, 70):
        job = told(store, job, f"{CANARY}14 {step}")
    store.ledger.record([audit_facts(903, ANN, stream="process|1")])
    announcement = an_announcement(904, title=f"{CANARY}21", body=f"{CANARY}22")
    store.ledger.commit(announcement_change(announcement))
    store.ledger.commit(firm_change(a_firm(1, company=Company(name=f"{CANARY}26", phone=f"{CANARY}27"))))
    store.ledger.commit(api_key_change(an_api_key(901, name=f"{CANARY}28")))
    store.ledger.commit(
        webhook_change(a_webhook(902, url=f"https://x.example.com/{CANARY}29", description=f"{CANARY}30"))
    )
    store.subscriptions.keep(
        a_subscription(905, ANN, endpoint=f"https://{CANARY}23", p256dh=f"{CANARY}24", auth=f"{CANARY}25")
    )


def told(store: Store, job: Any, reason: str) -> Any:
    """The job's next state, with a reason that is kept in its history."""
    moved = after(job)
    facts = Facts(
        version=moved.version,
        at=moved.updated_at,
        actor_id=ANN,
        action=EDIT,
        source=job.status,
        target=moved.status,
        changes={"title": moved.title},
        reason=reason,
    )
    entry = seal(job.chain, facts, job.id, job.subject_key)
    moved = msgspec.structs.replace(moved, chain=entry.hash)
    store.ledger.commit(job_change(moved, job, root=moved, entry=entry))
    return moved


def everything(store: Store) -> object:
    """All that the ports show."""
    return (
        snapshot(store, [], START),
        store.sessions.of(ANN, 10),
        check_trail(store),
        store.users.by_email(f"{CANARY}1@example.com"),
        store.calendars.of([ANN]),
        store.announcements.get(id_of(904)),
        store.announcements.page(None, START, None, 10),
        store.subscriptions.of(ANN),
        store.api_keys.page(None, 10),
        store.webhooks.page(None, 10),
        walk(store, SEES_ALL, JobFilter(words=(f"{CANARY}6",), prefix="cana"), Sort.NEWEST),
    )


def lies_in(database: Any) -> bytes:
    """Every byte of the store."""
    return b"".join(
        bson.encode(document)
        for name in database.list_collection_names()
        for document in database[name].find()
    )


def names_in(database: Any) -> set[str]:
    """The name of every field of the store."""

    def names(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            yield from value
        for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            yield from names(each)

    return {
        name
        for collection in database.list_collection_names()
        for document in database[collection].find()
        for name in names(document)
    }


def under(encryption: Encryption, database: Any, *, limit: int = 3) -> int:
    """Bring everything under the first key; answers how many steps that took."""
    work = open_on(database, encryption, converting=True).reencryption(encryption)
    steps, looked = 0, 0
    while seen := work.step(limit):
        steps, looked = steps + 1, looked + seen
    assert looked == work.total()
    return steps
