"""A real day: the busiest one of the permits, fifteen technicians with mixed skills, and five seconds."""

from __future__ import annotations

import csv
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tests.planning.day_checker import faults

from bench.figures import Figure
from bench.permits import REAL
from hosanna_adapters.childprocess import Children
from hosanna_adapters.greatcircle import GreatCircleTravel
from hosanna_adapters.memory import MemoryStore
from hosanna_core.model.people import Actor, Role
from hosanna_core.model.travel import Point
from hosanna_core.rules.assignment.plans import plan_of
from hosanna_core.rules.assignment.routes import Rounds
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.testing.doubles import ports_on
from hosanna_core.usecases import fieldwork, jobs, planning, users
from hosanna_core.usecases.judging import Unparsed
from hosanna_core.usecases.plan_showing import plan_document
from hosanna_core.usecases.user_forms import UserForm
from hosanna_web.composition.planners import planners_with
from hosanna_web.drawing.gantt import gantt
from hosanna_web.drawing.map import plan_map

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hosanna_core.model.dayplan import DayPlan
    from hosanna_core.model.planning import Plan, Problem
    from hosanna_core.ports import Planner, Ports

DATE: Final = "2026-03-02"
"""A Monday: what is planned is the day to come, whenever the permits were issued."""
ZONE: Final = "UTC"
TECHNICIANS: Final = 15
SECONDS: Final = 5
PASSWORD: Final = "a long enough password"
NAMES: Final = (
    "Ada", "Ben", "Cora", "Dan", "Eve", "Fay", "Gus", "Hal", "Ida", "Jim", "Kay", "Leo", "Mia", "Ned", "Ola",
)  # fmt: skip
SKILLS: Final = ("commercial", "solar", "pool")


class Town(NamedTuple):
    """An office with the jobs of that day."""

    ports: Ports
    administrator: Actor
    job_ids: tuple[str, ...]


class NearestFirst:
    """The yardstick: one technician after the other drives on to the nearest job that they can still do."""

    def plan(self, problem: Problem, seconds: float, **more: Any) -> Plan:
        del seconds, more
        rounds = Rounds(problem)
        waiting = set(range(len(problem.visits)))
        orders: dict[int, tuple[int, ...]] = {}
        for member, mine in enumerate(problem.crew):
            steps, here = rounds.booked(member), mine.start
            while True:
                able = [
                    (problem.times[here][problem.visits[visit].place], visit)
                    for visit in waiting
                    if not rounds.broken(member, (*steps, visit))
                ]
                if not able:
                    break
                _, visit = min(able)
                steps, here = (*steps, visit), problem.visits[visit].place
                waiting.discard(visit)
            if steps:
                orders[member] = steps
        return plan_of(problem, orders, rounds=rounds, enough=lambda: True)


