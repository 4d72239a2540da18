"""A crew ranked by pure functions: what is told of whoever fits, and of what would have to give, is true."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from hosanna_core.model.ids import DAY, HOUR, MINUTE
from hosanna_core.model.instants import to_millis
from hosanna_core.model.schedule import WEEKDAYS, Availability, Skill, Visit, Window
from hosanna_core.model.travel import Point
from hosanna_core.rules.assignment import relaxing
from hosanna_core.rules.assignment.candidates import (
    Ground,
    Member,
    Who,
    contenders,
    judged,
    lead,
    rank,
    shown,
)
from hosanna_core.rules.assignment.fit import Wanted
from hosanna_core.rules.assignment.openings import HORIZON
from hosanna_core.rules.assignment.roads import all_roads
from hosanna_core.testing.doubles import PlainTravel
from hosanna_core.testing.samples import a_calendar, id_of

NOW = to_millis("2026-03-02T06:00:00Z")
WINDOW = Window(NOW + 7 * HOUR, NOW + 9 * HOUR)
WANTED = Wanted(job_id=id_of(9_000), window=WINDOW, required_skills=("lift >= 2",), place=Point(30.0, -97.0))
LEGS = PlainTravel().legs
PLACES = st.builds(Point, st.floats(29.8, 30.2), st.floats(-97.2, -96.8))
SITES = {id_of(n): Point(30.0 + n % 7 / 50, -97.0) if n % 3 else None for n in range(100, 400)}


@st.composite
def crews(draw):
    """A few technicians with little to do, who break this rule and that."""
    crew = []
    for n in range(draw(st.integers(0, 4))):
        starts = draw(st.lists(st.integers(-8, 40), max_size=5, unique=True))
        visits = [
            Visit(id_of(100 + 50 * n + k), Window(NOW + start * HOUR, NOW + start * HOUR + 50 * MINUTE))
            for k, start in enumerate(sorted(starts))
        ]
        hours = draw(st.sampled_from([{}, dict.fromkeys(WEEKDAYS, ((480, 1020),)), {"tue": ((0, 1440),)}]))
        off = draw(st.sampled_from([(), (Window(WINDOW.start - DAY, WINDOW.start + MINUTE),)]))
        skills = draw(
            st.sampled_from([(Skill("Lift", 2),), (Skill("lift", 1),), (Skill("gas"), Skill("lift", 9))])
        )
        available = Availability(
            timezone=draw(st.sampled_from(["UTC", "America/Chicago"])),
            hours=hours,
            time_off=off,
            skills=skills,
            home=draw(st.none() | PLACES),
            daily_maximum=draw(st.none() | st.integers(1, 3)),
            service_area_km=draw(st.none() | st.floats(1, 40)),
        )
        calendar = a_calendar(id_of(n), availability=available, visits=tuple(visits))
        crew.append(Member(Who(id_of(n), f"T{n}"), calendar))
    return crew


GROUND = Ground(now=NOW, legs=LEGS, sites=SITES)


def ranked(crew, wanted=WANTED, most=200):
    return rank(contenders(judged(crew, wanted, NOW), most), crew, wanted, GROUND)


def fits(member, wanted=WANTED):
    (runner,) = ranked([member], wanted)
    return runner.fits


def without(member, rules):
    """The technician as if the rules were not there: by another calendar, not by another judgement."""
    calendar, available = member.calendar, member.calendar.availability
    gone = {
        "skills": {"skills": (Skill("lift", 10),)},
        "hours": {"hours": {}},
        "time_off": {"time_off": ()},
        "daily_maximum": {"daily_maximum": None},
        "service_area": {"service_area_km": None},
    }
    for rule in rules:
        available = msgspec.structs.replace(available, **gone.get(rule, {}))
    visits = calendar.visits
    if "overlap" in rules:
        visits = tuple(visit for visit in visits if not visit.window.overlaps(WINDOW))
    if "travel" in rules:
        visits = tuple(visit for visit in visits if visit.window.overlaps(WINDOW))
    changed = msgspec.structs.replace(calendar, availability=available, visits=visits)
    return msgspec.structs.replace(member, calendar=changed)


@given(crew=crews())
def test_each_relaxation_makes_its_technician_fit_and_nothing_less_does(crew):
    runners = ranked(crew)
    members = {member.who: member for member in crew}
    found = relaxing.relaxations(runners, WANTED, {}, {})
    assert bool(found) == (bool(crew) and not any(map(fits, crew)))
    for relaxation in found:
        member = members[relaxation.technician]
        assert fits(without(member, relaxation.rules))
        for kept in relaxation.rules:
            less = [rule for rule in relaxation.rules if rule != kept]
            # Who has fewer visits has more room in the day, too.
            assert not fits(without(member, less)) or kept == "daily_maximum"
        assert member.who.full_name in relaxation.words


@given(crew=crews())
def test_a_conflict_is_a_set_of_which_everybody_breaks_a_rule(crew):
    runners = ranked(crew)
    for conflict in relaxing.conflict_sets(runners):
        assert all(runner.broken & set(conflict.rules) for runner in runners)
        for rule in conflict.rules:
            assert any(runner.broken.isdisjoint(set(conflict.rules) - {rule}) for runner in runners)


@given(crew=crews())
def test_in_a_window_that_is_suggested_every_rule_holds_and_none_is_nearer(crew):
    runners = ranked(crew)
    members = {member.who: member for member in crew}
    roads = all_roads(WANTED.place, SITES, LEGS)
    length = WINDOW.end - WINDOW.start
    found = relaxing.openings(relaxing.movable(runners), WANTED, length, roads, NOW)
    for who, window in found.items():
        asked = msgspec.structs.replace(WANTED, window=window)
        assert window.end - window.start == length
        assert NOW <= window.start < WINDOW.start + HORIZON
        assert fits(members[who], asked)
        shift = abs(window.start - WINDOW.start)
        for nearer in range(0, shift, 20 * MINUTE):
            for start in (WINDOW.start - nearer, WINDOW.start + nearer):
                if start >= NOW and abs(start - WINDOW.start) < shift:
                    tried = msgspec.structs.replace(WANTED, window=Window(start, start + length))
                    assert not fits(members[who], tried)


@given(crew=crews(), most=st.integers(1, 5))
def test_who_fits_comes_first_by_the_total_and_the_order_is_one_whatever_the_crew_s(crew, most):
    runners = ranked(crew, most=most)
    fit = [runner for runner in runners if runner.fits]
    assert runners[: len(fit)] == fit
    assert [runner.total for runner in fit] == sorted((runner.total for runner in fit), reverse=True)
    assert {runner.member.who for runner in fit} == {member.who for member in crew if fits(member)}
    again = ranked(crew[::-1], most=most)
    assert [runner.member.who for runner in again if runner.fits] == [runner.member.who for runner in fit]
    told = shown(runners, WANTED, GROUND.scores, None)
    if len(fit) > 1:
        assert lead(runners) == told[1].behind
    for candidate in told:
        assert candidate.fits == all(verdict.holds for verdict in candidate.verdicts)
        for verdict in candidate.verdicts:
            assert (verdict.reason is None) is verdict.holds
            assert verdict.margin is None or verdict.holds == (verdict.margin.by >= 0)
