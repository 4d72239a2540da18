"""Small offices at random, also on days when the clock changes: the checker finds every plan sound."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.planning.day_checker import faults

from hosanna_adapters.insertion import InsertionPlanner
from hosanna_core.model.customer import Customer, Site
from hosanna_core.model.dayplan import Pinned
from hosanna_core.model.firm import Company, Costs, Firm
from hosanna_core.model.ids import DAY, HOUR, MINUTE
from hosanna_core.model.schedule import Availability, Calendar, Skill, Visit, Window
from hosanna_core.model.status import Priority, Standing, Status
from hosanna_core.model.travel import Point
from hosanna_core.rules.assignment.dayplan.day import day_of
from hosanna_core.rules.assignment.dayplan.posing import pose
from hosanna_core.rules.assignment.dayplan.question import Question
from hosanna_core.rules.assignment.dayplan.reading import read
from hosanna_core.testing.doubles import PlainTravel
from hosanna_core.testing.samples import a_job, a_plan, id_of
from hosanna_core.usecases.planning import solved
from hosanna_core.usecases.ways import TravelMatrix, way_of

ZONES = ("UTC", "America/Chicago", "Asia/Kolkata", "Pacific/Auckland")
DATES = (date(2026, 3, 8), date(2026, 11, 1), date(2026, 4, 5), date(2026, 3, 2))
"""Clocks are put forward in Chicago, back in Chicago, back in Auckland, and left alone."""
TRAVEL = PlainTravel()
points = st.none() | st.builds(
    Point, st.integers(-9, 9).map(lambda n: n / 100), st.integers(-9, 9).map(lambda n: n / 100)
)
skills = st.sets(st.sampled_from(("gas", "solar", "panel")), max_size=2)
minutes = st.sampled_from((0, 1, 15, 30, 60, 90, 240, 1439, 1440))


@st.composite
def windows(draw, day):
    """Stretches of time on the day or near it, some across midnight, some on odd seconds."""
    start = (
        day.start
        + draw(st.integers(-6 * 60, 30 * 60)) * MINUTE
        + draw(st.sampled_from((0, 0, 0, 500, 31_000)))
    )
    return Window(start, start + draw(st.sampled_from((MINUTE, 30 * MINUTE, HOUR, 3 * HOUR))))


@st.composite
def hours(draw):
    """Some weekdays' shifts, some through the night, some with a break; none at all means always."""
    days = draw(st.sets(st.sampled_from(("mon", "sun", "sat", "tue")), max_size=4))
    shapes = st.sampled_from(
        (((480, 1020),), ((480, 720), (780, 1020)), ((0, 1440),), ((0, 150), (1320, 1440)), ((90, 200),))
    )
    return {name: draw(shapes) for name in sorted(days)}


@st.composite
def calendars(draw, number, day):
    held = tuple(
        Skill(name, expires_on=draw(st.sampled_from((None, day.date, "2026-01-01"))))
        for name in sorted(draw(skills))
    )
    available = Availability(
        timezone=draw(st.sampled_from(ZONES)),
        hours=draw(hours()),
        time_off=tuple(draw(st.lists(windows(day), max_size=1))),
        home=draw(points),
        daily_maximum=draw(st.sampled_from((None, None, 1, 3))),
        skills=held,
    )
    booked = draw(st.lists(windows(day), max_size=2))
    visits = tuple(
        Visit(id_of(1_000 + 10 * number + n), each, override=True) for n, each in enumerate(sorted(booked))
    )
    return Calendar(
        technician_id=id_of(900 + number),
        version=1,
        active=draw(st.sampled_from((True, True, True, False))),
        availability=available,
        visits=visits,
    )


@st.composite
def jobs(draw, number, day):
    place = draw(points)
    site = (
        Site("1 Main St") if place is None else Site("1 Main St", None, None, place.latitude, place.longitude)
    )
    duration = draw(st.sampled_from((1, 20, 60, 120, 300)))
    window = draw(st.sampled_from((None, None, None, windows(day))))
    window = draw(window) if window is not None else None
    if window is not None and window.end - window.start < duration * MINUTE:
        window = Window(window.start, window.start + duration * MINUTE)
    return a_job(
        number,
        site=site,
        customer=Customer("Ann"),
        status=draw(st.sampled_from((Status.CONFIRMED,) * 5 + (Status.TENTATIVE,))),
        standing=Standing.CONFIRMED,
        duration_minutes=duration,
        required_skills=tuple(sorted(draw(skills))) if draw(st.booleans()) else (),
        priority=draw(st.sampled_from(Priority)),
        window=window,
        arrival_window=draw(st.none() | windows(day)),
    )


