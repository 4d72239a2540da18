"""The import itself: records in, batches to the core, rejects out; it leaves the store to others in between."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from hosanna_core.errors import Busy
from hosanna_core.usecases.importing import BATCH, Outcome, commit_rows, prepare_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from hosanna_core.errors import Flaw
    from hosanna_core.model.people import Actor
    from hosanna_core.ports import Ports
    from hosanna_core.usecases.importing import Prepared, RowAnswer
    from hosanna_web.importing.mapping import Mapper
    from hosanna_web.importing.records import Record
    from hosanna_web.importing.rejects import Rejects

T = TypeVar("T")
PAUSE: Final = 0.003
"""Seconds between two batches: locks of a store are not fair, and a server beside the import must get its turn."""
TRIES: Final = 20
"""How often a batch is offered to a busy store, with a second in between."""


class Tally(msgspec.Struct):
    """How many records were read, and what became of them."""

    rows: int = 0
    added: int = 0
    already_there: int = 0
    rejected: int = 0


def run_import(
    ports: Ports,
    actor: Actor,
    records: Iterable[Record],
    mapper: Mapper,
    rejects: Rejects,
    told: Callable[[Tally], None] = lambda _: None,
) -> Tally:
    """Import every record; *told* hears of the tally after each batch. Raises PermissionDenied, Busy, OSError."""
    tally = Tally()
    store = _Turns(ports)
    for batch in _batches(records):
        rows = [mapper.row(record.columns) for record in batch if record.flaw is None]
        prepared = patiently(partial(prepare_rows, ports, actor, rows))
        _settle(tally, batch, store.take(prepared), rejects)
        told(tally)
    return tally


def _settle(tally: Tally, batch: Sequence[Record], stored: Sequence[RowAnswer], rejects: Rejects) -> None:
    answers = iter(stored)
    for record in batch:
        if record.flaw is None:
            _count(tally, record, next(answers), rejects)
        else:
            tally.rejected += 1
            rejects.put(record, (record.flaw,))
    tally.rows += len(batch)


def _count(tally: Tally, record: Record, answer: RowAnswer, rejects: Rejects) -> None:
    if answer.outcome is Outcome.ADDED:
        tally.added += 1
    elif answer.outcome is Outcome.ALREADY_THERE:
        tally.already_there += 1
    else:
        tally.rejected += 1
        rejects.put(record, [_told(flaw) for flaw in answer.flaws])


def _told(flaw: Flaw) -> str:
    """A flaw by the field's name as a map has it.

    >>> from hosanna_core.errors import Flaw
    >>> _told(Flaw("/site/street", "is required"))
    'site.street is required'
    """
    return f"{flaw.pointer.lstrip('/').replace('/', '.') or 'the row'} {flaw.message}"


def _batches(records: Iterable[Record]) -> Iterable[list[Record]]:
    batch: list[Record] = []
    for record in records:
        batch.append(record)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


class _Turns:
    """Hands batches to the store with a pause between them, in which the next one is read and judged.

    Not in a thread of its own: a store that gives the interpreter up at every statement would wait for it each time.
    """

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._done = 0.0

    def take(self, prepared: Prepared) -> list[RowAnswer]:
        rest = self._done + PAUSE - time.monotonic()
        if rest > 0 and prepared.changes:
            time.sleep(rest)
        answers = patiently(lambda: commit_rows(self._ports, prepared))
        self._done = time.monotonic()
        return answers


def patiently(attempt: Callable[[], T]) -> T:
    """What *attempt* answers, asked again while the store is busy; after `TRIES` times its Busy is raised."""
    for _ in range(TRIES - 1):
        try:
            return attempt()
        except Busy as busy:
            time.sleep(busy.retry_after)
    return attempt()
