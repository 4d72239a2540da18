"""SPEC section 6: what stands in the audit trail, and that Administrators alone read it."""

import json

import pytest
from tests.usecases.firm import HERE, MINUTE, pointers, refused
from tests.usecases.meddling import lived_through

from hosanna_core import errors
from hosanna_core.model.audit import Outcome
from hosanna_core.model.instants import to_text
from hosanna_core.usecases import auditing, trail, users
from hosanna_core.usecases.judging import Unparsed

NOTHING = Unparsed(b"")


def listed(firm, actor=None, **query):
    asked = {name.rstrip("_"): [str(value)] for name, value in query.items()}
    return trail.list_entries(firm.ports, actor or firm.administrator, asked)


@pytest.fixture
def lived(firm):
    return lived_through(firm)


def test_a_denial_is_put_down_with_rule_and_operation_and_nothing_that_was_sent(firm):
    denied = refused(errors.PermissionDenied, firm.create, by=firm.technician, title="Their secret panel")
    auditing.record_denial(firm.ports, firm.technician, denied, "create_job", origin=HERE)
    (entry,) = firm.told("access.denied")
    assert (entry.outcome, entry.actor_id) == (Outcome.DENIED, firm.technician.id)
    details = json.loads(entry.sealed)["details"]
    assert (details["rule"], details["operation"]) == ("matrix.create_jobs", "create_job")
    assert details.keys() == {"rule", "operation", "address", "device"}
    assert entry.open == {"address": HERE.address, "device": HERE.agent}


def account(firm):
    """What changes an account, and the action and details that it leaves."""
    ports, admin, user_id = firm.ports, firm.administrator, firm.another.id
    return [
        ("user.role_changed", {"fields": ["role"], "from": "TECHNICIAN", "to": "OFFICE_MANAGER"},
         lambda: users.set_role(ports, admin, user_id, Unparsed.of({"role": "OFFICE_MANAGER"}))),
        ("user.deactivated", {"fields": ["active"]},
         lambda: users.set_active(ports, admin, user_id, active=False, body=NOTHING)),
        ("user.activated", {"fields": ["active"]},
         lambda: users.set_active(ports, admin, user_id, active=True, body=NOTHING)),
        ("user.updated", {"fields": ["email", "full_name"]},
         lambda: users.edit_user(ports, admin, user_id, Unparsed.of({"email": "n@example.com", "full_name": "N"}))),
    ]  # fmt: skip


def test_every_change_of_an_account_is_one_entry_that_names_fields_and_roles_and_no_value(firm):
    for action, details, work in account(firm):
        before = len(firm.told())
        work()
        entry = firm.told()[-1]
        assert len(firm.told()) == before + 1
        assert (entry.action, json.loads(entry.sealed)["details"]) == (action, details)
        assert (entry.actor_id, entry.subject.id) == (firm.administrator.id, firm.another.id)
        work()
        assert len(firm.told()) == before + 1


def test_what_is_refused_leaves_no_entry_of_a_change(firm):
    before = firm.told()
    for user_id, role in ((firm.administrator.id, "TECHNICIAN"), (firm.another.id, "KING")):
        refused(
            (errors.LastAdministrator, errors.Invalid),
            users.set_role, firm.ports, firm.administrator, user_id, Unparsed.of({"role": role}),
        )  # fmt: skip
    assert firm.told() == before


@pytest.mark.parametrize("name", ["office", "technician"])
def test_only_an_administrator_reads_the_trail_whatever_is_asked(firm, name):
    for query in ({}, {"limit": "0"}, {"nonsense": "1"}):
        denied = refused(errors.PermissionDenied, listed, firm, firm.actor(name), **query)
        assert denied.rule == "duty.see_audit_trail"


def test_the_list_is_every_entry_newest_first_page_by_page(lived):
    everything = [entry.id for entry in reversed(lived.told())]
    found, cursor, query = [], None, {}
    for _ in range(99):
        page, cursor = listed(lived, limit=4, **query)
        assert len(page) <= 4
        found += [document.id for document in page]
        if cursor is None:
            break
        query = {"cursor": cursor}
        # What is written meanwhile comes before the first page.
        lived.log_in()
    assert found == everything


def test_the_list_shows_what_is_open_and_no_digest(lived):
    (document,), _ = listed(lived, limit=1, action="login", outcome="failure")
    assert document.details == {"address": HERE.address, "device": HERE.agent}
    assert document.at == to_text(lived.clock.now() - MINUTE)
    assert (document.actor_id, document.subject.id) == (None, lived.technician.id)
    assert len(document.hash) == 64


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ({"action": "login"}, lambda firm, entry: entry.action == "login"),
        ({"action": "nothing"}, lambda firm, entry: False),
        ({"outcome": "failure"}, lambda firm, entry: entry.outcome is Outcome.FAILURE),
        ({"actor_id": "technician"}, lambda firm, entry: entry.actor_id == firm.technician.id),
        (
            {"subject_id": "another"},
            lambda firm, entry: entry.subject and entry.subject.id == firm.another.id,
        ),
        ({"from_": 2}, lambda firm, entry: entry.at >= firm.start + 2 * MINUTE),
        ({"to": 2}, lambda firm, entry: entry.at < firm.start + 2 * MINUTE),
        ({"from_": 1, "to": 2}, lambda firm, entry: 1 <= (entry.at - firm.start) / MINUTE < 2),
        (
            {"action": "login", "outcome": "success", "subject_id": "technician"},
            lambda firm, entry: entry.action == "login" and entry.outcome is Outcome.SUCCESS,
        ),
    ],
    ids=("action", "no action", "outcome", "actor", "subject", "from", "to", "from and to", "three at once"),
)
def test_a_filter_narrows_the_list_to_what_fits(lived, query, fits):
    lived.start = lived.told()[0].at
    asked = {
        name: to_text(lived.start + value * MINUTE)
        if isinstance(value, int)
        else getattr(lived, value).id
        if name.endswith("_id")
        else value
        for name, value in query.items()
    }
    page, cursor = listed(lived, limit=200, **asked)
    wanted = [entry.id for entry in reversed(lived.told()) if fits(lived, entry)]
    assert [document.id for document in page] == wanted
    assert cursor is None


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ({"limit": 0}, ["/limit"]),
        ({"limit": 201, "outcome": "x", "from_": "yesterday"}, ["/from", "/limit", "/outcome"]),
        ({"actor_id": "x", "subject_id": "y"}, ["/actor_id", "/subject_id"]),
        ({"since": "2026-01-01T00:00:00Z"}, ["/since"]),
        ({"cursor": "x", "nonsense": "y"}, ["/cursor", "/nonsense"]),
        ({"action": ""}, ["/action"]),
        ({"action": "a\x00b"}, ["/action"]),
    ],
    ids=str,
)
def test_every_bad_parameter_is_named_at_once(firm, query, wrong):
    assert pointers(refused(errors.Invalid, listed, firm, **query)) == wrong


def test_a_cursor_is_good_for_its_reader_only(lived):
    second = lived.hire("second@example.com", "ADMINISTRATOR")
    _, cursor = listed(lived, limit=1)
    listed(lived, limit=1, cursor=cursor)
    assert pointers(refused(errors.Invalid, listed, lived, second, cursor=cursor)) == ["/cursor"]
