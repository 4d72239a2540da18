"""A process of its own that writes to the feed until it is killed or told to end: `tellers.py URI DATABASE FIRST KIND`.

A "clerk" writes one change after another, in one update or in a transaction, and between them what is refused and what
is rolled back; an "importer" writes many at a time, some of which are refused. What was acknowledged goes to the
standard output, the key of an event a line. An end of the standard input ends it in peace.
"""

import sys
import threading
from functools import partial
from itertools import count
from typing import Any

from hosanna_adapters.mongo import MongoStore
from hosanna_core.errors import CommitRefused, StaleVersion
from hosanna_core.model.change import Change
from hosanna_core.ports import Store
from hosanna_core.rules import notices
from hosanna_core.testing.racing import persistent
from hosanna_core.testing.samples import START, a_job, a_notice, after, audit_facts, id_of, job_change

READER = id_of(900)
AT_ONCE = 30


def note(*changes: Change[Any]) -> None:
    """Say that these were acknowledged."""
    for change in changes:
        for event in (*change.events, *map(notices.created, change.notices)):
            print(event.key, flush=True)


def clerk(store: Store, number: int) -> None:
    """A job, an edit of it, a notice that is read; and what does not come about."""
    change = job_change(a_job(number), notices=(a_notice(number, READER),))
    commit(store, change)
    with_a_stale_version(store, change)
    edit = job_change(after(change.root, title="Another"), change.root)
    commit(store, edit)
    rolled_back(store, number)
    persistent(lambda: store.inboxes.mark_read(READER, id_of(number), START))
    print(notices.read(READER, id_of(number), START).key, flush=True)


def commit(store: Store, change: Change[Any]) -> None:
    persistent(lambda: store.ledger.commit(change))
    note(change)


def with_a_stale_version(store: Store, change: Change[Any]) -> None:
    try:
        persistent(lambda: store.ledger.commit(change))
    except StaleVersion:
        return
    raise AssertionError("it was stored twice")


def rolled_back(store: Store, number: int) -> None:
    """No document holds such an instant. The audit trail is written last: what was told before it is undone."""
    change = job_change(
        a_job(number + 500_000),
        notices=(a_notice(number + 500_000, READER),),
        audit=(audit_facts(number, READER, at=2**64),),
    )
    try:
        persistent(lambda: store.ledger.commit(change))
    except OverflowError:
        return
    raise AssertionError("it was stored")


def importer(store: Store, first: int) -> None:
    """A batch without a fault, and one in which every tenth change is refused."""
    for turn, fault in ((2 * first, AT_ONCE), (2 * first + 1, 9)):
        numbers = range(turn * AT_ONCE, (turn + 1) * AT_ONCE)
        changes = [job_change(a_job(number - (number % 10 == fault))) for number in numbers]
        outcomes = persistent(partial(store.ledger.commit_each, changes))
        refused = [isinstance(each, CommitRefused) for each in outcomes]
        assert refused == [number % 10 == fault for number in numbers]
        note(*(change for change, outcome in zip(changes, outcomes, strict=True) if outcome is None))


KINDS = {"clerk": clerk, "importer": importer}


def main(uri: str, database: str, first: str, kind: str) -> None:
    """Write until the end."""
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    store = MongoStore.open(uri, database=database)
    for number in count(int(first)):
        if ended.is_set():
            break
        KINDS[kind](store.ports(), number)
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
