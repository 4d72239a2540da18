"""Writing: one atomic update where only the root is touched, else one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pymongo
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError, ServerSelectionTimeoutError
from pymongo.read_concern import ReadConcern

from hosanna_adapters.mongo import schema
from hosanna_adapters.mongo.calendars import write_calendar
from hosanna_adapters.mongo.claims import write_claim
from hosanna_adapters.mongo.documents import claim_document, entry_document, notice_document, root_fields
from hosanna_adapters.mongo.history import appended_beside_a_segment, moves_a_segment
from hosanna_adapters.mongo.inboxes import write_notice
from hosanna_adapters.mongo.patience import SETTLE, in_time, too_slow, transient
from hosanna_adapters.mongo.receipts import write_receipt
from hosanna_adapters.mongo.units import ALONE
from hosanna_adapters.mongo.users import write_seat
from hosanna_core.errors import Busy, CommitRefused, StaleVersion, Taken
from hosanna_core.model.job import Job

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pymongo.collection import Collection
    from pymongo.database import Database

    from hosanna_adapters.mongo.schema import Document
    from hosanna_adapters.mongo.units import Unit, Units
    from hosanna_core.model.change import Change
    from hosanna_core.model.people import User

AT_ONCE: Final = 100
"""The most new jobs that one transaction takes."""
_DUPLICATE: Final = 11000
# The newest that the primary has, and answered only once a majority has all of it. By the majority alone, a change on
# its way to the others would seem not made, and appear later.
_NEWEST_AND_FOR_GOOD: Final = ReadConcern("linearizable")
_NOBODY_KNOWS: Final = "The store went away in the middle: whether the change was made is not known."


class MongoLedger:
    """The only writer of a `MongoStore`."""

    def __init__(self, database: Database[Document], units: Units, *, transactions: bool) -> None:
        self._database = database
        self._units = units
        self._atomic_updates = transactions

    def commit(self, change: Change[Job] | Change[User]) -> None:
        self._settled(change, lambda: self._commit(change))

    def commit_each(self, changes: Sequence[Change[Job] | Change[User]]) -> list[CommitRefused | None]:
        outcomes: list[CommitRefused | None] = []
        for start in range(0, len(changes), AT_ONCE):
            some = changes[start : start + AT_ONCE]
            if len(some) > 1 and all(map(_is_new_job, some)) and self._inserted(some):
                outcomes += [None] * len(some)
            else:
                outcomes += [self._outcome(change) for change in some]
        return outcomes

    def _commit(self, change: Change[Job] | Change[User]) -> None:
        if self._atomic_updates and _touches_the_root_alone(change):
            _write_root(self._database, ALONE, change)
        else:
            self._units.run(lambda unit: _write_change(self._database, unit, change))

    def _outcome(self, change: Change[Job] | Change[User]) -> CommitRefused | None:
        try:
            self.commit(change)
        except CommitRefused as refused:
            return refused
        return None

    def _settled(self, change: Change[Job] | Change[User], work: Callable[[], None]) -> None:
        """Do *work*, of which *change* is a part; it may also be done although its answer was lost."""
        with in_time():
            try:
                work()
            except ServerSelectionTimeoutError:
                raise  # nothing was ever sent
            except PyMongoError as error:
                if transient(error) or not too_slow(error):
                    raise
                self._settle(change, error)

    def _settle(self, change: Change[Job] | Change[User], lost: PyMongoError) -> None:
        """The answer was lost on the way: look whether the change is there for good, and fail if it is not."""
        roots = _collection_of(self._database, change).with_options(read_concern=_NEWEST_AND_FOR_GOOD)
        try:
            with pymongo.timeout(SETTLE):
                root = roots.find_one({"_id": change.root.id})
        except PyMongoError as error:
            raise Busy(_NOBODY_KNOWS) from error
        if root is None or root["version"] < change.root.version:
            raise lost
        if root["version"] > change.root.version and change.entry is None:
            raise Busy(_NOBODY_KNOWS) from lost
        if not _was_stored(change, root):
            raise lost

    def _inserted(self, changes: Sequence[Change[Job] | Change[User]]) -> bool:
        """Store many new jobs in one transaction; False, and nothing stored, if any of them is refused."""
        try:
            self._settled(changes[0], lambda: self._units.run(lambda unit: self._insert(unit, changes)))
        except BulkWriteError as error:
            if all(each["code"] == _DUPLICATE for each in error.details["writeErrors"]):
                return False
            raise
        return True

    def _insert(self, unit: Unit, changes: Sequence[Change[Job] | Change[User]]) -> None:
        written = {
            schema.JOBS: [_new_root(change) for change in changes],
            schema.CLAIMS: [claim_document(claim, each.root.id) for each in changes for claim in each.claims],
            schema.NOTICES: [notice_document(notice) for each in changes for notice in each.notices],
        }
        for collection, documents in written.items():
            for document in documents:
                unit.touch(collection, document["_id"])
            if documents:
                self._database[collection].insert_many(documents, session=unit.session)


def _was_stored(change: Change[Job] | Change[User], root: Document) -> bool:
    """Whether a root that is as far as *change*, or further, got there by it and not by a rival's."""
    if change.entry is not None:
        return any(entry["hash"] == change.entry.hash for entry in root.get("history", ()))
    return all(root.get(field) == value for field, value in root_fields(change).items())


