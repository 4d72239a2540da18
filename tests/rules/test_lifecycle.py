"""SPEC section 1: the two tables, and what follows from them."""

import itertools

import pytest
from tests.rules.tables import ACTIONS, NEEDS_A_REASON, STATUSES, STEPS
from transitions import MachineError

from hosanna_core.model.people import Capability
from hosanna_core.model.status import Action, Standing, Status
from hosanna_core.rules.lifecycle import (
    MAIN_LINE,
    OFF_THE_MAIN_LINE,
    STANDARD,
    Lifecycle,
    Step,
    standing_after,
)

CELLS = list(itertools.product((None, *STATUSES), ACTIONS))
SPEC = {**STEPS, (None, "create"): "TENTATIVE"}


def reached_from(start, without):
    """Every status that can be reached from *start* along the compiled table, never through *without*."""
    found, open_ = set(), [start]
    while open_:
        here = open_.pop()
        for action in Action:
            there = STANDARD.target(here, action)
            if there is not None and there != without and there not in found:
                found.add(there)
                open_.append(there)
    return found


@pytest.mark.parametrize(("status", "action"), CELLS)
def test_every_cell_leads_where_the_page_says_and_nowhere_else(status, action):
    source = None if status is None else Status(status)
    assert STANDARD.target(source, Action(action)) == SPEC.get((status, action))


@pytest.mark.parametrize(("status", "action"), CELLS)
def test_the_compiled_table_and_the_declared_machine_agree(status, action):
    machine = STANDARD.machine
    model = type("Model", (), {})()
    machine.add_model(model, initial=status or "ABSENT")
    try:
        moved = model.trigger(action)
    except MachineError:
        moved = False
    finally:
        machine.remove_model(model)
    expected = SPEC.get((status, action))
    assert moved == (expected is not None)
    assert model.state == (expected or status or "ABSENT")


@pytest.mark.parametrize("status", STATUSES)
def test_what_leads_on_from_a_status_is_listed_with_it(status):
    assert {str(action) for action in STANDARD.allowed(Status(status))} == {
        action for source, action in STEPS if source == status
    }


def test_billed_and_cancelled_alone_are_final():
    assert {status for status in Status if STANDARD.final(status)} == {"BILLED", "CANCELLED"}


def test_no_path_reaches_billed_without_passing_completed():
    assert Status.BILLED in reached_from(None, without=None)
    assert Status.BILLED not in reached_from(None, without=Status.COMPLETED)


def test_no_path_reaches_completed_without_passing_in_progress():
    assert Status.COMPLETED not in reached_from(None, without=Status.IN_PROGRESS)


def test_every_status_can_be_reached_and_none_leads_back_to_tentative():
    everything = reached_from(None, without=None)
    assert everything == set(Status)
    assert Status.TENTATIVE not in reached_from(Status.TENTATIVE, without=None)


def test_after_a_reopening_the_job_has_to_be_completed_anew_before_it_is_billed():
    assert Status.BILLED not in reached_from(Status.CONFIRMED, without=Status.COMPLETED)


def test_the_main_line_is_in_the_order_of_the_page():
    assert [step.target for step in MAIN_LINE] == [
        "TENTATIVE", "CONFIRMED", "ASSIGNED", "DISPATCHED", "IN_PROGRESS", "COMPLETED", "BILLED",
    ]  # fmt: skip


def test_the_steps_off_the_main_line_need_a_reason_and_the_others_do_not():
    assert {step.action for step in STANDARD.steps if step.reasoned} == NEEDS_A_REASON
    assert {step.action for step in OFF_THE_MAIN_LINE} == NEEDS_A_REASON


def test_creating_is_no_action_on_a_job_that_exists():
    assert set(STANDARD.actions) == set(Action) - {Action.CREATE}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("TENTATIVE", "CANCELLED_UNSEEN"),
        ("CONFIRMED", "CANCELLED_OFFICE"),
        ("ASSIGNED", "CANCELLED_OFFICE"),
        ("DISPATCHED", "CANCELLED_FIELD"),
        ("ON_HOLD", "CANCELLED_FIELD"),
    ],
)
def test_a_cancelled_job_keeps_in_mind_who_had_seen_it(before, after):
    assert standing_after(Standing(before), Status.CANCELLED) == after


@pytest.mark.parametrize("before", Standing)
@pytest.mark.parametrize("target", [status for status in Status if status != "CANCELLED"])
def test_everywhere_else_a_job_stands_at_its_status(before, target):
    assert standing_after(before, target) == target.value


CREATE = Step(Action.CREATE, (), Status.TENTATIVE, Capability.CREATE_JOBS)
CONFIRM = Step(Action.CONFIRM, (Status.TENTATIVE,), Status.CONFIRMED, Capability.CONFIRM_JOBS)


def test_another_lifecycle_is_built_from_the_same_pieces():
    start = Step(Action.START, (Status.CONFIRMED,), Status.IN_PROGRESS, Capability.START_FIELD_WORK)
    small = Lifecycle((CREATE, CONFIRM, start))
    assert small.target(Status.CONFIRMED, Action.START) is Status.IN_PROGRESS
    assert small.target(Status.CONFIRMED, Action.ASSIGN) is None
    assert small.step(Action.ASSIGN) is None
    assert small.final(Status.IN_PROGRESS)
    assert small.actions == (Action.CONFIRM, Action.START)
    assert STANDARD.target(Status.CONFIRMED, Action.START) is None


@pytest.mark.parametrize(
    "steps",
    [
        (),
        (CONFIRM,),
        (CREATE, CREATE),
        (CREATE, CONFIRM, CONFIRM._replace(sources=(Status.ON_HOLD,))),
        (CREATE, CONFIRM._replace(sources=())),
        (CREATE._replace(target=None),),
        (CREATE._replace(sources=(Status.BILLED,)),),
    ],
    ids=[
        "nothing at all",
        "nothing makes a job",
        "made twice",
        "one action twice",
        "an action from nowhere",
        "created without a status",
        "created from a status",
    ],
)
def test_a_lifecycle_that_makes_no_sense_is_refused_when_it_is_built(steps):
    with pytest.raises(ValueError, match=r".+"):
        Lifecycle(steps)
