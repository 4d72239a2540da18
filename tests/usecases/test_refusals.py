"""SPEC section 3: the order of refusals, and that a refused action changes nothing."""

import itertools

import pytest
from tests.rules.tables import NEEDS_A_REASON, STATUSES, STEPS, WHO
from tests.usecases.firm import NOBODY, REASON, Firm

from hosanna_core import errors
from hosanna_core.usecases import jobs
from hosanna_core.usecases.judging import Unparsed

ACTORS = ("administrator", "office", "technician", "another")
SEES = {
    "administrator": set(STATUSES),
    "office": set(STATUSES) - {"TENTATIVE"},
    "technician": {"DISPATCHED", "IN_PROGRESS", "ON_HOLD", "COMPLETED", "BILLED", "CANCELLED"},
    "another": set(),
}
MAY = {
    "ADMINISTRATOR": "administrator",
    "OFFICE_MANAGER": "office",
    "the assigned TECHNICIAN": "technician",
}
ACTIONS = [action for action in WHO if action != "create"]


def body_for(firm, action):
    """A body that the action takes."""
    bodies = {
        "assign": {"technician_id": firm.another.id},
        "reassign": {"technician_id": firm.another.id, **REASON},
        "reschedule": {"window": {"start": "2026-05-02T08:00:00Z", "end": "2026-05-02T10:00:00Z"}, **REASON},
    }
    return bodies.get(action, REASON if action in NEEDS_A_REASON else {})


def outcome(firm, *args, **kwargs):
    try:
        return firm.do(*args, **kwargs).status.value
    except errors.HosannaError as refused:
        return type(refused)


@pytest.fixture(scope="module")
def cast():
    """One firm with a job in every status, for all who only ask."""
    firm = Firm()
    return firm, {status: firm.in_status(status) for status in STATUSES}


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("name", ACTORS)
def test_what_one_may_not_see_is_not_found_whatever_one_wants_of_it(cast, name, status):
    firm, by_status = cast
    actor, job = firm.actor(name), by_status[status]
    if status in SEES[name]:
        assert firm.get(actor, job).id == job.id
        return
    words = {str(refusal(jobs.get_job, firm.ports, actor, job_id, {})) for job_id in (job.id, NOBODY, "x")}
    assert words == {"There is nothing here that you may see."}
    assert isinstance(refusal(jobs.job_history, firm.ports, actor, job.id, {}), errors.NotFound)
    assert isinstance(refusal(jobs.job_actions, firm.ports, actor, job.id, {}), errors.NotFound)
    for action in ACTIONS:
        assert outcome(firm, actor, job, action, nonsense=1) is errors.NotFound
    assert isinstance(refusal(firm.patch, actor, job, {"nonsense": 1}, if_match=None), errors.NotFound)


def refusal(function, *args, **kwargs):
    with pytest.raises(errors.HosannaError) as refused:
        function(*args, **kwargs)
    return refused.value


def test_every_cell_of_role_action_and_status_answers_in_the_order_of_the_page(cast):
    firm, by_status = cast
    before = firm.state()
    for name, status, action in itertools.product(ACTORS, STATUSES, ACTIONS):
        actor, job, body = firm.actor(name), by_status[status], body_for(firm, action)
        cell = (name, status, action)
        if status not in SEES[name]:
            assert outcome(firm, actor, job, action, **body) is errors.NotFound, cell
        elif MAY[WHO[action]] != name:
            assert outcome(firm, actor, job, action, **body) is errors.PermissionDenied, cell
        elif (status, action) not in STEPS:
            assert outcome(firm, actor, job, action, **body) is errors.IllegalTransition, cell
        else:
            assert outcome(firm, actor, job, action, if_match=99, **body) is errors.PreconditionFailed, cell
    assert firm.state() == before


@pytest.mark.parametrize(("status", "action"), STEPS)
def test_every_step_of_the_tables_is_done_by_whom_the_page_names(firm, status, action):
    job = firm.in_status(status)
    actor = firm.actor(MAY[WHO[action]])
    assert outcome(firm, actor, job, action, **body_for(firm, action)) == STEPS[status, action]


def test_of_five_things_wrong_the_first_of_the_order_is_told(firm):
    hidden, seen = firm.create(), firm.billed()
    office, nonsense = firm.office, {"nonsense": 1}
    assert outcome(firm, office, hidden, "cancel", if_match=99, **nonsense) is errors.NotFound
    assert outcome(firm, office, seen, "cancel", if_match=99, **nonsense) is errors.PermissionDenied
    assert outcome(firm, office, seen, "bill", if_match=99, **nonsense) is errors.Invalid
    assert outcome(firm, office, seen, "bill", if_match=99) is errors.PreconditionFailed
    assert outcome(firm, office, seen, "bill", if_match=seen.version) is errors.IllegalTransition


