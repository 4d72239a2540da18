"""Privacy: who is meant, who may ask, and a document with everything about a person."""

import json

import pytest
from tests.usecases.firm import HERE, NOBODY, PASSWORD, THERE, pointers, refused
from tests.usecases.people import (
    ANN,
    SECRETS,
    busy_technician,
    erase,
    export,
    found,
    lived,
    of_ann,
    of_somebody_else,
)

from hosanna_core import errors
from hosanna_core.model.instants import to_text
from hosanna_core.model.job import number_text
from hosanna_core.model.people import SecondFactor
from hosanna_core.testing.samples import after, user_change
from hosanna_core.usecases import person_files, privacy, sessions
from hosanna_core.usecases.judging import Unparsed
from hosanna_core.usecases.privacy import Forgotten, Known, Person


@pytest.mark.parametrize(
    "who",
    [
        {"email": "ann@example.com"},
        {"email": " ANN@Example.com"},
        {"phone": "+1 512 555 0100"},
        {"phone": "(512) 555-0100"},
        {"phone": "0015125550100"},
        {"email": "ann@example.com", "phone": "512.555.0100"},
    ],
    ids=str,
)
def test_a_customers_jobs_are_found_however_address_and_number_are_spelt_each_once(firm, who):
    mine = [of_ann(firm).id, firm.create(customer={"name": "A. Lee", **{k: ANN[k] for k in who}}).id]
    of_somebody_else(firm)
    assert [each["job"]["id"] for each in export(firm, **who)["jobs"]] == mine
    assert erase(firm, **who) == Forgotten(jobs=2, users=0)
    assert erase(firm, **who) == Forgotten(jobs=0, users=0)


def test_a_customer_without_address_is_found_by_their_jobs(firm):
    one, other = firm.create(customer={"name": "Ann Lee"}), firm.create(customer={"name": "Ann Lee"})
    document = export(firm, job_ids=(one.id, NOBODY))
    assert [each["job"]["id"] for each in document["jobs"]] == [one.id]
    assert erase(firm, job_ids=(one.id,)) == Forgotten(jobs=1, users=0)
    assert firm.get(firm.administrator, other).customer.name == "Ann Lee"


def test_a_job_that_is_named_and_found_is_told_once(firm):
    job = of_ann(firm)
    assert len(export(firm, email=ANN["email"], job_ids=(job.id,))["jobs"]) == 1
    assert erase(firm, email=ANN["email"], job_ids=(job.id,)) == Forgotten(jobs=1, users=0)


def test_more_jobs_than_one_page_holds_are_exported_and_erased(firm):
    for _ in range(450):
        of_ann(firm)
    assert len(export(firm, phone=ANN["phone"])["jobs"]) == 450
    assert erase(firm, phone=ANN["phone"]) == Forgotten(jobs=450, users=0)
    assert found(firm, "Ann") == 0


def test_an_export_of_a_customer_has_the_job_and_its_history_with_every_value(firm):
    job = lived(firm)
    document = export(firm, email=ANN["email"])
    assert (document["format"], document["user"]) == ("hosanna-person-1", None)
    assert document["at"] == to_text(firm.clock.now())
    (told,) = document["jobs"]
    assert (told["job"]["customer"], told["job"]["status"]) == (ANN, "BILLED")
    assert [entry["action"] for entry in told["history"]] == [
        "create", "confirm", "assign", "dispatch", "start", "hold", "resume", "complete", "bill",
    ]  # fmt: skip
    text = json.dumps(document)
    assert [each for each in SECRETS if each not in text] == []
    assert firm.get(firm.administrator, job).customer.name == "Ann Lee"


def test_an_export_of_a_user_has_account_hours_sessions_notices_and_audit_and_no_secret(firm):
    job = busy_technician(firm)
    document = export(firm, email="TESS@example.com")
    user = document["user"]
    assert user["account"]["phone"] == "+1 512 555 0177"
    assert user["account"]["preferences"] == {"theme": "dark"}
    assert user["availability"]["home"] == {"latitude": 30.25, "longitude": -97.75}
    assert [each["device"] for each in user["sessions"]] == [THERE.agent, "Tess's tablet"]
    assert [each["job_id"] for each in user["notifications"]] == [job.id]
    told = user["audit"]
    assert {entry["action"] for entry in told} >= {"user.created", "login", "user.updated"}
    ids = [entry["id"] for entry in told]
    expected = {
        entry.id
        for entry in firm.told()
        if firm.technician.id in (entry.actor_id, entry.subject and entry.subject.id)
    }
    assert len(ids) == len(set(ids))
    assert set(ids) == expected
    assert {entry["details"].get("address") for entry in told} >= {HERE.address, THERE.address}
    text = json.dumps(document)
    stored = firm.user(firm.technician)
    for secret in (stored.password_hash, PASSWORD, "token_hash", "nonce"):
        assert secret not in text
    assert export(firm, user_id=firm.technician.id)["user"]["account"] == user["account"]


