"""Plain values for tests that need one and do not care which: every part has a default, every change is sealed."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any, Final

import msgspec

from hosanna_core.model.announcement import Announcement
from hosanna_core.model.audit import AuditFacts
from hosanna_core.model.change import Change
from hosanna_core.model.customer import Customer, Site
from hosanna_core.model.dayplan import (
    DayPlan,
    Omission,
    PlanCosts,
    PlannedRoute,
    PlannedStop,
    PlanStatus,
    WhyNot,
)
from hosanna_core.model.entry import EDIT, Facts
from hosanna_core.model.event import Address, Event, Ref
from hosanna_core.model.firm import Company, Costs, Firm, JobType, Retention, Scores
from hosanna_core.model.ids import DAY, HOUR, MINUTE, Id, Millis
from hosanna_core.model.job import Job
from hosanna_core.model.notice import Notice
from hosanna_core.model.people import Role, User
from hosanna_core.model.push import PushSubscription
from hosanna_core.model.schedule import Calendar, Window
from hosanna_core.model.session import Session
from hosanna_core.model.status import Action, Priority, Standing, Status
from hosanna_core.rules.history import seal
from hosanna_core.rules.trail import stream_of_user

if TYPE_CHECKING:
    from collections.abc import Sequence

START: Final[Millis] = 1_767_225_600_000
"""2026-01-01T00:00:00Z, when most samples begin."""
TRADE_WORDS: Final = (
    "panel", "upgrade", "Überspannung", "señor", "outlet", "rewire", "O'Neil", "panels", "EV-charger", "光ファイバ",
)  # fmt: skip
_WITH_TECHNICIAN: Final = frozenset(Standing) - {
    Standing.TENTATIVE,
    Standing.CONFIRMED,
    Standing.CANCELLED_UNSEEN,
}


def id_of(number: int) -> Id:
    """An id of its own for each number; greater numbers give greater ids.

    >>> id_of(1)
    '019b76da-a800-7000-8000-000000000001'
    """
    return f"019b76da-a800-7000-8000-{number:012x}"


def a_job(number: int, **parts: Any) -> Job:
    """A TENTATIVE job whose id, number and time of creation follow from *number*; *parts* replace any field."""
    created = START + number * MINUTE
    plain: dict[str, Any] = {
        "id": id_of(number),
        "number": number,
        "version": 1,
        "status": Status.TENTATIVE,
        "standing": Standing.TENTATIVE,
        "title": f"Visit {number}",
        "customer": Customer("Ann Lee", "+1 512 555 0100", "ann@example.com"),
        "site": Site("1 Main St", "Austin", "78701", 30.2672, -97.7431),
        "priority": Priority.NORMAL,
        "duration_minutes": 60,
        "stages": {Status.TENTATIVE: created},
        "created_at": created,
        "updated_at": created,
        "subject_key": number.to_bytes(32, "big"),
    }
    return Job(**{**plain, **parts})


def a_user(number: int, **parts: Any) -> User:
    """An active Technician whose id and address follow from *number*; *parts* replace any field."""
    created = START + number * MINUTE
    plain: dict[str, Any] = {
        "id": id_of(number),
        "version": 1,
        "email": f"user{number}@example.com",
        "full_name": f"User {number}",
        "role": Role.TECHNICIAN,
        "active": True,
        "password_hash": "$none$",
        "created_at": created,
        "updated_at": created,
    }
    return User(**{**plain, **parts})


def a_calendar(technician_id: Id, version: int = 1, **parts: Any) -> Calendar:
    """An active technician's calendar, empty unless *parts* say otherwise."""
    return Calendar(**{"technician_id": technician_id, "version": version, "active": True, **parts})


def a_notice(number: int, user_id: Id, **parts: Any) -> Notice:
    """A notice about a dispatch."""
    plain = {"id": id_of(number), "user_id": user_id, "kind": "job.dispatched", "created_at": START + number}
    return Notice(**{**plain, **parts})


def an_announcement(number: int, **parts: Any) -> Announcement:
    """An announcement to everybody, without an end, whose id and time follow from *number*."""
    plain: dict[str, Any] = {
        "id": id_of(number),
        "version": 1,
        "title": f"Announcement {number}",
        "body": "The yard is closed on Monday.",
        "actor_id": id_of(0),
        "created_at": START + number,
    }
    return Announcement(**{**plain, **parts})


