"""A firm that plans its days: Monday 2 March 2026 in a flat town where a hundredth of a degree takes 100 seconds."""

from typing import Any

from tests.usecases.firm import Firm

from hosanna_core.model.dayplan import DayPlan
from hosanna_core.model.people import Actor
from hosanna_core.usecases import applying, planning, users
from hosanna_core.usecases.judging import Unparsed

DATE = "2026-03-02"
HOURS = {day: [["08:00", "12:00"], ["13:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


def at(clock: str, day: str = DATE) -> str:
    """An instant of that Monday."""
    return f"{day}T{clock}:00Z"


def window(start: str, end: str, day: str = DATE) -> dict[str, str]:
    """A window of that Monday."""
    return {"start": at(start, day), "end": at(end, day)}


def site(north: float, east: float = 0.0) -> dict[str, Any]:
    """A place so many hundredths of a degree from the yard."""
    return {"street": f"{north:g} Main St", "latitude": north / 100, "longitude": east / 100}


class PlanningFirm(Firm):
    """Tess and Theo work from the yard, eight to five with an hour for lunch."""

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        for each in (self.technician, self.another):
            self.available(each)

    def available(self, who: Actor, **parts: Any) -> None:
        """Set when and for what somebody can be booked."""
        plain = {"timezone": "UTC", "hours": HOURS, "home": {"latitude": 0.0, "longitude": 0.0}}
        body = Unparsed.of({name: value for name, value in {**plain, **parts}.items() if value is not ...})
        users.set_availability(self.ports, self.administrator, who.id, body)

    def plan(self, by: Actor | None = None, once: Any = None, **body: Any) -> DayPlan:
        """A plan; of that Monday unless told otherwise."""
        asked = body if {"job_ids", "based_on", "date"} & body.keys() else {"date": DATE, **body}
        return planning.make_plan(self.ports, by or self.administrator, Unparsed.of(asked), once=once)

    def apply(self, plan: DayPlan, by: Actor | None = None, once: Any = None, **body: Any) -> DayPlan:
        """Book it."""
        return applying.apply_plan(
            self.ports, by or self.administrator, plan.id, Unparsed.of(body), once=once
        )

    def routes(self, plan: DayPlan) -> dict[str, list[str]]:
        """Who goes to which jobs, by id."""
        return {plan.crew[route.technician]: [stop.job_id for stop in route.stops] for route in plan.routes}


def reasons(plan: DayPlan) -> dict[str, set[str]]:
    """The rules that keep each job out."""
    return {left.job_id: {reason.rule for reason in left.reasons} for left in plan.left_out}


def spans(plan: DayPlan) -> dict[str, tuple[int, int]]:
    """When each job is, in minutes of the day."""
    return {
        stop.job_id: ((stop.start - plan.start) // 60_000, (stop.end - plan.start) // 60_000)
        for route in plan.routes
        for stop in route.stops
    }
