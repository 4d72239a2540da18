"""How a plan looks outside: with the names, numbers and places that a stored one does not hold, as they are now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from hosanna_core.model.dayplan import PlanStatus
from hosanna_core.model.documents import WindowDocument, window_document
from hosanna_core.model.ids import Id, JobId, UserId, Version
from hosanna_core.model.instants import to_text
from hosanna_core.model.status import Priority
from hosanna_core.model.travel import Point

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from hosanna_core.model.dayplan import DayPlan, Omission, PlannedRoute, PlannedStop, PlanSummary, Spot
    from hosanna_core.model.ids import Millis
    from hosanna_core.ports import Ports

AT_ONCE: Final = 500
"""So many jobs are looked up in one read."""


class CrewDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of the crew; without a name where the account is gone."""

    id: UserId
    full_name: str | None
    home: Point | None


class StopDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A visit. *promise_kept* is null where nothing was promised."""

    job_id: JobId
    number: str | None
    title: str | None
    street: str | None
    latitude: float | None
    longitude: float | None
    priority: Priority | None
    arrival: str
    start: str
    end: str
    travel_seconds: int
    travel_metres: int
    booked: bool
    pinned: bool
    promised: WindowDocument | None
    promise_kept: bool | None
    minutes_late: int


class RouteDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A technician's day."""

    technician_id: UserId
    leaving: str
    back: str
    travel_seconds: int
    travel_metres: int
    work_seconds: int
    shifts: list[WindowDocument]
    stops: list[StopDocument]


class ReasonDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Why these technicians do not take it; none: it is about the job itself."""

    rule: str
    text: str
    technician_ids: list[UserId]
    instead: list[JobId]
    cost_minutes: int | None


class LeftOutDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A job that nobody takes."""

    job_id: JobId
    number: str | None
    title: str | None
    street: str | None
    latitude: float | None
    longitude: float | None
    priority: Priority | None
    reasons: list[ReasonDocument]


class AssumptionDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken for granted."""

    kind: str
    text: str
    job_ids: list[JobId]
    technician_ids: list[UserId]


class SpotDocument(msgspec.Struct, frozen=True):
    """With whom, and when."""

    technician_id: UserId
    start: str


class ShiftDocument(msgspec.Struct, frozen=True):
    """What a plan changed of the one before."""

    job_id: JobId
    was: SpotDocument | None
    now: SpotDocument | None


class PinDocument(msgspec.Struct, frozen=True):
    """What somebody decided beforehand."""

    job_id: JobId
    technician_id: UserId
    start: str | None


class OutcomeDocument(msgspec.Struct, frozen=True):
    """What came of applying a job of the plan."""

    job_id: JobId
    applied: bool
    code: str | None
    reason: str | None


class CostsDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What the plan costs, in minutes of a technician's time."""

    travel: int
    work: int
    crew: int
    preferences: int
    promises: int
    left_out: int
    total: int


class NotConsideredDocument(msgspec.Struct, frozen=True):
    """Jobs of no day that were too many; the ids of the first of them."""

    count: int
    job_ids: list[JobId]


class PlanDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A plan of a day."""

    id: Id
    version: Version
    status: PlanStatus
    actor_id: UserId
    created_at: str
    updated_at: str
    date: str
    timezone: str
    start: str
    end: str
    planner: str
    seconds: int
    based_on: Id | None
    crew: list[CrewDocument]
    pins: list[PinDocument]
    routes: list[RouteDocument]
    left_out: list[LeftOutDocument]
    not_considered: NotConsideredDocument
    assumptions: list[AssumptionDocument]
    costs: CostsDocument
    changes: list[ShiftDocument]
    outcomes: list[OutcomeDocument]


class PlanSummaryDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A plan in a list; *technicians* are those who have something to do."""

    id: Id
    version: Version
    status: PlanStatus
    actor_id: UserId
    created_at: str
    date: str
    timezone: str
    based_on: Id | None
    technicians: int
    planned: int
    left_out: int
    travel_seconds: int
    travel_metres: int


def summary_document(summary: PlanSummary) -> PlanSummaryDocument:
    """How a plan looks in a list."""
    fields: dict[str, Any] = msgspec.structs.asdict(summary)
    return PlanSummaryDocument(**{**fields, "created_at": to_text(summary.created_at)})


def plan_document(ports: Ports, plan: DayPlan) -> PlanDocument:
    """A plan with what is known now of its jobs and technicians; whoever calls has asked for permission."""
    return _Showing(ports, plan).document()


class _Site(msgspec.Struct):
    street: str
    latitude: float | None = None
    longitude: float | None = None


class _Shown(msgspec.Struct):
    """What is read of a job's document."""

    number: str
    title: str
    priority: Priority
    site: _Site


_shown_from = msgspec.json.Decoder(_Shown).decode


