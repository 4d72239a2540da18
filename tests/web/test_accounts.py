"""Coming in, accounts, and what they never tell."""

import pytest
from tests.web.firm import Firm

from hosanna_core.usecases.access import Registration
from hosanna_web.app import WebSettings

NEW = {"email": "nina@example.com", "password": "long enough", "full_name": "Nina"}
LOGIN = {"email": "nina@example.com", "password": "long enough"}


def test_a_login_gives_a_bearer_token_and_says_how_long(firm: Firm) -> None:
    answer = firm.ask(
        "POST", "/auth/login", None, {"email": " TESS@example.com ", "password": "a long enough password"}
    )
    assert answer.status == 200
    assert answer.json.keys() == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("bearer", 15 * 60)
    assert answer.header("cache-control") == "no-store"


def test_why_a_login_fails_is_not_told(firm: Firm) -> None:
    firm.ask("POST", f"/users/{firm.ids['theo']}/deactivate", "admin")
    answers = [
        firm.ask("POST", "/auth/login", None, {"email": email, "password": password})
        for email, password in (
            ("tess@example.com", "wrong"), ("nobody@example.com", "wrong"), ("no address", ""),
            ("theo@example.com", "a long enough password"),
        )
    ]  # fmt: skip
    assert {answer.status for answer in answers} == {401}
    assert len({answer.body for answer in answers}) == 1
    assert {answer.header("www-authenticate") for answer in answers} == {"Bearer"}


def test_who_registers_waits_for_an_administrator(firm: Firm) -> None:
    answer = firm.ask("POST", "/auth/register", None, NEW)
    assert (answer.status, answer.json) == (201, {"status": "pending"})
    assert firm.ask("POST", "/auth/login", None, LOGIN).status == 401
    (nina,) = firm.ask("GET", "/users?active=false", "admin").json["items"]
    assert nina["role"] == "TECHNICIAN"
    assert firm.ask("POST", f"/users/{nina['id']}/activate", "admin").json["active"] is True
    assert firm.ask("POST", "/auth/login", None, LOGIN).status == 200


def test_a_known_address_is_answered_like_a_new_one(firm: Firm) -> None:
    answers = [
        firm.ask("POST", "/auth/register", None, {**NEW, "email": email})
        for email in ("x@example.com", "tess@example.com")
    ]
    assert answers[0].unlimited == answers[1].unlimited
    assert firm.ask("GET", f"/users/{firm.ids['tess']}", "admin").json["full_name"] == "Tess"


def test_registration_may_be_open_or_closed() -> None:
    opened = Firm(web=WebSettings(registration=Registration.OPEN))
    assert opened.ask("POST", "/auth/register", None, NEW).json == {"status": "active"}
    assert opened.ask("POST", "/auth/login", None, LOGIN).status == 200
    closed = Firm(web=WebSettings(registration=Registration.CLOSED))
    refused = closed.ask("POST", "/auth/register", None, NEW)
    assert (refused.status, refused.json["rule"]) == (403, "registration.closed")
    assert closed.ask("POST", "/auth/login", None, LOGIN).status == 401


def test_a_user_is_shown_without_any_secret(firm: Firm) -> None:
    fields = {"id", "email", "full_name", "phone", "role", "active", "preferences", "created_at"}
    shown = [
        firm.ask("GET", "/auth/me", "tess").json,
        firm.ask("GET", f"/users/{firm.ids['tess']}", "admin").json,
        *firm.ask("GET", "/users", "admin").json["items"],
    ]
    assert all(each.keys() == fields for each in shown)


def test_a_new_user_is_found_where_it_is_said(firm: Firm) -> None:
    made = firm.ask("POST", "/users", "admin", {**NEW, "role": "OFFICE_MANAGER"})
    assert made.status == 201
    location = made.header("location")
    assert location == f"/api/v1/users/{made.json['id']}"
    assert firm.ask("GET", location, "admin", base="").json == made.json
    assert firm.ask("POST", "/auth/login", None, LOGIN).status == 200


def test_an_address_belongs_to_one_user(firm: Firm) -> None:
    refused = firm.ask("POST", "/users", "admin", {**NEW, "email": "TESS@example.com", "role": "TECHNICIAN"})
    assert (refused.status, refused.json["code"]) == (409, "email_taken")
    refused = firm.ask("PATCH", f"/users/{firm.ids['theo']}", "admin", {"email": "tess@example.com"})
    assert (refused.status, refused.json["code"]) == (409, "email_taken")


