"""Idempotency-Key: the first successful answer is kept for a day and replayed to whoever may still see it."""

import pytest
from tests.usecases.firm import FIELDS, REASON, VISIT, raising

from hosanna_core import errors
from hosanna_core.model.ids import DAY
from hosanna_core.model.people import Actor, Role
from hosanna_core.rules.keys import derive
from hosanna_core.usecases import users
from hosanna_core.usecases.judging import Unparsed
from hosanna_core.usecases.performing import Once


def create(firm, key="k", by=None, **fields):
    body = {**FIELDS, **fields}
    by = by or firm.administrator
    return firm.create(by=by, once=firm.once(by, "POST /jobs", key, body), **fields)


def everything(firm):
    return len(firm.memory._state.jobs), len(firm.memory.events)


def test_a_repeated_creation_answers_the_same_job_and_makes_no_other(firm):
    first = create(firm)
    before = everything(firm)
    assert create(firm) == first
    assert everything(firm) == before


def test_a_repeated_step_finds_it_done_and_answers_as_it_did_then(firm):
    job = firm.create()
    confirmed = firm.do(firm.administrator, job, "confirm", key="k")
    assert firm.do(firm.administrator, job, "confirm", key="k") == confirmed
    assert firm.get(firm.administrator, job).version == 2


def test_the_answer_shows_the_job_as_it_was_after_that_request_not_as_it_is(firm):
    job = firm.create()
    confirmed = firm.do(firm.administrator, job, "confirm", key="k")
    firm.do(firm.administrator, job, "assign", technician_id=firm.technician.id)
    assert firm.do(firm.administrator, job, "confirm", key="k") == confirmed
    assert firm.get(firm.administrator, job).status == "ASSIGNED"


def test_the_same_key_with_another_body_is_refused_and_changes_nothing(firm):
    create(firm)
    before = everything(firm)
    with pytest.raises(errors.KeyReused):
        create(firm, title="Another")
    assert everything(firm) == before


def test_another_key_another_user_and_another_path_are_other_requests(firm):
    second = firm.hire("second@example.com", "ADMINISTRATOR")
    made = {create(firm).id, create(firm, key="other").id, create(firm, by=second).id}
    assert len(made) == 3
    job = firm.create()
    assert firm.do(firm.administrator, job, "confirm", key="k").id == job.id


def test_a_refusal_keeps_nothing_and_the_key_is_good_for_another_try(firm):
    job = firm.create()
    with pytest.raises(errors.IllegalTransition):
        firm.do(firm.administrator, job, "assign", key="k", technician_id=firm.technician.id)
    with pytest.raises(errors.Invalid):
        create(firm, title="")
    firm.do(firm.administrator, job, "confirm")
    done = firm.do(firm.administrator, job, "assign", key="k", technician_id=firm.technician.id)
    assert done.status == "ASSIGNED"
    assert create(firm, title="Right").title == "Right"


def test_after_a_day_the_key_is_new(firm):
    first = create(firm)
    firm.clock.step(DAY - 1)
    assert create(firm).id == first.id
    firm.clock.step(1)
    assert create(firm).id != first.id


def test_what_one_may_no_longer_see_is_not_replayed(firm):
    job = firm.dispatched()
    firm.do(firm.technician, job, "start", key="k")
    assert firm.do(firm.technician, job, "start", key="k").status == "IN_PROGRESS"
    firm.do(firm.administrator, job, "return_visit", **REASON)
    with pytest.raises(errors.NotFound):
        firm.do(firm.technician, job, "start", key="k")


def test_a_demoted_user_is_not_shown_what_they_made(firm):
    create(firm)
    demoted = Actor(firm.administrator.id, Role.OFFICE_MANAGER)
    with pytest.raises(errors.NotFound):
        create(firm, by=demoted)


def test_what_one_sees_now_but_would_not_have_seen_then_is_not_replayed(firm):
    job = create(firm)
    firm.do(firm.administrator, job, "confirm")
    demoted = Actor(firm.administrator.id, Role.OFFICE_MANAGER)
    assert firm.get(demoted, job).status == "CONFIRMED"
    with pytest.raises(errors.NotFound):
        create(firm, by=demoted)