def _is_new_job(change: Change[Job] | Change[User]) -> bool:
    beside = (change.receipt, change.seat)
    return (
        isinstance(change.root, Job)
        and change.expected is None
        and beside == (None, None)
        and not change.calendars
    )


def _touches_the_root_alone(change: Change[Job] | Change[User]) -> bool:
    beside = (change.notices, change.calendars, change.claims, change.seat, change.receipt)
    return not any(beside) and not moves_a_segment(change)


def _collection_of(database: Database[Document], change: Change[Job] | Change[User]) -> Collection[Document]:
    return database[schema.JOBS if isinstance(change.root, Job) else schema.USERS]


def _write_change(database: Database[Document], unit: Unit, change: Change[Job] | Change[User]) -> None:
    """Every write of a change, in the order of the refusals that `Ledger.commit` promises."""
    if change.receipt is not None:
        write_receipt(database, unit, change.receipt)
    _write_root(database, unit, change)
    for claim in change.claims:
        write_claim(database, unit, claim, change.root.id)
    if change.seat is not None:
        write_seat(database, unit, change.seat)
    for calendar in change.calendars:
        write_calendar(database, unit, calendar)
    for notice in change.notices:
        write_notice(database, unit, notice)


def _write_root(database: Database[Document], unit: Unit, change: Change[Job] | Change[User]) -> None:
    """Insert or update the root. Raises StaleVersion, or Taken for the e-mail of another user."""
    collection = _collection_of(database, change)
    unit.touch(collection.name, change.root.id)
    try:
        if change.expected is None:
            collection.insert_one(_new_root(change), session=unit.session)
        else:
            _update_root(database, unit, change)
    except DuplicateKeyError:
        # Of two indexes that are hurt at once the server names one: which refusal comes first is asked for apart.
        if isinstance(change.root, Job) or (change.expected is None and _exists(collection, change.root.id)):
            raise StaleVersion from None
        raise Taken("email") from None


def _exists(collection: Collection[Document], root_id: str) -> bool:
    return collection.find_one({"_id": root_id}, {"_id": 1}) is not None


def _new_root(change: Change[Job] | Change[User]) -> Document:
    entries = {} if change.entry is None else {"history": [entry_document(change.entry)]}
    return {"_id": change.root.id, **root_fields(change), **entries}


def _update_root(database: Database[Document], unit: Unit, change: Change[Job] | Change[User]) -> None:
    collection = _collection_of(database, change)
    update: Document = {"$set": root_fields(change)}
    if change.entry is not None:
        if moves_a_segment(change):
            update["$set"]["history"] = appended_beside_a_segment(
                database, unit, change.root.id, change.entry
            )
        else:
            update["$push"] = {"history": entry_document(change.entry)}
    of_that_version = {"_id": change.root.id, "version": change.expected}
    if not collection.update_one(of_that_version, update, session=unit.session).matched_count:
        raise StaleVersion
