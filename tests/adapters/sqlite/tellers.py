"""A process of its own that writes to the feed until it is killed or told to end: `tellers.py FILE FIRST KIND`.

A "clerk" writes one change after another, and between them what is refused and what is rolled back; an "importer"
writes a hundred at a time, some of which are refused. What was acknowledged goes to the standard output, the key of an
event a line. An end of the standard input ends it in peace.
"""

import sys
import threading
from itertools import count
from pathlib import Path
from typing import Any

from hosanna_adapters.sqlite import SqliteStore
from hosanna_core.errors import CommitRefused, StaleVersion
from hosanna_core.model.change import Change
from hosanna_core.model.job import Job
from hosanna_core.ports import Store
from hosanna_core.rules import notices
from hosanna_core.testing.contracts.spoiled import a_receipt
from hosanna_core.testing.racing import persistent
from hosanna_core.testing.samples import START, a_job, a_notice, after, id_of, job_change

READER = id_of(900)
AT_ONCE = 100


def new(number: int, **parts: Any) -> Change[Job]:
    # All at one time, so that no event grows too old for the feed.
    return job_change(a_job(number, created_at=START, updated_at=START), **parts)


def note(*changes: Change[Any]) -> None:
    """Say that these were acknowledged."""
    for change in changes:
        for event in (*change.events, *map(notices.created, change.notices)):
            print(event.key, flush=True)


def clerk(store: Store, number: int) -> None:
    """A job, an edit of it, a notice that is read; and what does not come about."""
    change = new(number, notices=(a_notice(number, READER),))
    persistent(lambda: store.ledger.commit(change))
    note(change)
    refused(store, change)
    edit = job_change(after(change.root, title="Another", updated_at=START), change.root)
    persistent(lambda: store.ledger.commit(edit))
    note(edit)
    rolled_back(store, number)
    persistent(lambda: store.inboxes.mark_read(READER, id_of(number), START))
    print(notices.read(READER, id_of(number), START).key, flush=True)


def refused(store: Store, change: Change[Job]) -> None:
    try:
        persistent(lambda: store.ledger.commit(change))
    except StaleVersion:
        return
    raise AssertionError("it was stored twice")


def rolled_back(store: Store, number: int) -> None:
    """No file holds such a receipt, which is written last: what was told before it is undone."""
    change = new(
        number + 500_000,
        notices=(a_notice(number + 500_000, READER),),
        receipt=a_receipt(f"key-{number}", 2**64),
    )
    try:
        persistent(lambda: store.ledger.commit(change))
    except OverflowError:
        return
    raise AssertionError("it was stored")


def importer(store: Store, first: int) -> None:
    """A batch in which every tenth change is refused."""
    numbers = range(first * AT_ONCE, (first + 1) * AT_ONCE)
    changes = [new(number - 1 if number % 10 == 9 else number) for number in numbers]
    outcomes = persistent(lambda: store.ledger.commit_each(changes))
    assert [isinstance(each, CommitRefused) for each in outcomes] == [number % 10 == 9 for number in numbers]
    note(*(change for change, outcome in zip(changes, outcomes, strict=True) if outcome is None))


KINDS = {"clerk": clerk, "importer": importer}


def main(path: str, first: str, kind: str) -> None:
    """Write until the end."""
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    with SqliteStore.open(Path(path)) as opened:
        for number in count(int(first)):
            if ended.is_set():
                return
            KINDS[kind](opened.ports(), number)


if __name__ == "__main__":
    main(*sys.argv[1:])
