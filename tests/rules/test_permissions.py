"""SPEC section 2: the matrix, cell by cell, and the explanation of every refusal."""

import itertools
import re

import pytest
from tests.rules import tables
from tests.rules.tables import (
    ACTIONS,
    ACTORS,
    ADMINISTRATOR,
    ANOTHER,
    OFFICE_MANAGER,
    OWNERS,
    STATUSES,
    STEPS,
    TECHNICIAN,
)

from hosanna_core.errors import IllegalTransition
from hosanna_core.model.details import Order
from hosanna_core.model.people import Capability, Duty, Role
from hosanna_core.model.status import Action
from hosanna_core.rules.decisions import transition
from hosanna_core.rules.lifecycle import STANDARD, Lifecycle
from hosanna_core.rules.permissions import BESIDE, FULL, MATRIX, NONE, OWN, explain, grid, judge, may
from hosanna_core.rules.verdicts import Allowed, Denied
from hosanna_core.testing.samples import START, a_calendar

ROLES = (Role.ADMINISTRATOR, Role.OFFICE_MANAGER, Role.TECHNICIAN)
COLUMNS = [re.split(r" {2,}", line) for line in tables.MATRIX.strip().splitlines()]
CELLS = [(row[0], role, cell) for row in COLUMNS for role, cell in zip(ROLES, row[1:], strict=True)]
EVERY_CELL = list(itertools.product(ACTORS, ACTIONS, STATUSES, OWNERS))


def job_of(status, owner):
    return tables.job_in(status, owner)


@pytest.mark.parametrize(("capability", "role", "cell"), CELLS)
def test_every_cell_of_the_matrix_is_that_of_the_page(capability, role, cell):
    assert MATRIX[role, Capability(capability)].value == cell


def test_the_matrix_has_no_other_cell():
    assert len(MATRIX) == len(CELLS) == 30


def test_the_whole_product_of_role_action_status_and_ownership_is_judged_as_the_page_says():
    for actor, action, status, owner in EVERY_CELL:
        verdict = judge(actor, Action(action), job_of(status, owner))
        assert bool(verdict) == tables.allowed_by_the_matrix(actor, action, owner), (
            actor,
            action,
            status,
            owner,
        )
        assert isinstance(verdict, Allowed if verdict else Denied)


def test_the_whole_product_is_explained_by_the_matrix_first_and_the_lifecycle_second():
    for actor, action, status, owner in EVERY_CELL:
        verdict = explain(actor, Action(action), job_of(status, owner))
        by_matrix = tables.allowed_by_the_matrix(actor, action, owner)
        by_lifecycle = (status, action) in STEPS
        assert bool(verdict) == (by_matrix and by_lifecycle), (actor, action, status, owner)
        if not by_matrix:
            assert verdict.rule.startswith("matrix."), verdict
        elif not by_lifecycle:
            assert verdict.rule == f"lifecycle.{action}", verdict


def test_a_refusal_always_says_why_and_a_permission_by_which_rule():
    for actor, action, status, owner in EVERY_CELL:
        verdict = explain(actor, Action(action), job_of(status, owner))
        assert verdict.rule
        assert verdict or len(verdict.reason) > 20


def test_the_decision_moves_a_job_exactly_where_the_explanation_allows_it():
    calendars = {actor.id: a_calendar(actor.id) for actor in (TECHNICIAN, ANOTHER)}
    for action, status, owner in itertools.product(STANDARD.actions, STATUSES, OWNERS):
        other = TECHNICIAN if owner == ANOTHER.id else ANOTHER
        order = Order(technician_id=other.id if action in ("assign", "reassign") else None, reason="why")
        job = job_of(status, owner)
        if (status, str(action)) in STEPS:
            moved = transition(job, action, order, calendars, actor_id=ADMINISTRATOR.id, now=START).job
            assert moved.status == STEPS[status, str(action)]
        else:
            with pytest.raises(IllegalTransition) as refused:
                transition(job, action, order, calendars, actor_id=ADMINISTRATOR.id, now=START)
            assert (refused.value.status, refused.value.action) == (status, action)
            assert set(refused.value.allowed) == {each for source, each in STEPS if source == status}


@pytest.mark.parametrize("actor", ACTORS)
def test_only_an_administrator_creates_jobs(actor):
    assert bool(judge(actor, Action.CREATE, None)) == (actor.role == "ADMINISTRATOR")
    assert bool(explain(actor, Action.CREATE, None)) == (actor.role == "ADMINISTRATOR")