def a_subscription(number: int, user_id: Id, **parts: Any) -> PushSubscription:
    """A subscription of that user's device, whose id, endpoint and keys follow from *number*."""
    plain: dict[str, Any] = {
        "id": id_of(number),
        "user_id": user_id,
        "endpoint": f"https://push.example.com/{number}",
        "p256dh": f"key-{number}",
        "auth": f"auth-{number}",
        "created_at": START + number,
    }
    return PushSubscription(**{**plain, **parts})


def a_session(number: int, user_id: Id, **parts: Any) -> Session:
    """A session of that user, just opened, whose id, place and token follow from *number*."""
    opened = START + number * MINUTE
    plain: dict[str, Any] = {
        "id": id_of(number),
        "version": 1,
        "user_id": user_id,
        "epoch": 0,
        "device": f"Device {number}",
        "address_key": number.to_bytes(16, "big"),
        "token_hash": number.to_bytes(32, "big"),
        "created_at": opened,
        "used_at": opened,
        "expires_at": opened + 365 * DAY,
    }
    return Session(**{**plain, **parts})


def audit_facts(number: int, user_id: Id, **parts: Any) -> AuditFacts:
    """Something that a user did, in that user's stream; id, instant and salt follow from *number*."""
    plain: dict[str, Any] = {
        "id": id_of(number),
        "stream": stream_of_user(user_id),
        "at": START + number * MINUTE,
        "actor_id": user_id,
        "action": "session.opened",
        "subject": Ref("user", user_id),
        "details": {"number": number},
        "personal": {"address": f"192.0.2.{number % 256}"},
        "salt": number.to_bytes(16, "big"),
    }
    return AuditFacts(**{**plain, **parts})


def after(root: Any, **parts: Any) -> Any:
    """The next version of a job, a user or a session, a minute later, with *parts* replaced."""
    last = "used_at" if isinstance(root, Session) else "updated_at"
    moved = {"version": root.version + 1, last: getattr(root, last) + MINUTE}
    return msgspec.structs.replace(root, **{**moved, **parts})


def job_change(job: Job, before: Job | None = None, **parts: Any) -> Change[Job]:
    """The change that stores *job* in the place of *before*, its entry sealed and its chain carried on.

    The job that is stored is `root` of the answer: it differs from *job* in its chain.
    """
    facts = Facts(
        version=job.version,
        at=job.updated_at,
        actor_id=id_of(0),
        action=Action.CREATE if before is None else EDIT,
        source=None if before is None else before.status,
        target=job.status,
        changes={"title": job.title, "priority": job.priority.value, "standing": job.standing.value},
    )
    entry = seal(b"" if before is None else before.chain, facts, job.id, job.subject_key)
    plain: dict[str, Any] = {
        "root": msgspec.structs.replace(job, chain=entry.hash),
        "expected": None if before is None else before.version,
        "entry": entry,
        "events": (
            Event(
                key=f"job|{job.id}|{job.version}|0",
                kind="job.created" if before is None else "job.updated",
                subject=Ref("job", job.id),
                version=job.version,
                at=job.updated_at,
                actor_id=id_of(0),
                before=None if before is None else before.place,
                after=job.place,
                fields=("title",),
            ),
        ),
    }
    return Change(**{**plain, **parts})


def user_change(user: User, before: User | None = None, **parts: Any) -> Change[User]:
    """The change that stores *user* in the place of *before*."""
    event = Event(
        key=f"user|{user.id}|{user.version}|0",
        kind="user.created" if before is None else "user.updated",
        subject=Ref("user", user.id),
        version=user.version,
        at=user.updated_at,
        actor_id=None,
    )
    expected = None if before is None else before.version
    return Change(**{"root": user, "expected": expected, "events": (event,), **parts})


def session_change(session: Session, before: Session | None = None, **parts: Any) -> Change[Session]:
    """The change that stores *session* in the place of *before*."""
    expected = None if before is None else before.version
    return Change(**{"root": session, "expected": expected, **parts})