def test_a_body_that_is_no_json_is_told_after_the_permission_and_before_the_version(firm):
    job = firm.billed()
    for actor, error in ((firm.technician, errors.PermissionDenied), (firm.administrator, errors.Unreadable)):
        with pytest.raises(error):
            jobs.edit_job(firm.ports, actor, job.id, Unparsed(b"{"), if_match=None)


def test_an_edit_tells_its_refusals_in_the_same_order(firm):
    hidden, closed = firm.create(), firm.billed()
    wrong, right = {"title": ""}, {"title": "Another"}
    assert isinstance(refusal(firm.patch, firm.office, hidden, wrong, if_match=None), errors.NotFound)
    assert isinstance(refusal(firm.patch, firm.office, closed, wrong, if_match=None), errors.PermissionDenied)
    assert isinstance(refusal(firm.patch, firm.administrator, closed, wrong, if_match=None), errors.Invalid)
    required = refusal(firm.patch, firm.administrator, closed, right, if_match=None)
    assert isinstance(required, errors.PreconditionRequired)
    stale = refusal(firm.patch, firm.administrator, closed, right, if_match=1)
    assert isinstance(stale, errors.PreconditionFailed)
    assert stale.current == closed.version
    assert isinstance(refusal(firm.patch, firm.administrator, closed, right), errors.JobClosed)


def test_creating_is_refused_before_the_body_is_judged(firm):
    for name in ("office", "technician"):
        assert isinstance(refusal(firm.create, by=firm.actor(name), title=7), errors.PermissionDenied)
    assert isinstance(refusal(firm.create, title=7), errors.Invalid)


@pytest.mark.parametrize("action", ["create", "approve", "CONFIRM", "", "confirm "])
def test_an_unknown_action_is_not_found_and_neither_is_creating_what_exists(firm, action):
    assert outcome(firm, firm.administrator, firm.create(), action) is errors.NotFound


def test_a_refusal_names_the_rule_and_says_who_could_have_done_it(firm):
    denied = refusal(firm.do, firm.administrator, firm.assigned(), "dispatch")
    assert denied.rule == "matrix.dispatch_to_field"
    assert "an Office Manager" in denied.detail


def test_a_wrong_moment_names_the_status_the_action_and_what_is_possible(firm):
    illegal = refusal(firm.do, firm.administrator, firm.confirmed(), "confirm")
    assert (illegal.status, illegal.action) == ("CONFIRMED", "confirm")
    assert set(illegal.allowed) == {"assign", "reschedule", "cancel"}


@pytest.mark.parametrize("action", sorted(NEEDS_A_REASON))
@pytest.mark.parametrize("reason", [None, "", "   ", "x" * 501, 7, ["a"]])
def test_a_step_off_the_main_line_without_a_proper_reason_is_invalid(firm, action, reason):
    status = next(source for source, each in STEPS if each == action)
    job = firm.in_status(status)
    body = {**body_for(firm, action), "reason": reason}
    if reason is None:
        del body["reason"]
    invalid = refusal(firm.do, firm.actor(MAY[WHO[action]]), job, action, **body)
    assert isinstance(invalid, errors.Invalid)
    assert [flaw.pointer for flaw in invalid.flaws] == ["/reason"]


@pytest.mark.parametrize("action", ["confirm", "dispatch", "start"])
def test_a_step_that_takes_nothing_refuses_a_body_with_anything_in_it(firm, action):
    status = next(source for source, each in STEPS if each == action)
    invalid = refusal(firm.do, firm.actor(MAY[WHO[action]]), firm.in_status(status), action, **REASON)
    assert [flaw.pointer for flaw in invalid.flaws] == ["/reason"]


def test_every_action_is_offered_with_its_verdict_for_this_caller(cast):
    firm, by_status = cast
    for name, status in itertools.product(ACTORS, STATUSES):
        if status not in SEES[name]:
            continue
        offers = jobs.job_actions(firm.ports, firm.actor(name), by_status[status].id, {})
        assert [offer.action for offer in offers] == ACTIONS
        for offer in offers:
            legal = (status, offer.action.value) in STEPS
            assert offer.allowed == (legal and MAY[WHO[offer.action]] == name), (name, status, offer)
            assert (offer.reason is None) == offer.allowed
            if legal:
                assert offer.to == STEPS[status, offer.action.value]