@st.composite
def questions(draw):
    timezone = draw(st.sampled_from(ZONES))
    day = day_of(draw(st.sampled_from(DATES)), timezone)
    crew = tuple(draw(calendars(number, day)) for number in range(draw(st.integers(0, 3))))
    asked = tuple(draw(jobs(number, day)) for number in range(1, draw(st.integers(0, 8)) + 1))
    office = draw(st.sampled_from(({}, {"sun": ((480, 1020),), "mon": ((480, 1020),)})))
    pins = {}
    if crew and asked and draw(st.booleans()):
        job = draw(st.sampled_from(asked))
        start = draw(st.none() | st.integers(0, 1400).map(lambda n: day.start + n * MINUTE))
        start = start if job.window is None else None
        pins = {job.id: Pinned(job.id, draw(st.sampled_from(crew)).technician_id, start)}
    return Question(
        day=day,
        now=day.start + draw(st.sampled_from((-DAY, -DAY, 5 * HOUR + 1, 2 * DAY))),
        firm=Firm(
            company=Company(timezone=timezone),
            hours=office,
            costs=Costs(promise=draw(st.sampled_from((0, 240, 5_000)))),
        ),
        jobs=asked,
        calendars=crew,
        pins=pins,
        sites={visit.job_id: draw(points) for each in crew for visit in each.visits},
    )


def seconds(here, there):
    return round(100_000 * (abs(here[0] - there[0]) + abs(here[1] - there[1])) / 10)


def planned(question, iterations):
    """The plan of a question, as a stored one would be."""
    posed = pose(question, lambda places: TravelMatrix(TRAVEL, places))
    found = solved(posed, InsertionPlanner(iterations=iterations), 5, None)
    answer = read(posed, found, lambda here, there: way_of(TRAVEL, here, there))
    return a_plan(
        1,
        crew=question.crew,
        start=question.day.start,
        end=question.day.end,
        routes=answer.routes,
        left_out=answer.left_out,
    )


def judged(question, iterations):
    plan = planned(question, iterations)
    known = {job.id: job for job in question.jobs}
    known |= {
        job_id: a_job(0, id=job_id, site=Site("x", None, None, *_degrees(point)))
        for job_id, point in question.sites.items()
    }
    calendars = {each.technician_id: each for each in question.calendars}
    asked = [job.id for job in question.jobs]
    assert faults(plan, known, calendars, seconds, asked=asked, now=question.now) == []


def _degrees(point):
    return (None, None) if point is None else (point.latitude, point.longitude)


SHARED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}


@settings(max_examples=60, **SHARED)
@given(question=questions())
def test_whatever_is_planned_for_a_small_office_is_sound(question):
    judged(question, 5)


@pytest.mark.deep
@settings(max_examples=1_500, **SHARED)
@given(question=questions())
def test_whatever_is_planned_for_many_small_offices_is_sound(question):
    judged(question, 20)


@given(zone=st.sampled_from(ZONES), on=st.dates(date(1970, 1, 2), date(2100, 1, 1)))
def test_a_day_is_all_instants_of_its_date_and_no_other(zone, on):
    day = day_of(on, zone)
    clock = ZoneInfo(zone)
    dates = [
        datetime.fromtimestamp(at / 1000, clock).date()
        for at in (day.start - 1, day.start, day.end - 1, day.end)
    ]
    assert dates == [on - timedelta(1), on, on, on + timedelta(1)]


def test_the_checker_sees_what_is_wrong():
    day = day_of(date(2026, 3, 2), "UTC")
    job = a_job(1, status=Status.CONFIRMED, required_skills=("gas",), site=Site("x", None, None, 0.05, 0.0))
    gas = Availability(hours={"mon": ((480, 1020),)}, home=Point(0, 0), skills=(Skill("gas"),))
    calendar = Calendar(technician_id=id_of(900), version=1, active=True, availability=gas)
    question = Question(day=day, now=0, firm=Firm(), jobs=(job,), calendars=(calendar,), sites={})
    plan = planned(question, 5)
    (route,) = plan.routes
    (stop,) = route.stops

    def told(availability=gas, visits=(), **changed):
        other = msgspec.structs.replace(stop, **changed)
        bad = msgspec.structs.replace(plan, routes=(msgspec.structs.replace(route, stops=(other,)),))
        mate = msgspec.structs.replace(calendar, availability=availability, visits=visits)
        return " ".join(faults(bad, {job.id: job}, {calendar.technician_id: mate}, seconds))

    assert told() == ""
    assert "does not take as long" in told(end=stop.end - MINUTE)
    assert "outside the working hours" in told(start=stop.start - 3 * HOUR, end=stop.end - 3 * HOUR)
    assert "cannot be at" in told(start=stop.start - MINUTE, end=stop.end - MINUTE)
    assert "needs gas" in told(msgspec.structs.replace(gas, skills=()))
    assert "time off" in told(msgspec.structs.replace(gas, time_off=(Window(stop.start, stop.end),)))
    assert "overlaps" in told(visits=(Visit(id_of(7), Window(stop.start, stop.end)),))
    dropped = msgspec.structs.replace(plan, routes=())
    assert faults(dropped, {}, {}, seconds, asked=[job.id]) == [f"job {job.id} is dropped"]
