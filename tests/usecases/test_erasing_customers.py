"""Erasing a customer: gone from jobs, histories, search and repeated answers, while every chain verifies."""

import json

import pytest
from tests.usecases.firm import FIELDS, REASON, VISIT, refused
from tests.usecases.people import (
    ANN,
    SECRETS,
    erase,
    everything,
    found,
    lived,
    of_ann,
    of_somebody_else,
    verify,
)

from hosanna_core import errors
from hosanna_core.model.instants import to_text
from hosanna_core.rules import history
from hosanna_core.usecases import jobs
from hosanna_core.usecases.privacy import Forgotten


def test_erasing_removes_a_customer_from_everything_and_every_chain_verifies_before_and_after(firm):
    job, other = lived(firm), of_somebody_else(firm)
    assert found(firm, "Ann") == found(firm, "Hidden") == 1
    assert [each for each in SECRETS if each not in everything(firm)] == []
    before = [entry.hash for entry in firm.ports.store.jobs.history(job.id)]
    assert verify(firm) == 2
    erase(firm, email=ANN["email"])
    held = everything(firm)
    # What bookkeeping needs stays: number, amount and the number of the invoice.
    assert [each for each in SECRETS if each in held] == ["INV-ANN"]
    assert verify(firm) == 2
    hashes = [entry.hash for entry in firm.ports.store.jobs.history(job.id)]
    assert hashes[:-1] == before
    assert found(firm, "Ann") == found(firm, "Hidden") == found(firm, "false") == 0
    assert found(firm, "Bo") == 1
    assert firm.get(firm.administrator, other) == other


def test_an_erased_job_is_shown_bare_in_get_list_history_and_as_it_was_then(firm):
    job = lived(firm)
    erase(firm, email=ANN["email"])
    after = firm.get(firm.administrator, job)
    assert (after.title, after.customer.name, after.site.street) == ("(erased)",) * 3
    assert (after.customer.phone, after.customer.email, after.description, after.work_summary) == (None,) * 4
    assert (after.status, after.amount, after.invoice_number, after.number) == (
        "BILLED", "1250.00", "INV-ANN", job.number,
    )  # fmt: skip
    assert (after.version, after.stages) == (job.version + 1, job.stages)
    told = jobs.job_history(firm.ports, firm.administrator, job.id, {})
    assert [entry.action for entry in told][-1] == "erase"
    shown = repr(told) + repr(jobs.list_jobs(firm.ports, firm.administrator, {}))
    for entry in firm.ports.store.jobs.history(job.id):
        past = firm.get(firm.administrator, job, as_of=to_text(history.read(entry).at))
        shown += repr(past)
    assert [each for each in SECRETS if each in shown] == ["INV-ANN"]
    assert {entry.reason for entry in told} == {None}


@pytest.mark.parametrize("status", ["TENTATIVE", "DISPATCHED", "ON_HOLD", "COMPLETED", "BILLED", "CANCELLED"])
def test_a_job_of_any_status_is_erased_and_keeps_it(firm, status):
    job = firm.in_status(status)
    assert erase(firm, email=FIELDS["customer"]["email"]) == Forgotten(jobs=1, users=0)
    after = firm.get(firm.administrator, job)
    assert (after.status, after.standing, after.technician_id) == (
        job.status,
        job.standing,
        job.technician_id,
    )
    verify(firm)


def test_an_erased_job_goes_on_and_its_later_values_are_kept_and_verify(firm):
    job = firm.assigned(window=VISIT)
    erase(firm, phone=ANN["phone"])
    now = firm.get(firm.administrator, job)
    edited = firm.patch(firm.administrator, now, {"description": "The meter hums"})
    firm.do(firm.office, edited, "dispatch")
    firm.do(firm.office, edited, "recall", **REASON)
    assert verify(firm) == 1
    told = jobs.job_history(firm.ports, firm.administrator, job.id, {})
    assert told[-3].changes["description"]["to"] == "The meter hums"
    assert told[-1].reason == REASON["reason"]
    renamed = firm.patch(firm.administrator, firm.get(firm.administrator, job), {"customer": ANN})
    assert renamed.customer.name == "Ann Lee"
    assert erase(firm, phone=ANN["phone"]) == Forgotten(jobs=1, users=0)
    assert "The meter hums" not in everything(firm)
    assert verify(firm) == 1


def test_an_edit_that_meets_an_erasure_does_not_bring_anything_back(firm):
    job = of_ann(firm)
    firm.ledger.before = [lambda: erase(firm, email=ANN["email"])]
    refused(errors.PreconditionFailed, firm.patch, firm.administrator, job, {"title": "Another"})
    assert firm.get(firm.administrator, job).customer.name == "(erased)"
    verify(firm)


def test_an_erasure_that_meets_an_edit_erases_that_too(firm):
    job = of_ann(firm)
    firm.ledger.before = [lambda: firm.patch(firm.administrator, job, {"title": "Ann's other panel"})]
    erase(firm, email=ANN["email"])
    assert "Ann's other panel" not in everything(firm)
    assert verify(firm) == 1


def test_a_step_that_meets_an_erasure_is_decided_again_on_the_bare_job_or_refused(firm):
    job = of_ann(firm)
    firm.ledger.before = [lambda: erase(firm, email=ANN["email"])]
    refused(errors.VersionConflict, firm.do, firm.administrator, job, "confirm")
    assert firm.do(firm.administrator, job, "confirm").title == "(erased)"
    verify(firm)


def test_a_repeated_request_shows_nothing_that_was_erased(firm):
    body = {**FIELDS, "customer": ANN}
    once = firm.once(firm.administrator, "POST /jobs", "key", body)
    job = firm.create(once=once, customer=ANN)
    confirmed = firm.do(firm.administrator, job, "confirm", key="k")
    erase(firm, email=ANN["email"])
    again = firm.create(once=once, customer=ANN), firm.do(firm.administrator, job, "confirm", key="k")
    assert [each.version for each in again] == [job.version, confirmed.version]
    assert {each.customer.name for each in again} == {"(erased)"}
    assert "Ann" not in repr(again)


def test_an_erasure_of_jobs_is_put_down_and_does_not_say_of_whom(firm):
    of_ann(firm)
    erase(firm, email=ANN["email"])
    (entry,) = firm.told("privacy.customer_erased")
    assert json.loads(entry.sealed)["details"] == {"jobs": 1, "user": None}
    assert entry.open == {}
    erase(firm, email=ANN["email"])
    assert len(firm.told("privacy.customer_erased")) == 1
