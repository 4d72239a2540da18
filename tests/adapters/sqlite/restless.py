"""A process of its own: `restless.py FILE FIRST` creates and confirms jobs until it is killed or told to end.

Each job also books the one technician whom every such process books. What was acknowledged goes to the standard
output, a line each: number and version. An end of the standard input ends it in peace.
"""

import sys
import threading
from itertools import count
from pathlib import Path

from hosanna_adapters.sqlite import SqliteStore
from hosanna_core.errors import StaleCalendar
from hosanna_core.model.change import Change, Claim
from hosanna_core.model.ids import HOUR
from hosanna_core.model.job import Job
from hosanna_core.model.schedule import Visit, Window
from hosanna_core.model.status import Standing, Status
from hosanna_core.ports import Store
from hosanna_core.testing.racing import persistent
from hosanna_core.testing.samples import START, a_calendar, a_job, a_notice, after, id_of, job_change

TECHNICIAN = id_of(900)
VISITS_KEPT = 10


def create(store: Store, number: int) -> None:
    """Create a job and book it, then confirm it."""
    while True:
        change = booking(store, number)
        try:
            persistent(lambda change=change: store.ledger.commit(change))  # type: ignore[misc]  # bound now
            break
        except StaleCalendar:
            continue
    print(number, 1, flush=True)
    job = after(change.root, status=Status.CONFIRMED, standing=Standing.CONFIRMED, title="Two words")
    persistent(lambda: store.ledger.commit(job_change(job, change.root)))
    print(number, 2, flush=True)


def booking(store: Store, number: int) -> Change[Job]:
    """A new job, with a visit in the calendar as it is now."""
    job = a_job(
        number,
        external_ref=f"P-{number}",
        customer_keys=(number.to_bytes(16, "big"),),
        updated_at=START,  # all at one time, so that no event grows too old for the feed
    )
    visit = Visit(job.id, Window(START + number * HOUR, START + number * HOUR + HOUR))
    calendar = store.calendars.of([TECHNICIAN]).get(TECHNICIAN, a_calendar(TECHNICIAN, 0))
    visits = (*calendar.visits, visit)[-VISITS_KEPT:]
    return job_change(
        job,
        claims=(Claim("external_ref", f"P-{number}"),),
        calendars=(a_calendar(TECHNICIAN, calendar.version + 1, visits=visits),),
        notices=(a_notice(number, TECHNICIAN),),
    )


def main(path: str, first: str) -> None:
    """Write until the end."""
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    with persistent(lambda: SqliteStore.open(Path(path))) as opened:
        for number in count(int(first)):
            if ended.is_set():
                return
            create(opened.ports(), number)


if __name__ == "__main__":
    main(*sys.argv[1:])