@pytest.mark.parametrize("if_match", [None, 1])
def test_of_two_same_requests_that_race_the_second_answers_like_the_first(firm, if_match):
    job = firm.create()

    def rival():
        firm.do(firm.administrator, job, "confirm", key="k", if_match=if_match)

    firm.ledger.before = [rival]
    assert firm.do(firm.administrator, job, "confirm", key="k", if_match=if_match).version == 2
    assert firm.get(firm.administrator, job).version == 2


def test_the_second_of_two_same_reassignments_that_race_answers_like_the_first(firm):
    job = firm.assigned(window=VISIT)
    body = {"technician_id": firm.another.id, **REASON}
    firm.ledger.before = [lambda: firm.do(firm.administrator, job, "reassign", key="k", **body)]
    done = firm.do(firm.administrator, job, "reassign", key="k", **body)
    assert (done.technician_id, done.version) == (firm.another.id, job.version + 1)


@pytest.mark.parametrize(
    ("action", "body", "if_match"),
    [("reassign", {"window": VISIT, **REASON}, None), ("unassign", REASON, None), ("unassign", REASON, 3)],
    ids=["placed already", "step is gone", "version is old"],
)
def test_a_request_that_slips_in_after_the_first_look_for_the_receipt_is_found_by_the_second(
    firm, action, body, if_match
):
    job = firm.assigned(window=VISIT)
    if action == "reassign":
        body = {"technician_id": firm.another.id, **body}

    def same():
        return firm.do(firm.administrator, job, action, key="k", if_match=if_match, **body)

    firm.receipts.after = [same]
    assert same().version == firm.get(firm.administrator, job).version == job.version + 1


def test_of_two_same_creations_that_race_one_is_made(firm):
    before = everything(firm)[0]
    firm.ledger.before = [lambda: create(firm)]
    create(firm)
    assert everything(firm)[0] == before + 1


def test_two_different_bodies_of_one_key_that_race_are_told_apart(firm):
    firm.ledger.before = [lambda: create(firm)]
    with pytest.raises(errors.KeyReused):
        create(firm, title="Another")


def test_while_the_first_still_runs_the_second_is_told_so(firm):
    firm.ledger.before = [raising(errors.Replayed())]
    with pytest.raises(errors.InProgress):
        create(firm)


def test_a_repeated_making_of_a_user_makes_one(firm):
    once = Once.of(firm.ports.keys, firm.administrator.id, "POST /users", "k", b"1")
    first = firm.hire("new@example.com", "TECHNICIAN", once)
    assert firm.hire("new@example.com", "TECHNICIAN", once) == first
    with pytest.raises(errors.EmailTaken):
        firm.hire("new@example.com", "TECHNICIAN")


def test_a_repeated_activation_does_not_let_in_again_whom_somebody_has_shut_out_meanwhile(firm):
    once = Once.of(firm.ports.keys, firm.administrator.id, "activate", "k", b"{}")

    def switch(active, once=None):
        return users.set_active(
            firm.ports, firm.administrator, firm.technician.id, active=active, body=Unparsed(b""), once=once
        )

    switch(True, once)
    switch(False)
    switch(True, once)
    assert not firm.ports.store.users.get(firm.technician.id).active


def test_a_receipt_holds_neither_the_key_nor_anything_to_try_passwords_out_on():
    here, elsewhere = derive(b"here" * 8), derive(b"elsewhere" * 4)
    one, other = (Once.of(here, "u", "POST /users", key, b"secret") for key in ("k1", "k2"))
    assert one.body != other.body
    assert one == Once.of(here, "u", "POST /users", "k1", b"secret")
    abroad = Once.of(elsewhere, "u", "POST /users", "k1", b"secret")
    assert (abroad.key, abroad.body) != (one.key, one.body)
    assert abroad.body != one.body
