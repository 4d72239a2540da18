"""Who was the customer of a job and is not any more: found, handed out as far as they were, and forgotten."""

import json

import pytest
from tests.usecases.people import ANN, erase, everything, export, found, of_ann, verify

from hosanna_core.usecases import jobs, privacy
from hosanna_core.usecases.privacy import Forgotten, Person

BO = {"name": "Bo Diaz", "phone": "512 555 0111", "email": "bo@example.com"}
HIS = {"title": "Hang Bo's lamp", "site": {"street": "9 Other Road"}, "description": "Behind the red door"}


@pytest.fixture
def job(firm):
    """Ann's until its third version, then Bo's."""
    first = firm.patch(firm.administrator, of_ann(firm), {"description": "Under Ann's stairs"})
    firm.do(firm.administrator, first, "confirm")
    third = firm.get(firm.administrator, first)
    handed_on = firm.patch(firm.administrator, third, {"customer": BO})
    return firm.patch(firm.administrator, handed_on, HIS)


@pytest.mark.parametrize("who", [{"email": ANN["email"]}, {"phone": ANN["phone"]}], ids=str)
def test_a_former_customer_gets_the_job_as_it_was_when_it_was_theirs_and_nothing_of_the_next_one(
    firm, job, who
):
    document = export(firm, **who)
    (told,) = document["jobs"]
    assert (told["job"]["version"], told["job"]["status"], told["job"]["customer"]) == (3, "CONFIRMED", ANN)
    assert [entry["action"] for entry in told["history"]] == ["create", "edit", "confirm"]
    text = json.dumps(document)
    assert "Under Ann's stairs" in text
    for his in ("Bo", "9 Other Road", "red door", "0111"):
        assert his not in text
    assert privacy.count_person(firm.ports, firm.administrator, Person(**who)).history_entries == 3


def test_erasing_a_former_customer_forgets_the_past_and_leaves_the_living_job(firm, job):
    before = export(firm, email=BO["email"])["jobs"][0]["job"]
    assert erase(firm, email=ANN["email"]) == Forgotten(jobs=1, users=0)
    held = everything(firm)
    for hers in (
        "Ann Lee",
        "ann@example.com",
        "555 0100",
        "Hidden",
        "false wall",
        "Ann's stairs",
        "Ann's panel",
    ):
        assert hers not in held
    (told,) = export(firm, email=BO["email"])["jobs"]
    moved = {"version": before["version"] + 1, "updated_at": told["job"]["updated_at"]}
    assert told["job"] == {**before, **moved}
    assert (found(firm, "Ann"), found(firm, "Bo")) == (0, 1)
    assert verify(firm) == 1


def test_a_former_customer_who_was_erased_is_not_found_again_and_the_present_one_is(firm, job):
    erase(firm, phone=ANN["phone"])
    assert export(firm, email=ANN["email"])["jobs"] == []
    assert erase(firm, email=ANN["email"]) == Forgotten(jobs=0, users=0)
    assert erase(firm, email=BO["email"]) == Forgotten(jobs=1, users=0)
    assert "Bo" not in everything(firm)
    assert verify(firm) == 1


def test_a_job_that_is_named_is_erased_whole_whoever_its_customer_is_now(firm, job):
    assert len(export(firm, email=ANN["email"], job_ids=(job.id,))["jobs"][0]["history"]) == 5
    erase(firm, email=ANN["email"], job_ids=(job.id,))
    assert firm.get(firm.administrator, job).customer.name == "(erased)"
    assert erase(firm, email=BO["email"]) == Forgotten(jobs=0, users=0)


def test_who_is_the_customer_again_has_all_of_it(firm, job):
    again = firm.patch(firm.administrator, job, {"customer": ANN, "title": "Hang Ann's lamp"})
    (told,) = export(firm, email=ANN["email"])["jobs"]
    assert told["job"]["version"] == again.version
    # But for what it says of the one in between.
    assert [entry["version"] for entry in told["history"]] == [1, 2, 3, 6]
    assert told["history"][-1]["changes"] == {"customer": {"to": ANN}, "title": {"to": "Hang Ann's lamp"}}
    erase(firm, email=ANN["email"])
    assert firm.get(firm.administrator, job).customer.name == "(erased)"
    assert verify(firm) == 1


def test_a_job_that_goes_back_to_a_former_customer_while_they_are_erased_is_erased_whole(firm, job):
    firm.ledger.before = [lambda: firm.patch(firm.administrator, job, {"customer": ANN})]
    erase(firm, email=ANN["email"])
    assert firm.get(firm.administrator, job).customer.name == "(erased)"
    assert "Ann Lee" not in everything(firm)


def test_the_present_customer_is_not_told_of_who_had_the_job_before(firm, job):
    document = export(firm, email=BO["email"])
    (told,) = document["jobs"]
    assert [entry["version"] for entry in told["history"]] == [4, 5]
    assert told["history"][0]["changes"] == {"customer": {"to": BO}}
    assert (told["job"]["version"], told["job"]["title"]) == (5, "Hang Bo's lamp")
    for hers in ("Ann Lee", "ann@example.com", "0100"):
        assert hers not in json.dumps(document)


def test_what_was_before_an_address_was_known_is_told_and_so_is_what_was_under_another_number(firm):
    job = firm.create(customer={"name": "Ann Lee"})
    job = firm.patch(firm.administrator, job, {"customer": ANN})
    firm.patch(firm.administrator, job, {"customer": {**ANN, "phone": "512 555 0199"}})
    (told,) = export(firm, phone="512 555 0199")["jobs"]
    assert [entry["version"] for entry in told["history"]] == [1, 3]
    (told,) = export(firm, email=ANN["email"])["jobs"]
    assert [entry["version"] for entry in told["history"]] == [1, 2, 3]


def test_an_erased_past_is_shown_bare_and_the_job_goes_on(firm, job):
    erase(firm, email=ANN["email"])
    told = jobs.job_history(firm.ports, firm.administrator, job.id, {})
    assert [entry.action for entry in told] == ["create", "edit", "confirm", "edit", "edit", "erase"]
    assert {entry.changes["customer"]["to"]["name"] for entry in told if "customer" in entry.changes} == {
        "(erased)", "Bo Diaz",
    }  # fmt: skip
    edited = firm.patch(firm.administrator, firm.get(firm.administrator, job), {"title": "Hang two lamps"})
    assert edited.customer.name == "Bo Diaz"
    assert verify(firm) == 1
