"""A lifecycle of one's own, from the same pieces, through the same use cases."""

import pytest
from tests.usecases.firm import REASON, VISIT, Firm

from hosanna_core import errors
from hosanna_core.model.status import Action, Status
from hosanna_core.rules import history
from hosanna_core.rules.lifecycle import STANDARD, Lifecycle
from hosanna_core.usecases import jobs

WITHOUT_DISPATCH = Lifecycle(
    step._replace(sources=(Status.ASSIGNED,)) if step.action is Action.START else step
    for step in STANDARD.steps
    if step.action not in (Action.DISPATCH, Action.RECALL)
)
CREWS_DISPATCHED_AT_ONCE = Lifecycle(
    step._replace(target=Status.DISPATCHED) if step.action is Action.ASSIGN else step
    for step in STANDARD.steps
)


def test_an_action_that_the_lifecycle_does_not_have_is_not_found():
    firm = Firm(lifecycle=WITHOUT_DISPATCH)
    with pytest.raises(errors.NotFound):
        firm.do(firm.office, firm.assigned(), "dispatch")


def test_the_offers_are_those_of_the_lifecycle():
    firm = Firm(lifecycle=WITHOUT_DISPATCH)
    offers = jobs.job_actions(firm.ports, firm.administrator, firm.assigned().id, {})
    assert {offer.action for offer in offers} == set(Action) - {"create", "dispatch", "recall"}
    assert {offer.action for offer in offers if offer.to == "IN_PROGRESS"} == {"start", "resume"}


def test_a_job_lives_its_life_by_another_lifecycle_and_its_history_holds():
    firm = Firm(lifecycle=CREWS_DISPATCHED_AT_ONCE)
    job = firm.do(
        firm.administrator, firm.confirmed(window=VISIT), "assign", technician_id=firm.technician.id
    )
    assert (job.status, firm.booked(firm.technician)) == ("DISPATCHED", [job.id])
    firm.do(firm.technician, job, "start")
    done = firm.do(firm.technician, job, "complete")
    assert firm.do(firm.office, done, "bill").status == "BILLED"
    billed = firm.get(firm.administrator, job)
    entries = firm.ports.store.jobs.history(job.id)
    history.verify(billed, entries)
    assert history.fold(billed, entries) == billed


def test_what_is_final_by_another_lifecycle_is_closed():
    firm = Firm(lifecycle=Lifecycle(step for step in STANDARD.steps if step.action not in ("bill", "reopen")))
    with pytest.raises(errors.JobClosed):
        firm.patch(firm.administrator, firm.completed(), {"title": "Another"})
    with pytest.raises(errors.NotFound):
        firm.do(firm.administrator, firm.completed(), "reopen", **REASON)
