"""The collections and their indexes.

Nothing but `users` has a unique index beside `_id`: with a hashed `_id` as shard key, `jobs`, `notices`, `receipts`,
`claims`, `sessions`, `audit`, `subscriptions`, `tickets`, `day_plans` and `deliveries` may be sharded as they are.
`users` never is.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import pymongo
from pymongo.errors import CollectionInvalid, DuplicateKeyError, OperationFailure

from hosanna_core.errors import SchemaTooNew

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pymongo.database import Database

Document = dict[str, Any]
"""A document as the driver gives and takes it."""

JOBS: Final = "jobs"
SEGMENTS: Final = "segments"
"""The older half of long histories: `_id` is the job's id, '|', and the first version as six digits."""
USERS: Final = "users"
CALENDARS: Final = "calendars"
NOTICES: Final = "notices"
RECEIPTS: Final = "receipts"
CLAIMS: Final = "claims"
GUARDS: Final = "guards"
SESSIONS: Final = "sessions"
AUDIT: Final = "audit"
HEADS: Final = "streams"
"""The heads of the audit trail's streams."""
META: Final = "meta"
COUNTERS: Final = "counters"
ANNOUNCEMENTS: Final = "announcements"
FOLLOWERS: Final = "followers"
SUBSCRIPTIONS: Final = "subscriptions"
TICKETS: Final = "tickets"
DAY_PLANS: Final = "day_plans"
FIRMS: Final = "firms"
API_KEYS: Final = "api_keys"
WEBHOOKS: Final = "webhooks"
DELIVERIES: Final = "deliveries"
TALLIES: Final = "tallies"
"""What was gathered of all that is counted: a document for each slot, measure, key and audience."""
COLLECTIONS: Final = (
    JOBS, SEGMENTS, USERS, CALENDARS, NOTICES, RECEIPTS, CLAIMS, GUARDS, SESSIONS, AUDIT, HEADS, META, COUNTERS,
    ANNOUNCEMENTS, FOLLOWERS, SUBSCRIPTIONS, TICKETS, DAY_PLANS, API_KEYS, WEBHOOKS, DELIVERIES, FIRMS,
    TALLIES,
)  # fmt: skip
TELLING: Final = (JOBS, USERS, SESSIONS, NOTICES, ANNOUNCEMENTS, API_KEYS)
"""Where documents carry the events of the commit that wrote them last, in `change`."""

ORDERS: Final[Mapping[str, tuple[str, ...]]] = {
    "created": ("created_at",),
    "window": ("window_key",),
    "priority": ("priority_rank", "created_at"),
}
STREAMS: Final[Mapping[str, tuple[str, ...]]] = {
    "all": (),
    "standing": ("standing",),
    "technician": ("technician_id", "standing"),
}
WINDOW_STREAMS: Final[Mapping[str, tuple[str, ...]]] = {
    "all": (),
    "standing": ("standing", "priority_rank"),
    "technician": ("technician_id", "standing", "priority_rank"),
}
"""By window each priority is a stream of its own, too: a list of one priority then passes over no other. Where all is
seen without that question, one index needs no merging."""
VERSION: Final = 5
"""Of the form in which everything lies here. It rises with whatever an older Hosanna would misread.

2: a user's document says which sessions are revoked, and whether a code must be asked for: version 1 would not look.
3: who is forgotten is forgotten in `followers` and `subscriptions`, a new role is noted with its version, and notices
carry their events: version 2 would leave, lose and never write these.
4: plans, keys, webhooks and settings are encrypted with the rest: version 3 would encrypt a store and leave these.
5: jobs carry what is counted of them: version 4 would count nothing of what it writes."""
EPOCH_BYTES: Final = 16
WORDS: Final = "words"
ROSTER: Final = "roster"
CUSTOMERS: Final = "customers"
"""Finds the jobs of a person who wants to be forgotten."""
UNTOLD: Final = "untold"
"""Finds the jobs that carry what is not gathered yet."""
REASONED: Final = "reasoned"
SWEPT: Final = "swept_at"
"""When the server may drop a session, or that a ticket was used."""
UNREAD: Final = "unread"
DUE: Final = "due"
WAITING: Final = "waiting"
"""What is to be told to a webhook yet, in its order: the first of it is read without all that waits behind."""
LIVING: Final = "living"
"""Finds the webhooks that were not deleted."""
FOR_WHOM: Final = "for_whom"
MOVED: Final = "moved"
NEWEST: Final = "newest"
BY_TIME: Final = "by_time"
TOLD_BY: Final[Mapping[str, tuple[str, ...]]] = {
    NEWEST: (),
    "by_subject": ("subject.id",),
    "by_actor": ("actor_id",),
    "by_action": ("action",),
    "by_outcome": ("outcome",),
}
"""What the audit trail may be asked for, the rarest first; within each the newest, with its instant to be judged by."""
_SESSIONS_ARE_SWEPT_AFTER: Final = 24 * 3600
"""Seconds after they expired, as receipts are."""
_RECEIPTS_ARE_SWEPT_AFTER: Final = 25 * 3600
"""Seconds. Whether a receipt still counts is judged by its own instant; this only makes room."""
_TICKETS_ARE_SWEPT_AFTER: Final = 3600
"""Seconds after they expired: so far the clocks of servers may differ."""
_NAMESPACE_EXISTS: Final = 48


def list_index(stream: str, order: str) -> str:
    """The name of the index that gives *order* within each stream of *stream*."""
    return f"{stream}_{order}"


