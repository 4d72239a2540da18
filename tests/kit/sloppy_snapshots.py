"""Stores that are copied and loaded with one fault each that a suite must find."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from tests.kit.spoiling import Around

from hosanna_core.errors import NotEmpty
from hosanna_core.model.audit import AuditEntry
from hosanna_core.model.change import Receipt
from hosanna_core.model.snapshot import KINDS, NAMES, Numbering, Record, WholeJob
from hosanna_core.rules.visibility import SEES_ALL


class Snapshots(Around):
    port = "snapshots"

    def dump(self) -> Iterator[Record]:
        return self.inner.dump()

    def load(self, records: Iterable[Record]) -> None:
        self.inner.load(self.spoil(records))

    def spoil(self, records: Iterable[Record]) -> Iterable[Record]:
        return records


class KeepsTheNewestOfAHistory(Snapshots):
    def spoil(self, records: Iterable[Record]) -> Iterable[Record]:
        for each in records:
            yield WholeJob(each.job, each.history[-64:]) if isinstance(each, WholeJob) else each


class LeavesReceiptsBehind(Snapshots):
    def spoil(self, records: Iterable[Record]) -> Iterable[Record]:
        return (each for each in records if not isinstance(each, Receipt))


class NumbersFromTheBeginning(Snapshots):
    def spoil(self, records: Iterable[Record]) -> Iterable[Record]:
        return (Numbering(1) if isinstance(each, Numbering) else each for each in records)


class SealsTheTrailAnew(Snapshots):
    def spoil(self, records: Iterable[Record]) -> Iterable[Record]:
        for each in records:
            yield (
                msgspec.structs.replace(each, sealed=each.sealed + b" ")
                if isinstance(each, AuditEntry)
                else each
            )


class LoadsAnywhere(Snapshots):
    def load(self, records: Iterable[Record]) -> None:
        try:
            self.inner.load(records)
        except NotEmpty:
            state = self.inner._state
            state.jobs.clear()
            state.users.clear()
            self.inner.load(records)


class LeavesAHalf(Snapshots):
    """What was put in before it broke off stays, and is in the way of the next."""

    def load(self, records: Iterable[Record]) -> None:
        taken: list[Record] = []
        try:
            taken.extend(records)
        finally:
            self.inner.load(taken or records)


class LosesASession(Snapshots):
    def dump(self) -> Iterator[Record]:
        lost = False
        for each in self.inner.dump():
            if lost or NAMES[type(each)] != "session":
                yield each
            else:
                lost = True


class DumpsUsersFirst(Snapshots):
    def dump(self) -> Iterator[Record]:
        order = list(KINDS)
        yield from sorted(self.inner.dump(), key=lambda each: -order.index(NAMES[type(each)]))


class DumpsWhatItMeets(Snapshots):
    """Each job as it is when its turn comes."""

    def dump(self) -> Iterator[Record]:
        for each in self.inner.dump():
            job: Any = self.store.jobs.get(each.job.id, SEES_ALL) if isinstance(each, WholeJob) else None
            yield WholeJob(job, each.history) if job else each


class CountsNoHeads(Snapshots):
    def census(self) -> Any:
        return {**self.inner.census(), "audit_head": 0}


class StaysTheSameStore(Snapshots):
    """Cursors of before still lead somewhere."""

    def load(self, records: Iterable[Record]) -> None:
        epoch = self.store.feed.epoch
        self.inner.load(records)
        self.inner._state.log.epoch = epoch