def test_an_export_of_a_user_has_every_session_ended_ones_too_however_many_and_says_when(firm, monkeypatch):
    monkeypatch.setattr(person_files, "ROWS", 3)
    logins = [firm.log_in(device=f"Device {n}") for n in range(8)]
    for login in logins[:2]:
        firm.clock.step(1000)
        sessions.end_own_session(firm.ports, firm.technician, firm.session_of(login).id, Unparsed.of({}))
    told = export(firm, user_id=firm.technician.id)["user"]["sessions"]
    assert [each["device"] for each in told] == [f"Device {n}" for n in range(7, -1, -1)]
    assert [each["ended_at"] is not None for each in told] == [False] * 6 + [True] * 2
    assert told[-2]["ended_at"] == to_text(firm.clock.now())
    person = Person(user_id=firm.technician.id)
    assert privacy.count_person(firm.ports, firm.administrator, person).sessions == 8


def with_second_factor(firm):
    """The technician, who is asked for a code from now on."""
    user = firm.user(firm.technician)
    factor = SecondFactor(nonce=b"n" * 16, confirmed=True)
    firm.memory.ledger.commit(user_change(after(user, second_factor=factor), user))


def test_an_export_of_a_user_says_which_jobs_are_theirs_what_they_read_and_whether_a_code_is_asked(
    firm, monkeypatch
):
    monkeypatch.setattr(person_files, "ROWS", 2)
    mine = [firm.dispatched(window=None), firm.assigned(), firm.completed(), firm.in_status("CANCELLED")]
    firm.dispatched(firm.another)
    notices = firm.ports.store.inboxes
    newest = notices.notices(firm.technician.id, None, 1)[0]
    notices.mark_read(firm.technician.id, newest.id, firm.clock.now())
    user = export(firm, user_id=firm.technician.id)["user"]
    assert sorted(user["assigned_jobs"]) == [number_text(job.number) for job in mine]
    assert [each["read_at"] for each in user["notifications"]] == [to_text(firm.clock.now()), None, None]
    assert user["second_factor"] is False
    with_second_factor(firm)
    assert export(firm, user_id=firm.technician.id)["user"]["second_factor"] is True


def test_an_export_is_put_down_and_does_not_say_of_whom(firm):
    of_ann(firm)
    export(firm, email=ANN["email"])
    (entry,) = firm.told("privacy.exported")
    assert (entry.actor_id, json.loads(entry.sealed)["details"]) == (
        firm.administrator.id, {"jobs": 1, "user": None},
    )  # fmt: skip


def test_what_an_export_would_hold_can_be_counted_without_putting_anything_down(firm):
    lived(firm)
    before = firm.told()
    counted = privacy.count_person(firm.ports, firm.administrator, Person(email=ANN["email"]))
    assert counted == Known(
        accounts=0,
        sessions=0,
        notifications=0,
        followed_jobs=0,
        devices=0,
        audit_entries=0,
        jobs=1,
        history_entries=9,
    )
    assert not counted.nothing
    assert privacy.count_person(firm.ports, firm.administrator, Person(email="no@example.com")).nothing
    assert firm.told() == before


@pytest.mark.parametrize("name", ["office", "technician"])
def test_only_an_administrator_exports_and_erases_even_oneself(firm, name):
    actor = firm.actor(name)
    before = firm.state()
    for person in (Person(user_id=actor.id), Person(email=ANN["email"]), Person()):
        for work in (privacy.export_person, privacy.count_person, privacy.erase_person):
            refused(errors.PermissionDenied, work, firm.ports, actor, person)
    assert firm.state() == before


def test_somebody_must_be_named(firm):
    for work in (export, erase):
        assert pointers(refused(errors.Invalid, work, firm)) == [""]