def test_the_last_administrator_stays(firm: Firm) -> None:
    admin = firm.ids["admin"]
    for method, rest, body in (("POST", "deactivate", None), ("PUT", "role", {"role": "TECHNICIAN"})):
        refused = firm.ask(method, f"/users/{admin}/{rest}", "admin", body)
        assert (refused.status, refused.json["code"]) == (409, "last_administrator")
    firm.hire("anna", "ADMINISTRATOR")
    assert firm.ask("POST", f"/users/{admin}/deactivate", "anna").status == 200
    assert firm.ask("GET", "/auth/me", "admin").status == 401


def test_two_administrators_who_remove_each_other_leave_one(firm: Firm) -> None:
    anna = firm.hire("anna", "ADMINISTRATOR")
    answers = firm.at_once(
        firm.asking("POST", f"/users/{anna}/deactivate", "admin"),
        firm.asking("POST", f"/users/{firm.ids['admin']}/deactivate", "anna"),
    )
    assert min(answer.status for answer in answers) == 200
    assert {answer.status for answer in answers} <= {200, 401, 409}
    assert {answer.status for answer in answers} != {200}


@pytest.mark.parametrize("password", ["short", "x" * 257, 12345678, None])
def test_a_password_is_neither_short_nor_endless(firm: Firm, password: object) -> None:
    assert firm.ask("POST", "/auth/register", None, {**NEW, "password": password}).pointers == {"/password"}


def test_a_profile_is_a_merge_patch(firm: Firm) -> None:
    firm.ask("PATCH", "/auth/me", "tess", {"phone": "1", "preferences": {"a": 1, "b": 2}})
    changed = firm.ask("PATCH", "/auth/me", "tess", {"phone": None, "preferences": {"a": None, "c": 3}})
    assert (changed.json["phone"], changed.json["preferences"]) == (None, {"b": 2, "c": 3})
    refused = firm.ask(
        "PATCH", "/auth/me", "tess", {"role": "ADMINISTRATOR", "email": "x@example.com", "full_name": None}
    )
    assert refused.pointers == {"/role", "/email", "/full_name"}


def test_availability_is_answered_as_it_was_put(firm: Firm) -> None:
    path = f"/technicians/{firm.ids['tess']}/availability"
    body = {
        "timezone": "America/Chicago",
        "hours": {"mon": [["08:00", "12:00"], ["13:00", "24:00"]], "sun": []},
        "time_off": [{"start": "2026-07-01T00:00:00Z", "end": "2026-07-15T00:00:00Z"}],
        "home": {"latitude": 30.25, "longitude": -97.75},
        "daily_maximum": 6,
        "skills": [{"name": "journeyman", "level": 3, "expires_on": "2028-12-31"}],
    }
    assert firm.ask("PUT", path, "tess", body).json == body
    assert firm.ask("GET", path, "office").json == body
    assert firm.ask("PUT", path, "tess", {}).pointers == {"/timezone"}
    wrong = {
        "timezone": "Mars/Base",
        "hours": {"monday": []},
        "daily_maximum": 0,
        "skills": [{"name": "x", "expires_on": "2026-02-30"}],
    }
    assert firm.ask("PUT", path, "tess", wrong).pointers == {
        "/timezone",
        "/hours/monday",
        "/daily_maximum",
        "/skills/0/expires_on",
    }
    assert firm.ask("GET", path, "tess").json == body
    assert firm.ask("GET", f"/technicians/{firm.ids['office']}/availability", "office").status == 404


def test_a_job_that_does_not_fit_is_refused_with_the_verdict(firm: Firm) -> None:
    job = firm.job("CONFIRMED", required_skills=["crane"])
    refused = firm.move(job, "assign")
    assert (refused.status, refused.json["code"]) == (409, "not_qualified")
    assert any(not ruled["holds"] and ruled["reason"] for ruled in refused.json["verdict"])


def test_what_is_done_to_an_account_stands_in_the_trail_with_the_address_that_asked(firm: Firm) -> None:
    made = firm.ask("POST", "/users", "admin", {**NEW, "role": "TECHNICIAN"}).json
    path = f"/users/{made['id']}"
    firm.ask("PATCH", path, "admin", {"full_name": "Nora"})
    firm.ask("PUT", f"{path}/role", "admin", {"role": "OFFICE_MANAGER"})
    firm.ask("POST", f"{path}/deactivate", "admin")
    firm.ask("PATCH", "/auth/me", "tess", {"full_name": "Theresa"})
    items = firm.ask("GET", "/audit?limit=50", "admin").json["items"]
    told = [each for each in items if each["action"].startswith("user.")][:5]
    assert [each["action"] for each in told] == [
        "user.updated", "user.deactivated", "user.role_changed", "user.updated", "user.created",
    ]  # fmt: skip
    assert {each["details"].get("address") for each in told} == {"192.0.2.1"}
