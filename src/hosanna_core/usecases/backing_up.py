"""Backups: making one beside everything that goes on, now and then and by one server, and dropping the oldest."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.errors import BackupInClear, HosannaError
from hosanna_core.model.audit import AuditEntry, AuditFilter, Outcome
from hosanna_core.model.backup import About, Manifest
from hosanna_core.model.ids import HOUR, Millis
from hosanna_core.model.query import JobFilter, Sort
from hosanna_core.model.snapshot import NAMES
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.usecases.auditing import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from hosanna_core.model.backup import Made
    from hosanna_core.model.snapshot import Record
    from hosanna_core.ports import Backups, Ports

MADE: Final = "backup.made"
_TRIED_AGAIN_AFTER: Final[Millis] = HOUR
"""Where one failed, or its server died, somebody tries again so much later; earlier where they are made more often."""
_SHOWN_OF_AN_ERROR: Final = 300


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup says of where it was made."""

    product: str
    store: str
    signing_secret: bytes | None = None
    """As `Manifest.signing_secret`."""
    must_be_encrypted: bool = False
    """Whether the store is, and nobody said that its backup need not be."""


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """How often one is made, and how many are kept; the newest is always."""

    every: Millis
    keep: int


def back_up(
    ports: Ports, backups: Backups, source: Source, by: str, watch: Callable[[int], None] = lambda _: None
) -> Made:
    """Copy the whole store into *backups*, beside whoever writes. *watch* is told how many values were written.

    The attempt is recorded before it begins, since all that is personal leaves the house with it, and how it ended
    after. *by* says who wanted it: "command" or "schedule".

    Raises BackupInClear where the source must be encrypted and *backups* are not, and what the store and *backups*
    raise; then there is no backup.
    """
    record(ports, "backup.begun", details={"by": by, "encrypted": backups.encrypted})
    counting = _Counting(ports, source)
    try:
        if source.must_be_encrypted and not backups.encrypted:
            raise BackupInClear
        made = backups.write(
            counting.about, counting.through(ports.store.snapshots.dump(), watch), counting.manifest
        )
    except (HosannaError, OSError) as error:
        failed = {"by": by, "error": str(error)[:_SHOWN_OF_AN_ERROR]}
        record(ports, MADE, outcome=Outcome.FAILURE, details=failed)
        raise
    record(ports, MADE, details={"by": by, **_details_of(made)})
    return made


def note_restored(ports: Ports, made: Made) -> None:
    """Record, in the store that was restored, what it was restored from."""
    record(ports, "backup.restored", details=_details_of(made))


def _details_of(made: Made) -> dict[str, object]:
    """What the audit trail says of a backup; not where it lies, which others may not know."""
    return {
        "file": _name_of(made),
        "sha256": made.sha256,
        "bytes": made.size,
        "records": made.manifest.records,
        "encrypted": made.encrypted,
    }


def _name_of(made: Made) -> str:
    return made.path.rpartition("/")[2]


class _Counting:
    """What goes by on the way into a backup."""

    def __init__(self, ports: Ports, source: Source) -> None:
        self.about = About(product=source.product, store=source.store, created_at=ports.outside.now())
        self._epoch = ports.store.feed.epoch
        self._signing_secret = source.signing_secret
        self._counts: Counter[str] = Counter()
        self._audit: tuple[AuditEntry, AuditEntry] | None = None

    def through(self, records: Iterable[Record], watch: Callable[[int], None]) -> Iterator[Record]:
        """The records, counted."""
        for done, each in enumerate(records, start=1):
            self._counts[NAMES[type(each)]] += 1
            if isinstance(each, AuditEntry):
                first, last = self._audit or (each, each)
                self._audit = (min(first, each, key=_id), max(last, each, key=_id))
            watch(done)
            yield each

    def manifest(self) -> Manifest:
        """What was counted."""
        first, last = self._audit or (None, None)
        return Manifest(
            about=self.about,
            epoch=self._epoch,
            counts=dict(self._counts),
            first_audit=b"" if first is None else first.hash,
            last_audit=b"" if last is None else last.hash,
            signing_secret=self._signing_secret,
        )


def _id(entry: AuditEntry) -> str:
    return entry.id


def is_due(ports: Ports, every: Millis) -> bool:
    """Whether the last good backup is so old, or there is none of what somebody has worked on."""
    last = last_made(ports)
    if last is not None:
        return ports.outside.now() >= last + every
    return bool(ports.store.jobs.page(SEES_ALL, JobFilter(), Sort.NEWEST, None, 1).rows)


def back_up_when_due(
    ports: Ports,
    backups: Backups,
    source: Source,
    schedule: Schedule,
    watch: Callable[[int], None] = lambda _: None,
) -> Made | None:
    """Make a backup if one is due and nobody else is about it, and drop the oldest; None where there was none to make.

    Who makes it is settled by a ticket that can be redeemed once, so one of many servers does, and another one tries
    where it fails or dies. How old the last one is the audit trail says, whoever made it, by hand or not.
    """
    if not is_due(ports, schedule.every):
        return None
    now, again_after = ports.outside.now(), min(_TRIED_AGAIN_AFTER, schedule.every)
    ticket = f"backup|{last_made(ports)}|{now // again_after}"
    if not ports.store.tickets.redeem(ticket, now, now + 2 * again_after):
        return None
    made = back_up(ports, backups, source, "schedule", watch)
    for name in backups.good()[schedule.keep :]:
        # A clock that was set back makes the newest look old.
        if name != _name_of(made):
            backups.remove(name)
    return made


def last_made(ports: Ports) -> Millis | None:
    """When the last good one was made, whoever made it; None: there is none."""
    found = ports.store.audits.entries(AuditFilter(action=MADE, outcome=Outcome.SUCCESS), None, 1)
    return found[0].at if found else None