def test_the_matrix_is_strict_an_administrator_who_dispatches_is_refused_like_anyone_else():
    verdict = judge(ADMINISTRATOR, Action.DISPATCH, job_of("ASSIGNED", TECHNICIAN.id))
    assert verdict == Denied(
        "matrix.dispatch_to_field",
        "'Dispatch to Field' belongs to an Office Manager; you are an Administrator.",
    )
    assert not judge(ADMINISTRATOR, Action.BILL, job_of("COMPLETED", TECHNICIAN.id))


def test_an_action_that_a_lifecycle_does_not_have_is_refused_not_an_error():
    only = Lifecycle(STANDARD.steps[:2])
    assert judge(OFFICE_MANAGER, Action.BILL, job_of("COMPLETED", None), only).rule == "lifecycle.bill"
    assert explain(OFFICE_MANAGER, Action.BILL, job_of("COMPLETED", None), only).rule == "lifecycle.bill"


@pytest.mark.parametrize(
    ("duty", "administrator", "office_manager", "technician", "oneself"),
    [
        ("Edit Jobs", True, False, False, False),
        ("See Roster", True, True, False, False),
        ("See Availability", True, True, False, True),
        ("Set Availability", True, True, False, True),
        ("Own Profile", True, True, True, True),
        ("Own Sessions", True, True, True, True),
        ("See Audit Trail", True, False, False, False),
        ("Own Notifications", True, True, True, True),
        ("See Announcements", True, True, True, True),
        ("Announce", True, False, False, False),
        ("Follow Changes", True, True, True, True),
        ("See Candidates", True, False, False, False),
        ("Plan Days", True, False, False, False),
        ("See Reports", True, True, False, False),
        ("Change Settings", True, False, False, False),
        ("Manage API Keys", True, False, False, False),
        ("Manage Webhooks", True, False, False, False),
        ("Export Work", True, True, False, False),
    ],
)
def test_the_duties_beside_the_matrix_are_those_of_the_page(
    duty, administrator, office_manager, technician, oneself
):
    found = [
        bool(may(actor, Duty(duty), ANOTHER.id)) for actor in (ADMINISTRATOR, OFFICE_MANAGER, TECHNICIAN)
    ]
    assert found == [administrator, office_manager, technician]
    assert bool(may(TECHNICIAN, Duty(duty), TECHNICIAN.id)) == oneself


def test_beside_the_matrix_there_is_no_other_duty_and_each_refusal_names_its_rule():
    assert {duty.value for duty in Duty} == {
        "Edit Jobs", "See Roster", "See Availability", "Set Availability", "Own Profile", "Own Sessions",
        "See Audit Trail", "Own Notifications", "See Announcements", "Announce", "Follow Changes",
        "See Candidates", "Plan Days", "See Reports", "Change Settings", "Manage API Keys",
        "Manage Webhooks", "Export Work",
    }  # fmt: skip
    for actor in (OFFICE_MANAGER, TECHNICIAN):
        denied = may(actor, Duty.SEE_AUDIT_TRAIL, actor.id)
        assert denied.rule == "duty.see_audit_trail"
        assert "belongs to an Administrator;" in denied.reason


def test_only_an_administrator_manages_users():
    assert [actor.role for actor in ACTORS if may(actor, Capability.MANAGE_USERS)] == ["ADMINISTRATOR"]


def whole(kind):
    return dict.fromkeys(kind, (FULL, NONE, OWN))


def test_a_grid_that_lacks_a_row_is_refused_when_it_is_built():
    rows = whole(Duty)
    del rows[Duty.SEE_ROSTER]
    with pytest.raises(ValueError, match="lacks rows"):
        grid(ROLES, rows, Duty)


def test_a_grid_that_lacks_a_cell_is_refused_when_it_is_built():
    with pytest.raises(ValueError, match="a cell per role"):
        grid(ROLES, {**whole(Duty), Duty.SEE_ROSTER: (FULL, NONE)}, Duty)


@pytest.mark.parametrize("roles", [ROLES[:2], (*ROLES, Role.TECHNICIAN)])
def test_a_grid_that_lacks_a_column_or_has_one_twice_is_refused_when_it_is_built(roles):
    with pytest.raises(ValueError, match="one column per role"):
        grid(roles, whole(Duty), Duty)


@pytest.mark.parametrize("table", [MATRIX, BESIDE])
def test_nobody_can_change_a_grid_while_it_is_used(table):
    with pytest.raises(TypeError):
        table[Role.TECHNICIAN, Capability.CREATE_JOBS] = FULL
