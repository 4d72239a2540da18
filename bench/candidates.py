"""Who can take a job and who should: 200 technicians with 10,000 booked visits, the CPU time of one answer."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from bench.figures import Figure
from bench.house import house
from bench.opened import opened
from hosanna_adapters.greatcircle import GreatCircleTravel
from hosanna_adapters.memory import MemoryStore
from hosanna_core.model.change import Change
from hosanna_core.model.customer import Customer, Site
from hosanna_core.model.details import Details
from hosanna_core.model.ids import DAY, HOUR, MINUTE
from hosanna_core.model.schedule import WEEKDAYS, Availability, Skill, Visit, Window
from hosanna_core.model.status import Priority, Standing, Status
from hosanna_core.model.travel import Point
from hosanna_core.rules.decisions import create
from hosanna_core.usecases.candidates import job_candidates
from hosanna_core.usecases.performing import change_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.house import House
    from hosanna_core.model.ids import JobId, Millis, UserId
    from hosanna_core.model.job import Job
    from hosanna_core.model.schedule import Calendar

TECHNICIANS: Final = 200
VISITS: Final = 10_000
ASKED: Final = 200
_TRADES = [f"trade {n}" for n in range(12)]
_AVAILABLE = dict.fromkeys(WEEKDAYS, ((8 * 60, 12 * 60), (12 * 60, 17 * 60)))


def measure() -> Iterator[Figure]:
    """Candidates on both stores, each beside reading the same calendars from bytes."""
    crowd = house(MemoryStore().ports(), technicians=TECHNICIANS)
    crowd = replace(crowd, ports=replace(crowd.ports, travel=GreatCircleTravel()))
    yield from _measured("memory", crowd, "at most 5 ms")
    with (
        tempfile.TemporaryDirectory(prefix="hosanna-bench-") as folder,
        opened(Path(folder), technicians=TECHNICIANS) as stored,
    ):
        yield from _measured("SQLite", stored, "at most 20 ms")


def _measured(name: str, crowd: House, wanted: str) -> Iterator[Figure]:
    jobs = _filled(crowd)
    turns = iter(jobs * ASKED)
    crew = [technician.id for technician in crowd.technicians]
    stored = crowd.ports.store.calendars.of(crew)
    packed = [msgspec.msgpack.encode(stored[each]) for each in crew]
    decode = msgspec.msgpack.Decoder(type(stored[crew[0]])).decode
    yield Figure(
        f"candidates for a job, {TECHNICIANS} technicians, {VISITS:,} visits, {name}: CPU",
        _cpu(lambda: job_candidates(crowd.ports, crowd.administrator, next(turns), {})),
        "ms",
        "decoding these calendars from MessagePack",
        _cpu(lambda: [decode(each) for each in packed]),
        wanted,
    )


def _cpu(ask: Callable[[], object]) -> float:
    """Milliseconds of CPU for one answer: the median of many."""
    ask()
    spent = []
    for _ in range(ASKED):
        start = time.process_time()
        ask()
        spent.append((time.process_time() - start) * 1000)
    return statistics.median(spent)


def _filled(crowd: House) -> list[JobId]:
    """Book the visits, and make the jobs that are asked about, in the middle of the busy time."""
    chance = random.Random(5)  # the same firm in every run
    today = crowd.ports.outside.now() // DAY * DAY
    share = VISITS // len(crowd.technicians)
    for technician in crowd.technicians:
        (calendar,) = crowd.ports.store.calendars.of([technician.id]).values()
        slots = sorted(chance.sample(range(30 * 4), share))
        jobs = [_job(crowd, chance, _window(today, slot), technician.id) for slot in slots]
        _store(crowd, [*jobs[:-1], jobs[-1]], calendar, chance)
    wanted = [_job(crowd, chance, _window(today, 15 * 4 + n % 8), None) for n in range(ASKED)]
    return _store(crowd, wanted, None, chance)


def _window(today: Millis, slot: int) -> Window:
    start = today + (slot // 4 - 14) * DAY + (14 + slot % 4 * 2) * HOUR
    return Window(start, start + 90 * MINUTE)


def _job(crowd: House, chance: random.Random, window: Window, technician: UserId | None) -> Job:
    number = chance.randrange(10_000)
    made = create(
        Details(
            title="Panel upgrade",
            customer=Customer("Ann Example", f"512 555 {number:04d}"),
            site=Site(f"{number} Main St", "Austin", None, *_somewhere(chance)),
            priority=Priority.NORMAL,
            required_skills=(chance.choice(_TRADES),),
            duration_minutes=90,
            window=window,
        ),
        job_id=crowd.ports.outside.mint(),
        number=0,
        subject_key=chance.randbytes(32),
        customers_key=crowd.ports.keys.customers,
        actor_id=crowd.administrator.id,
        now=crowd.ports.outside.now(),
    )
    done = technician is not None and window.end < made.job.created_at
    status = (Status.COMPLETED if done else Status.ASSIGNED) if technician else Status.CONFIRMED
    return msgspec.structs.replace(
        made.job, status=status, standing=Standing(status), technician_id=technician
    )


def _somewhere(chance: random.Random) -> tuple[float, float]:
    return 30.27 + chance.uniform(-0.2, 0.2), -97.74 + chance.uniform(-0.2, 0.2)


def _store(crowd: House, jobs: list[Job], calendar: Calendar | None, chance: random.Random) -> list[JobId]:
    ids = []
    numbers = iter(crowd.ports.store.jobs.claim_numbers(len(jobs)))
    changes: list[Change[Job]] = []
    for job in jobs:
        made = create(
            Details(**{name: getattr(job, name) for name in Details.__struct_fields__}),
            job_id=job.id,
            number=next(numbers),
            subject_key=job.subject_key,
            customers_key=crowd.ports.keys.customers,
            actor_id=crowd.administrator.id,
            now=job.created_at,
        )
        change = change_of(crowd.ports, made)
        root = msgspec.structs.replace(
            change.root, status=job.status, standing=job.standing, technician_id=job.technician_id
        )
        changes.append(msgspec.structs.replace(change, root=root))
        ids.append(job.id)
    if calendar is not None:
        booked = msgspec.structs.replace(
            calendar,
            version=calendar.version + 1,
            availability=_availability(chance),
            visits=tuple(Visit(job.id, job.window) for job in jobs if job.window),
        )
        changes[-1] = msgspec.structs.replace(changes[-1], calendars=(booked,))
    for refused in crowd.ports.store.ledger.commit_each(changes):
        if refused is not None:
            raise refused
    return ids


def _availability(chance: random.Random) -> Availability:
    return Availability(
        timezone="America/Chicago",
        hours=_AVAILABLE,
        home=Point(*_somewhere(chance)),
        daily_maximum=6,
        skills=tuple(Skill(name, 3, "2030-12-31") for name in chance.sample(_TRADES, 4)),
    )