def a_plan(number: int, **parts: Any) -> DayPlan:
    """A plan of one technician's two visits, a third one left out, whose id and time follow from *number*."""
    stops = tuple(
        PlannedStop(
            job_id=id_of(job),
            arrival=START + job * HOUR,
            start=START + job * HOUR,
            end=START + job * HOUR + 30 * MINUTE,
            travel_seconds=600,
            travel_metres=5_000,
        )
        for job in (1, 2)
    )
    route = PlannedRoute(
        technician=0,
        leaving=START,
        back=START + 3 * HOUR,
        stops=stops,
        travel_seconds=1_800,
        travel_metres=15_000,
        work_seconds=10_800,
        shifts=(Window(START, START + 8 * HOUR),),
    )
    plain: dict[str, Any] = {
        "id": id_of(number),
        "version": 1,
        "status": PlanStatus.DRAFT,
        "actor_id": id_of(0),
        "created_at": START + number,
        "updated_at": START + number,
        "date": "2026-01-01",
        "timezone": "UTC",
        "start": START,
        "end": START + DAY,
        "crew": (id_of(901), id_of(902)),
        "seconds": 5,
        "routes": (route,),
        "left_out": (
            Omission(id_of(3), (WhyNot(rule="skills", text="They do not hold: gas.", technicians=(0, 1)),)),
        ),
        "costs": PlanCosts(travel=30, work=180, crew=30, preferences=0, promises=0, left_out=1_000),
    }
    return DayPlan(**{**plain, **parts})


def plan_change(plan: DayPlan, **parts: Any) -> Change[DayPlan]:
    """The change that stores *plan* in the place of the version before."""
    expected = None if plan.version == 1 else plan.version - 1
    return Change(**{"root": plan, "expected": expected, **parts})


def a_firm(version: int, **parts: Any) -> Firm:
    """Settings of that version, unlike those of every firm."""
    plain: dict[str, Any] = {
        "company": Company(name="Lee Electric", phone="+1 512 555 0100", timezone="America/Chicago"),
        "hours": {"mon": ((480, 720), (750, 1020))},
        "job_types": (JobType(name="Panel", duration_minutes=240, required_skills=("master",)),),
        "scores": Scores(travel=version % 100),
        "costs": Costs(promise=0),
        "retention": Retention(plans=version % 100 + 7),
        "updated_at": START + version,
    }
    return Firm(**{"version": version, **plain, **parts})


def firm_change(firm: Firm, **parts: Any) -> Change[Firm]:
    """The change that stores *firm* in the place of the version before."""
    expected = None if firm.version == 1 else firm.version - 1
    return Change(**{"root": firm, "expected": expected, **parts})


def announcement_change(announcement: Announcement, **parts: Any) -> Change[Announcement]:
    """The change that stores a new *announcement*."""
    roles = tuple(Role) if announcement.role is None else (announcement.role,)
    event = Event(
        key=f"announcement|{announcement.id}|{announcement.version}|0",
        kind="announcement.created",
        subject=Ref("announcement", announcement.id),
        version=announcement.version,
        at=announcement.created_at,
        actor_id=announcement.actor_id,
        to=tuple(Address(role=role) for role in roles),
    )
    return Change(**{"root": announcement, "expected": None, "events": (event,), **parts})


def crowd(count: int, technicians: Sequence[Id], *, seed: int = 1, first: int = 1) -> list[Job]:
    """*count* different jobs in every standing, many of them equal in what lists sort by; the same for each seed."""
    chance = Random(seed)
    return [_somebodys(number, chance, technicians) for number in range(first, first + count)]


def _somebodys(number: int, chance: Random, technicians: Sequence[Id]) -> Job:
    standing = chance.choice(tuple(Standing))
    created = START + chance.randrange(20) * HOUR
    start = START + chance.randrange(10) * DAY
    words = chance.choices(TRADE_WORDS, k=4)
    window = Window(start, start + HOUR) if chance.random() < 0.7 else None
    return a_job(
        number,
        status=Status(
            standing.value.partition("_")[0] if standing.value.startswith("CANCELLED") else standing.value
        ),
        standing=standing,
        title=" ".join(words[:2]),
        description=words[2] if chance.random() < 0.5 else None,
        customer=Customer(f"{words[3]} {chance.choice(('Lee', 'Li'))}"),
        priority=chance.choice(tuple(Priority)),
        window=window,
        technician_id=chance.choice(technicians) if standing in _WITH_TECHNICIAN else None,
        created_at=created,
        updated_at=created,
    )