def busiest(path: Path = REAL) -> list[dict[str, str]]:
    """The permits of the day on which most were issued."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    (day, _), *_ = Counter(row["date_issued"] for row in rows).most_common(1)
    return [row for row in rows if row["date_issued"] == day]


def town(rows: Sequence[dict[str, str]], planners: dict[str, Planner]) -> Town:
    """An office in memory: the rows as confirmed jobs, and a crew whose homes are all over the town."""
    plain = ports_on(MemoryStore().ports())
    ports = replace(plain, travel=GreatCircleTravel(), planners=planners)
    form = UserForm(email="ada@example.com", password=PASSWORD, full_name="Ada", role=Role.ADMINISTRATOR)
    first = users.install_administrator(ports, form)
    administrator = Actor(first.id, first.role)
    places = [Point(float(row["lat"]), float(row["lng"])) for row in rows if row["lat"]]
    for number, name in enumerate(NAMES):
        home = places[number * len(places) // TECHNICIANS]
        _hire(ports, administrator, number, name, home)
    return Town(ports, administrator, tuple(_job(ports, administrator, n, row) for n, row in enumerate(rows)))


def _hire(ports: Ports, by: Actor, number: int, name: str, home: Point) -> None:
    account = {"email": f"{name.lower()}{number}@example.com", "password": PASSWORD, "full_name": name}
    user = users.create_user(ports, by, Unparsed.of({**account, "role": "TECHNICIAN"}))
    held = [skill for n, skill in enumerate(SKILLS) if number % (n + 3) < 2]
    weekdays = ("mon", "tue", "wed", "thu", "fri")
    hours = (
        [["08:00", "12:00"], ["12:30", "17:00"]] if number % 3 else [["07:00", "11:30"], ["12:00", "16:00"]]
    )
    available = {
        "timezone": ZONE,
        "hours": dict.fromkeys(weekdays, hours),
        "home": {"latitude": home.latitude, "longitude": home.longitude},
        "daily_maximum": 12,
        "skills": [{"name": skill} for skill in held],
    }
    users.set_availability(ports, by, user.id, Unparsed.of(available))


def _job(ports: Ports, by: Actor, number: int, row: dict[str, str]) -> str:
    text = f"{row['sub_type']} {row['work_description']}".casefold()
    wanted = [skill for skill in SKILLS if skill in text] + (
        ["commercial"] if row["sub_type"][:2] == "C-" else []
    )
    site: dict[str, Any] = {"street": row["permit_location"][:200] or "unknown"}
    if row["lat"]:
        site |= {"latitude": float(row["lat"]), "longitude": float(row["lng"])}
    promised = {2: ("08:00", "10:00"), 5: ("10:00", "12:00"), 8: ("13:00", "15:00")}.get(number % 10)
    body = {
        "title": f"{row['work_type'] or 'Work'}: {row['sub_type'] or 'electrical'}"[:200],
        "customer": {"name": "Permit holder"},
        "site": site,
        "priority": "HIGH" if number % 11 == 0 else "NORMAL",
        "required_skills": sorted(set(wanted)),
        "duration_minutes": {"New": 45, "Remodel": 45, "Repair": 30}.get(row["work_type"], 30),
    }
    if promised is not None:
        start, end = (f"{DATE}T{clock}:00Z" for clock in promised)
        body["arrival_window"] = {"start": start, "end": end}
    job = jobs.create_job(ports, by, Unparsed.of(body))
    fieldwork.transition_job(ports, by, job.id, "confirm", Unparsed.of({}))
    return job.id


def judged(office: Town, plan: DayPlan) -> list[str]:
    """What the independent checker finds."""
    store = office.ports.store
    known = {each: job for each in office.job_ids if (job := store.jobs.get(each, SEES_ALL)) is not None}

    def seconds(here: tuple[float, float], there: tuple[float, float]) -> int:
        ((leg,),) = office.ports.travel.legs((Point(*here),), (Point(*there),))
        return leg.seconds

    return faults(plan, known, store.calendars.of(plan.crew), seconds, asked=office.job_ids)


def planned(office: Town, name: str, seconds: int = SECONDS) -> tuple[DayPlan, float]:
    """A plan, and how long it took."""
    began = time.perf_counter()
    body = Unparsed.of({"date": DATE, "seconds": seconds, "planner": name})
    plan = planning.make_plan(office.ports, office.administrator, body)
    return plan, time.perf_counter() - began


def measure(pictures: Path | None = None) -> Iterator[Figure]:
    """The day by each planner, beside the nearest job first."""
    rows = busiest() if REAL.exists() else []
    if not rows:
        print("the permits are not at hand: no real day", file=sys.stderr)
        return
    children = Children()
    try:
        office = town(rows, {**planners_with(children)})
        first, _ = planned(town(rows, {"built-in": NearestFirst()}), "built-in")
        for name in sorted(office.ports.planners):
            plan, took = planned(office, name)
            found = judged(office, plan)
            yield from _figures(name, plan, first, took, len(found))
            if pictures is not None:
                document = plan_document(office.ports, plan)
                (pictures / f"map-{name}.svg").write_text(plan_map(document), encoding="utf-8")
                (pictures / f"gantt-{name}.svg").write_text(gantt(document), encoding="utf-8")
    finally:
        children.close()


def _figures(name: str, plan: DayPlan, first: DayPlan, took: float, wrong: int) -> Iterator[Figure]:
    beside = "nearest job first, the same rules"
    yield Figure(
        f"a real day, {name}: jobs served",
        len(plan.assignments),
        "",
        beside,
        len(first.assignments),
        "feasible",
    )
    yield Figure(
        f"a real day, {name}: left out",
        len(plan.left_out),
        "",
        beside,
        len(first.left_out),
        "each with reasons",
    )
    roads = [
        sum(route.travel_seconds for route in each.routes) / 60 / max(len(each.assignments), 1)
        for each in (plan, first)
    ]
    yield Figure(f"a real day, {name}: travel for each job", roads[0], "min", beside, roads[1], "less")
    costs = (plan.costs.total, first.costs.total)
    yield Figure(f"a real day, {name}: all costs", costs[0], "min", beside, costs[1], "less")
    yield Figure(f"a real day, {name}: faults", wrong, "", "none", 0, "none")
    yield Figure(f"a real day, {name}: took", took, "s", "asked for", SECONDS, "about as long")
