"""Validators: what the database itself lets into the collections of a store that is encrypted, or on the way there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pymongo

from hosanna_adapters.mongo import patience
from hosanna_adapters.mongo.schema import (
    ANNOUNCEMENTS,
    API_KEYS,
    AUDIT,
    CALENDARS,
    DAY_PLANS,
    FIRMS,
    JOBS,
    SEGMENTS,
    SESSIONS,
    SUBSCRIPTIONS,
    USERS,
    WEBHOOKS,
)
from hosanna_adapters.mongo.units import DURABLE
from hosanna_adapters.mongo.veils import HISTORY, NOTHING_OPEN, STANDS_IN, UNDER_THE_VEIL, VEILED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pymongo.database import Database

    from hosanna_adapters.mongo.schema import Document

_THERE: Final = {"$exists": True}
_MISSING: Final = {"$exists": False}
_TELLS: Final = {"$elemMatch": {"open": {"$exists": True, "$ne": NOTHING_OPEN}}}
"""An entry that says in clear what it is about."""


def _veiled(collection: str) -> Document:
    hidden = UNDER_THE_VEIL[collection] - (STANDS_IN if collection == USERS else frozenset())
    return {VEILED: _THERE, **dict.fromkeys(sorted(hidden), _MISSING)}


_LET_IN: Final[Mapping[str, Document]] = {
    JOBS: {**_veiled(JOBS), HISTORY: {"$not": _TELLS}},
    SEGMENTS: {"entries": {"$not": _TELLS}},
    USERS: {**_veiled(USERS), "second_factor.nonce": _MISSING},
    CALENDARS: _veiled(CALENDARS),
    SESSIONS: _veiled(SESSIONS),
    ANNOUNCEMENTS: _veiled(ANNOUNCEMENTS),
    SUBSCRIPTIONS: _veiled(SUBSCRIPTIONS),
    DAY_PLANS: _veiled(DAY_PLANS),
    API_KEYS: _veiled(API_KEYS),
    WEBHOOKS: _veiled(WEBHOOKS),
    FIRMS: _veiled(FIRMS),
    AUDIT: {"$or": [_veiled(AUDIT), {"open": NOTHING_OPEN, "salt": b""}]},
}


def shut(database: Database[Document]) -> None:
    """From here on nothing in clear is let in, whoever sends it. Takes the right to `collMod`: `dbAdmin` has it.

    By the majority, so that who reads by the majority afterwards misses nothing that was written before.
    """
    for name, let_in in _LET_IN.items():
        with pymongo.timeout(patience.SHUT):
            database.command(
                "collMod",
                name,
                validator=let_in,
                validationLevel="strict",
                validationAction="error",
                writeConcern=DURABLE.document,
            )