def indexes() -> Mapping[str, list[pymongo.IndexModel]]:
    """Every index, by collection."""
    lists = [
        pymongo.IndexModel([(field, 1) for field in (*prefix, *keys, "_id")], name=list_index(stream, order))
        for order, keys in ORDERS.items()
        for stream, prefix in (WINDOW_STREAMS if order == "window" else STREAMS).items()
    ]
    words = pymongo.IndexModel([("office", 1), ("words", 1), ("created_at", -1), ("_id", -1)], name=WORDS)
    sweep = pymongo.IndexModel([("written", 1)], name="written", expireAfterSeconds=_RECEIPTS_ARE_SWEPT_AFTER)
    return {
        JOBS: [
            *lists,
            words,
            pymongo.IndexModel([("customer_keys", 1)], name=CUSTOMERS),
            pymongo.IndexModel(
                [("untold_at", 1)], name=UNTOLD, partialFilterExpression={"untold_at": {"$gte": 0}}
            ),
            pymongo.IndexModel([("reasoned.at", -1)], name=REASONED, sparse=True),
        ],
        TALLIES: [pymongo.IndexModel([("measure", 1), ("width", 1), ("slot", 1)], name="slots")],
        USERS: [
            pymongo.IndexModel([("email", 1)], name="email", unique=True),
            pymongo.IndexModel([("role", 1), ("active", 1), ("_id", 1)], name=ROSTER),
        ],
        NOTICES: _of_notices(),
        DAY_PLANS: [pymongo.IndexModel([("summary.date", 1)], name="age")],
        ANNOUNCEMENTS: [pymongo.IndexModel([("role", 1), ("_id", -1)], name=FOR_WHOM)],
        FOLLOWERS: [pymongo.IndexModel([("user_id", 1), ("_id", 1)], name="followed")],
        SUBSCRIPTIONS: [pymongo.IndexModel([("user_id", 1), ("id", 1)], name="devices")],
        TICKETS: [
            pymongo.IndexModel([(SWEPT, 1)], name="swept", expireAfterSeconds=_TICKETS_ARE_SWEPT_AFTER)
        ],
        RECEIPTS: [sweep],
        WEBHOOKS: [pymongo.IndexModel([("gone", 1), ("_id", -1)], name=LIVING)],
        DELIVERIES: _of_deliveries(),
        SESSIONS: [
            pymongo.IndexModel([("user_id", 1), ("ended_at", 1), ("_id", -1)], name="going_on"),
            pymongo.IndexModel([("user_id", 1), ("address_key", 1)], name="places"),
            pymongo.IndexModel([(SWEPT, 1)], name="swept", expireAfterSeconds=_SESSIONS_ARE_SWEPT_AFTER),
        ],
        AUDIT: [
            pymongo.IndexModel([(field, 1) for field in asked] + [("id", -1), ("at", 1)], name=name)
            for name, asked in TOLD_BY.items()
        ]
        + [pymongo.IndexModel([("at", 1)], name=BY_TIME)],
        HEADS: [pymongo.IndexModel([("at", 1), ("_id", 1)], name=MOVED)],
    }


def _of_notices() -> list[pymongo.IndexModel]:
    return [
        pymongo.IndexModel([("user_id", 1), ("_id", -1)], name="inbox"),
        pymongo.IndexModel([("user_id", 1), ("read_at", 1), ("_id", 1)], name=UNREAD),
        pymongo.IndexModel(
            [("due_at", 1), ("_id", 1)], name=DUE, partialFilterExpression={"due_at": {"$gte": 0}}
        ),
        pymongo.IndexModel([("read_at", 1), ("created_at", 1)], name="age"),
    ]


def _of_deliveries() -> list[pymongo.IndexModel]:
    waiting = {"due_at": {"$gte": 0}}
    return [
        pymongo.IndexModel([("webhook_id", 1), ("_id", -1)], name="log"),
        pymongo.IndexModel(
            [("webhook_id", 1), ("due_at", 1)], name="due_deliveries", partialFilterExpression=waiting
        ),
        pymongo.IndexModel([("webhook_id", 1), ("_id", 1)], name=WAITING, partialFilterExpression=waiting),
        pymongo.IndexModel([("created_at", 1)], name="age"),
    ]


def prepare(database: Database[Document], finish: Callable[[bool], None]) -> None:
    """Make what is missing; any number of processes may do so at once. *finish* is told whether the store is new.

    Raises SchemaTooNew, and changes nothing, where the database is ahead of `VERSION`.
    """
    version = _refuse_a_newer(database)
    present = set(database.list_collection_names())
    for name in COLLECTIONS:
        if name not in present:
            _create(database, name)
    for name, models in indexes().items():
        database[name].create_indexes(models)
    finish(version is None)
    _once(database, "schema", {"version": VERSION})
    # What older versions stored is read as it is.
    database[META].update_one({"_id": "schema", "version": {"$lt": VERSION}}, {"$set": {"version": VERSION}})
    # Tells this store from one that was restored in its place: what a client remembers of the one is void in the other.
    _once(database, "epoch", {"value": secrets.token_bytes(EPOCH_BYTES)})


def _refuse_a_newer(database: Database[Document]) -> int | None:
    schema = database[META].find_one({"_id": "schema"})
    version = None if schema is None else int(schema["version"])
    if version is not None and version > VERSION:
        raise SchemaTooNew(version, VERSION)
    return version


def _once(database: Database[Document], name: str, fields: Document) -> None:
    """Write a document of `META` unless it is there: of several processes the first one's stays."""
    with suppress(DuplicateKeyError):
        database[META].update_one({"_id": name}, {"$setOnInsert": fields}, upsert=True)


def _create(database: Database[Document], name: str) -> None:
    try:
        database.create_collection(name)
    except CollectionInvalid:
        return  # another process was quicker, and the driver saw it
    except OperationFailure as error:
        if error.code != _NAMESPACE_EXISTS:  # another process was quicker, and the server saw it
            raise
