"""The built-in planner: its contract, and what it makes of problems small enough to try everything."""

import time

import pytest
from hypothesis import given, settings
from tests.planning.checker import faults
from tests.planning.enumerated import best_rank
from tests.planning.problems import problems
from tests.planning.towns import scattered

from hosanna_adapters.insertion import InsertionPlanner
from hosanna_adapters.insertion.construct import construct, insert_what_fits
from hosanna_adapters.insertion.ground import Ground
from hosanna_adapters.insertion.state import State
from hosanna_core.model.planning import Booked, Member, Problem, Slot, Span, Visit, Weights

ROUNDS = 150


@given(problems(most_visits=9, most_crew=3))
def test_no_plan_breaks_a_hard_rule_whatever_is_asked(problem):
    plan = InsertionPlanner(iterations=15).plan(problem, 30)
    assert faults(problem, plan) == []


# Always the same problems: that is what it is worth on them, not a promise for whatever may be thought of.
@settings(derandomize=True)
@given(problems(most_visits=4))
def test_of_a_tiny_problem_it_serves_as_much_as_can_be_and_nearly_as_cheaply(problem):
    plan = InsertionPlanner(iterations=ROUNDS).plan(problem, 30)
    missing, total = best_rank(problem)
    assert plan.objective.missing == missing
    assert plan.objective.total <= total + max(6, abs(total) // 10)


def test_the_same_seed_and_number_of_rounds_give_the_same_plan():
    problem = scattered(40, 4)
    plans = [InsertionPlanner(iterations=60).plan(problem, 60, seed=seed) for seed in (1, 1, 2)]
    assert plans[0] == plans[1]
    assert plans[0] != plans[2]


def test_more_rounds_make_a_better_plan():
    problem = scattered(60, 6)
    ranks = [InsertionPlanner(iterations=rounds).plan(problem, 60).objective.rank for rounds in (0, 60)]
    assert ranks[1] < ranks[0]


def test_a_new_plan_begins_with_the_one_that_there_is():
    problem = scattered(60, 6)
    good = InsertionPlanner(iterations=40).plan(problem, 60)
    assert InsertionPlanner(iterations=0).plan(problem, 60, start=good).objective.rank <= good.objective.rank


def test_what_is_near_a_booked_visit_is_reached_from_there_however_far_home_is():
    """It was left out, since there was no time for it from home, as dear, though it has no price."""
    ann = Member(start=0, end=0, shifts=(Span(0, 500),), booked=(Booked(place=1, start=0, duration=20),))
    near = Visit(place=1, duration=10, slots=(Slot(0, 40),))
    problem = Problem(times=[[0, 60], [60, 0]], crew=(ann,), visits=(near,), weights=Weights(work=1))
    plan = InsertionPlanner(iterations=5).plan(problem, 30)
    assert faults(problem, plan) == []
    assert plan.left_out == ()


def test_who_is_worth_sending_out_only_for_several_visits_is_sent_out():
    """Each alone costs more than to leave it out, and all were left out. The first is far from all others."""
    price = 1_000
    crew = (Member(start=0, end=0, shifts=(Span(0, 500),)),) * 3
    visits = [Visit(place=place, duration=10, penalty=price * 2 // 3) for place in (1, 2, 2, 2, 2, 2)]
    times = [[0, 5, 5], [5, 0, 300], [5, 300, 0]]
    problem = Problem(
        times=times, crew=crew, visits=tuple(visits), weights=Weights(work=1, travel=9, crew=price)
    )
    plan = InsertionPlanner(iterations=5).plan(problem, 30)
    assert faults(problem, plan) == []
    (route,) = plan.routes
    assert {*range(1, 6)} <= {*route.steps}


def test_nobody_is_sent_out_where_all_visits_together_do_not_pay_for_it():
    crew = (Member(start=0, end=0, shifts=(Span(0, 500),)),) * 3
    visits = (Visit(place=1, duration=10, penalty=300),) * 3
    problem = Problem(times=[[0, 5], [5, 0]], crew=crew, visits=visits, weights=Weights(work=1, crew=1_000))
    assert InsertionPlanner(iterations=5).plan(problem, 30).routes == ()


def test_what_there_was_no_time_to_weigh_is_put_in_before_the_search():
    state = State(Ground(scattered(40, 12)))
    construct(state, lambda: True)
    gaps = {visit: state.best_gap(visit)[1] for visit in state.absent}
    assert [visit for visit, gap in gaps.items() if gap[0] < state.ground.penalties[visit]] == []


def test_of_a_large_crew_all_are_asked_for_what_must_not_be_left_out_however_late_it_is():
    """Eighty are near and would not be home in time; one is far, and could."""
    near = (Member(start=0, end=2, shifts=(Span(0, 100),)),) * 80
    far = Member(start=1, end=0, shifts=(Span(0, 100),))
    times = [[0, 9, 300], [9, 0, 300], [300, 300, 0]]
    visits = tuple(Visit(place=0, duration=5, penalty=price) for price in (1_000, None))
    problem = Problem(times=times, crew=(*near, far), visits=visits, weights=Weights(work=1))
    state = State(Ground(problem))
    insert_what_fits(state, lambda: True)
    assert (state.whose, state.absent) == ([-1, 80], {0})
    insert_what_fits(state, lambda: False)
    assert state.whose == [80, 80]


def test_who_has_nothing_but_booked_visits_is_asked_among_the_first():
    booked = (Booked(place=1, start=50, duration=20),)
    crew = tuple(Member(start=n % 2, end=n % 2, shifts=(Span(0, 500),), booked=booked) for n in range(100))
    problem = Problem(
        times=[[0, 30], [30, 0]], crew=crew, visits=(Visit(place=1, duration=5),), weights=Weights(work=1)
    )
    asked = State(Ground(problem)).asked(0)
    assert {member % 2 for member in asked} == {1}
    assert len(set(asked)) == 10


@pytest.mark.parametrize(
    "apart", [False, True], ids=["the times are the distances", "distances of their own"]
)
def test_a_leg_costs_its_time_and_its_distance_as_they_are_weighed(apart):
    times = [[0, 4, 9], [4, 0, 5], [8, 5, 0]]
    distances = [[0, 70, 20], [30, 0, 10], [60, 40, 0]] if apart else None
    visits = tuple(Visit(place=place, duration=1) for place in (2, 0))
    weights = Weights(travel=3, distance=2, work=1)
    crew = (Member(start=1, end=1, shifts=(Span(0, 99),)),)
    ground = Ground(Problem(times=times, distances=distances, crew=crew, visits=visits, weights=weights))
    metres = distances or times
    assert [list(ground.legs[node]) for node in range(3)] == [
        [3 * times[here][there] + 2 * metres[here][there] for there in (2, 0, 1)] for here in (2, 0, 1)
    ]


def test_no_time_at_all_is_enough_for_a_sound_answer():
    problem = scattered(60, 6)
    assert faults(problem, InsertionPlanner().plan(problem, 0)) == []


@pytest.mark.parametrize(
    ("visits", "seconds"),
    [(600, 2), pytest.param(5_000, 10, marks=pytest.mark.deep)],
    ids=["many", "very many"],
)
def test_however_many_there_are_the_answer_comes_in_time_and_explains_each(visits, seconds):
    problem = scattered(visits, 12)
    busy = time.process_time()
    plan = InsertionPlanner().plan(problem, seconds)
    worked = time.process_time() - busy
    assert faults(problem, plan) == []
    assert len(plan.routes) == 12
    # A fifth more at most, of the machine's own work: a busy one gives most of its time to others.
    assert worked <= 1.2 * seconds