class _Showing:
    def __init__(self, ports: Ports, plan: DayPlan) -> None:
        self._plan = plan
        ids = [stop.job_id for route in plan.routes for stop in route.stops]
        self._jobs = _looked_up(ports, [*ids, *(left.job_id for left in plan.left_out)])
        self._crew = _crew(ports, plan.crew)

    def document(self) -> PlanDocument:
        plan = self._plan
        costs: dict[str, int] = msgspec.structs.asdict(plan.costs)
        return PlanDocument(
            id=plan.id,
            version=plan.version,
            status=plan.status,
            actor_id=plan.actor_id,
            created_at=to_text(plan.created_at),
            updated_at=to_text(plan.updated_at),
            date=plan.date,
            timezone=plan.timezone,
            start=to_text(plan.start),
            end=to_text(plan.end),
            planner=plan.planner,
            seconds=plan.seconds,
            based_on=plan.based_on,
            crew=self._crew,
            pins=[PinDocument(pin.job_id, pin.technician_id, _text(pin.start)) for pin in plan.pins],
            routes=[self._route(route) for route in plan.routes],
            left_out=[self._left_out(left) for left in plan.left_out],
            not_considered=NotConsideredDocument(plan.not_considered_count, list(plan.not_considered)),
            assumptions=[
                AssumptionDocument(
                    kind=each.kind,
                    text=each.text,
                    job_ids=list(each.job_ids),
                    technician_ids=self._ids(each.technicians),
                )
                for each in plan.assumptions
            ],
            costs=CostsDocument(**costs, total=plan.costs.total),
            changes=[ShiftDocument(each.job_id, _spot(each.was), _spot(each.now)) for each in plan.changes],
            outcomes=[
                OutcomeDocument(each.job_id, each.applied, each.code, each.reason) for each in plan.outcomes
            ],
        )

    def _ids(self, positions: Iterable[int]) -> list[UserId]:
        return [self._plan.crew[position] for position in positions]

    def _named(self, job_id: JobId) -> dict[str, Any]:
        job = self._jobs.get(job_id)
        return {
            "job_id": job_id,
            "number": None if job is None else job.number,
            "title": None if job is None else job.title,
            "street": None if job is None else job.site.street,
            "latitude": None if job is None else job.site.latitude,
            "longitude": None if job is None else job.site.longitude,
            "priority": None if job is None else job.priority,
        }

    def _route(self, route: PlannedRoute) -> RouteDocument:
        return RouteDocument(
            technician_id=self._plan.crew[route.technician],
            leaving=to_text(route.leaving),
            back=to_text(route.back),
            travel_seconds=route.travel_seconds,
            travel_metres=route.travel_metres,
            work_seconds=route.work_seconds,
            shifts=[WindowDocument(to_text(each.start), to_text(each.end)) for each in route.shifts],
            stops=[self._stop(stop) for stop in route.stops],
        )

    def _stop(self, stop: PlannedStop) -> StopDocument:
        promised = stop.promised
        return StopDocument(
            **self._named(stop.job_id),
            arrival=to_text(stop.arrival),
            start=to_text(stop.start),
            end=to_text(stop.end),
            travel_seconds=stop.travel_seconds,
            travel_metres=stop.travel_metres,
            booked=stop.booked,
            pinned=stop.pinned,
            promised=window_document(promised),
            promise_kept=None if promised is None else promised.start <= stop.start < promised.end,
            minutes_late=stop.minutes_late,
        )

    def _left_out(self, left: Omission) -> LeftOutDocument:
        return LeftOutDocument(
            **self._named(left.job_id),
            reasons=[
                ReasonDocument(
                    rule=reason.rule,
                    text=reason.text,
                    technician_ids=self._ids(reason.technicians),
                    instead=list(reason.instead),
                    cost_minutes=reason.cost,
                )
                for reason in left.reasons
            ],
        )


def _looked_up(ports: Ports, job_ids: Sequence[JobId]) -> Mapping[JobId, _Shown]:
    found: dict[JobId, _Shown] = {}
    for at in range(0, len(job_ids), AT_ONCE):
        sights = ports.store.jobs.sights(job_ids[at : at + AT_ONCE])
        found.update({job_id: _shown_from(sight.body) for job_id, sight in sights.items()})
    return found


def _crew(ports: Ports, crew: Sequence[UserId]) -> list[CrewDocument]:
    users, calendars = ports.store.users.get_many(crew), ports.store.calendars.of(crew)
    shown = []
    for technician_id in crew:
        user, calendar = users.get(technician_id), calendars.get(technician_id)
        shown.append(
            CrewDocument(
                id=technician_id,
                full_name=None if user is None else user.full_name,
                home=None if calendar is None else calendar.availability.home,
            )
        )
    return shown


def _spot(spot: Spot | None) -> SpotDocument | None:
    return None if spot is None else SpotDocument(spot.technician_id, to_text(spot.start))


def _text(at: Millis | None) -> str | None:
    return None if at is None else to_text(at)
