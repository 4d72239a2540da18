"""Writing: one atomic update where only the root is touched, else one transaction."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from pymongo.errors import BulkWriteError, PyMongoError

from hosanna_adapters.mongo import schema
from hosanna_adapters.mongo.calendars import write_calendar
from hosanna_adapters.mongo.claims import write_claim
from hosanna_adapters.mongo.counting import GATHERED_EVERY, gather
from hosanna_adapters.mongo.documents import claim_document
from hosanna_adapters.mongo.forgetting import forget_user
from hosanna_adapters.mongo.history import rewrites_history
from hosanna_adapters.mongo.inboxes import write_notices
from hosanna_adapters.mongo.patience import in_time, only_duplicates, unanswered
from hosanna_adapters.mongo.receipts import write_receipt
from hosanna_adapters.mongo.roots import new_root, write_root
from hosanna_adapters.mongo.sessions import end_sessions, open_session
from hosanna_adapters.mongo.settling import settle, settle_record
from hosanna_adapters.mongo.trail import Trail
from hosanna_adapters.mongo.users import write_seat
from hosanna_core.errors import Busy, CommitRefused
from hosanna_core.model.job import Job
from hosanna_core.model.people import User

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hosanna_adapters.mongo.archive import Archive
    from hosanna_adapters.mongo.callers import Callers
    from hosanna_adapters.mongo.trail import Sealing
    from hosanna_adapters.mongo.units import Unit, Units
    from hosanna_core.model.audit import AuditFacts
    from hosanna_core.model.change import AnyChange

AT_ONCE: Final = 100
"""The most new jobs that one transaction takes."""


class MongoLedger:
    """The only writer of a `MongoStore`."""

    def __init__(self, archive: Archive, units: Units, callers: Callers) -> None:
        self._archive = archive
        self._callers = callers
        self._units = units
        self._trail = Trail(archive)
        self._ungathered = 0

    def commit(self, change: AnyChange) -> None:
        self._settled(lambda: self._commit(change), lambda lost: settle(self._archive, change, lost))
        self._gather_now_and_then(change, 1)
        if isinstance(change.root, User) and change.expected is not None:
            self._callers.outlive()

    def record(self, audit: Sequence[AuditFacts]) -> None:
        if audit:
            self._settled(lambda: self._record(audit), lambda lost: settle_record(self._archive, audit, lost))

    def commit_each(self, changes: Sequence[AnyChange]) -> list[CommitRefused | None]:
        outcomes: list[CommitRefused | None] = []
        for start in range(0, len(changes), AT_ONCE):
            some = changes[start : start + AT_ONCE]
            if len(some) > 1 and all(map(_is_new_job, some)) and self._inserted(some):
                outcomes += [None] * len(some)
                self._gather_now_and_then(some[0], len(some))
            else:
                outcomes += [self._outcome(change) for change in some]
        return outcomes

    def _commit(self, change: AnyChange) -> None:
        if _touches_the_root_alone(change):
            self._units.single(lambda unit: write_root(self._archive, unit, change))
            return
        with self._trail.sealing(change.audit) as sealing:
            self._units.run(lambda unit: _write_change(self._archive, unit, change, sealing))

    def _gather_now_and_then(self, change: AnyChange, count: int) -> None:
        """What is stored is stored: where the gathering fails, another one will do it."""
        if not isinstance(change.root, Job):
            return
        self._ungathered += count
        if self._ungathered >= GATHERED_EVERY:
            self._ungathered = 0
            with suppress(Busy, PyMongoError):
                gather(self._archive, self._units)

    def _record(self, audit: Sequence[AuditFacts]) -> None:
        with self._trail.sealing(audit) as sealing:
            self._units.run(sealing.write)

    def _outcome(self, change: AnyChange) -> CommitRefused | None:
        try:
            self.commit(change)
        except CommitRefused as refused:
            return refused
        return None

    def _settled(self, work: Callable[[], None], settle_it: Callable[[PyMongoError], None]) -> None:
        """Do *work*; where its answer is lost it may be done all the same: *settle_it* finds out."""
        with in_time():
            try:
                work()
            except PyMongoError as error:
                if not unanswered(error):
                    raise
                settle_it(error)

    def _inserted(self, changes: Sequence[AnyChange]) -> bool:
        """Store many new jobs in one transaction; False, and nothing stored, if any of them is refused."""
        try:
            self._settled(
                lambda: self._units.run(lambda unit: self._insert(unit, changes)),
                lambda lost: settle(self._archive, changes[0], lost),
            )
        except BulkWriteError as error:
            if only_duplicates(error):
                return False
            raise
        return True

    def _insert(self, unit: Unit, changes: Sequence[AnyChange]) -> None:
        written = {
            schema.JOBS: [new_root(self._archive.veil, change) for change in changes],
            schema.CLAIMS: [claim_document(claim, each.root.id) for each in changes for claim in each.claims],
        }
        for collection, documents in written.items():
            for document in documents:
                unit.touch(collection, document["_id"])
            if documents:
                self._archive[collection].insert_many(documents, session=unit.session)


def _is_new_job(change: AnyChange) -> bool:
    """And no more. One with notices is stored by itself: their events stand right behind those of the job."""
    beside = (change.receipt, change.seat, *change.notices, *change.calendars, *change.audit)
    return isinstance(change.root, Job) and change.expected is None and not any(beside)


def _touches_the_root_alone(change: AnyChange) -> bool:
    beside = (change.notices, change.calendars, change.claims, change.seat, change.receipt)
    return not any((*beside, change.opens, change.ends, change.audit, change.forgets)) and not (
        rewrites_history(change)
    )


def _write_change(archive: Archive, unit: Unit, change: AnyChange, sealing: Sealing) -> None:
    """Every write of a change, in the order of the refusals that `Ledger.commit` promises.

    The heads of its streams come last: others wait for them.
    """
    if change.receipt is not None:
        write_receipt(archive, unit, change.receipt)
    write_root(archive, unit, change)
    for claim in change.claims:
        write_claim(archive, unit, claim, change.root.id)
    if change.seat is not None:
        write_seat(archive, unit, change.seat)
    for calendar in change.calendars:
        write_calendar(archive, unit, calendar)
    if isinstance(change.root, User):
        _write_doors(archive, unit, change.root, change)
    write_notices(archive, unit, change.notices)
    sealing.write(unit)


def _write_doors(archive: Archive, unit: Unit, user: User, change: AnyChange) -> None:
    """Who is forgotten has no session left, not even an ended one."""
    if change.forgets:
        forget_user(archive, unit, user.id)
    if change.ends:
        end_sessions(archive, unit, user.id, change.ends, user.updated_at)
    if change.opens is not None:
        open_session(archive, unit, change.opens)
