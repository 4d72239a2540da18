"""A technician's visits in their own calendar: at a secret address, by the right clocks, followed by id."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from icalendar import Calendar
from tests.web.asgi import Answer
from tests.web.firm import REASON, Firm

from hosanna_core.rules.access import CALENDAR, CALENDAR_ADDRESS
from hosanna_core.usecases.trail import verify_trail

WINDOW = {"start": "2026-03-02T08:00:00Z", "end": "2026-03-02T10:00:00Z"}


def link(firm: Firm, who: str = "tess", by: str | None = None, **headers: str) -> str:
    made = firm.ask("POST", f"/technicians/{firm.ids[who]}/calendar-link", by or who, **headers)
    assert made.status == 201, made.body
    return str(made.json["path"])


def fetch(firm: Firm, path: str) -> Answer:
    return firm.ask("GET", path, None, base="")


def visits(firm: Firm, path: str) -> dict[str, Any]:
    answer = fetch(firm, path)
    assert answer.status == 200, answer.body
    assert answer.header("content-type") == "text/calendar; charset=utf-8"
    calendar = Calendar.from_ical(answer.body)
    return {str(event["uid"]): event for event in calendar.walk("VEVENT")}


def test_a_technician_finds_the_visits_that_they_see(firm: Firm) -> None:
    path = link(firm)
    assert path.startswith("/calendar/")
    job = firm.job("DISPATCHED", window=WINDOW, title="Panel; new, big")
    firm.job("ASSIGNED", window={"start": "2026-03-03T08:00:00Z", "end": "2026-03-03T10:00:00Z"})
    firm.job("DISPATCHED")
    (event,) = visits(firm, path).values()
    number = firm.read(job).json["number"]
    assert event["uid"] == f"{job}@hosanna"
    assert str(event["summary"]) == f"{number} Panel; new, big"
    assert str(event["location"]) == "1 Main St, Austin"
    assert "Ann Lee +1 512 555 0100" in str(event["description"])
    assert event["status"] == "CONFIRMED"
    assert event["dtstart"].dt.astimezone(UTC) == datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert event["dtend"].dt.astimezone(UTC) == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert visits(firm, link(firm, "theo")) == {}


def test_the_id_stays_the_sequence_rises_and_what_was_cancelled_says_so(firm: Firm) -> None:
    path = link(firm)
    job = firm.job("DISPATCHED", window=WINDOW)
    before = visits(firm, path)[f"{job}@hosanna"]
    firm.move(job, "start")
    firm.move(job, "hold")
    firm.move(job, "cancel")
    after = visits(firm, path)[f"{job}@hosanna"]
    assert after["status"] == "CANCELLED"
    assert after["sequence"] > before["sequence"]
    assert after["sequence"] == firm.read(job).json["version"]


def test_what_leaves_the_view_leaves_the_calendar(firm: Firm) -> None:
    path = link(firm)
    job = firm.job("DISPATCHED", window=WINDOW)
    firm.move(job, "recall", body=REASON)
    assert visits(firm, path) == {}


def test_times_are_by_the_technicians_clocks_on_both_sides_of_a_change_of_them(firm: Firm) -> None:
    target = f"/technicians/{firm.ids['tess']}/availability"
    assert firm.ask("PUT", target, "tess", {"timezone": "America/Chicago"}).status == 200
    winter = firm.job("DISPATCHED", window={"start": "2026-03-07T15:00:00Z", "end": "2026-03-07T17:00:00Z"})
    summer = firm.job("DISPATCHED", window={"start": "2026-03-09T15:00:00Z", "end": "2026-03-09T17:00:00Z"})
    path = link(firm)
    body = fetch(firm, path).body
    assert b"BEGIN:VTIMEZONE\r\nTZID:America/Chicago" in body
    assert b"DTSTART;TZID=America/Chicago:20260307T090000" in body
    assert b"DTSTART;TZID=America/Chicago:20260309T100000" in body
    found = visits(firm, path)
    assert found[f"{winter}@hosanna"]["dtstart"].dt.astimezone(UTC).hour == 15
    assert found[f"{summer}@hosanna"]["dtstart"].dt.astimezone(UTC).hour == 15


def test_in_the_hour_that_comes_twice_a_visit_is_not_an_hour_early(firm: Firm) -> None:
    target = f"/technicians/{firm.ids['tess']}/availability"
    assert firm.ask("PUT", target, "tess", {"timezone": "America/Chicago"}).status == 200
    firm.job("DISPATCHED", window={"start": "2026-11-01T06:30:00Z", "end": "2026-11-01T07:30:00Z"})
    path = link(firm)
    assert b"DTSTART;TZID=America/Chicago:20261101T013000" in fetch(firm, path).body
    assert b"DTEND:20261101T073000Z" in fetch(firm, path).body
    (event,) = visits(firm, path).values()
    assert event["dtend"].dt.astimezone(UTC) == datetime(2026, 11, 1, 7, 30, tzinfo=UTC)


def test_nothing_that_a_customer_says_becomes_part_of_the_calendars_form(firm: Firm) -> None:
    evil = "x\nEND:VEVENT\nBEGIN:VEVENT\nSUMMARY:evil"
    firm.job("DISPATCHED", window=WINDOW, description=evil)
    path = link(firm)
    assert len(visits(firm, path)) == 1
    assert b"\nSUMMARY:evil" not in fetch(firm, path).body


def test_only_the_newest_address_leads_anywhere(firm: Firm) -> None:
    first = link(firm)
    second = link(firm)
    assert first != second
    assert fetch(firm, first).status == 404
    assert fetch(firm, second).status == 200
    target = f"/technicians/{firm.ids['tess']}/calendar-link"
    assert firm.ask("DELETE", target, "tess").status == 204
    assert firm.ask("DELETE", target, "tess").status == 204
    assert fetch(firm, second).status == 404


def test_the_office_makes_and_revokes_it_too_and_nobody_elses_technician(firm: Firm) -> None:
    for who in ("admin", "office"):
        assert fetch(firm, link(firm, "tess", by=who)).status == 200
    target = f"/technicians/{firm.ids['tess']}/calendar-link"
    for method in ("POST", "DELETE"):
        assert firm.ask(method, target, "theo").json["rule"] == "duty.set_availability.own"
    assert firm.ask("POST", f"/technicians/{firm.ids['office']}/calendar-link", "admin").status == 404


def test_under_one_idempotency_key_one_address_is_made(firm: Firm) -> None:
    assert link(firm, idempotency_key="k") == link(firm, idempotency_key="k")


@pytest.mark.parametrize("rest", ["deactivate", "role"])
def test_whoever_is_shut_out_or_another_leaves_no_address_behind(firm: Firm, rest: str) -> None:
    path, user = link(firm), f"/users/{firm.ids['tess']}"
    if rest == "role":
        firm.ask("PUT", f"{user}/role", "admin", {"role": "OFFICE_MANAGER"})
        assert fetch(firm, path).status == 404
        firm.ask("PUT", f"{user}/role", "admin", {"role": "TECHNICIAN"})
    else:
        firm.ask("POST", f"{user}/deactivate", "admin")
        assert fetch(firm, path).status == 404
        firm.ask("POST", f"{user}/activate", "admin")
    assert fetch(firm, path).status == 404


def test_other_changes_of_the_account_leave_it(firm: Firm) -> None:
    path = link(firm)
    firm.ask("PATCH", "/auth/me", "tess", {"phone": "1"})
    firm.ask("POST", "/auth/logout-all", "tess")
    assert fetch(firm, path).status == 200


def test_an_address_that_is_none_is_not_found_like_any_other(firm: Firm) -> None:
    path = link(firm)
    absent = fetch(firm, "/calendar/x.ics")
    other = "A" if path[-5] != "A" else "B"
    for wrong in (
        path[:-5] + other + ".ics", path.replace(".ics", ""), path + "x", "/calendar/.ics",
        "/calendar/" + "0" * 32 + path[-47:], "/calendar/" + firm.ids["theo"].replace("-", "") + path[-47:],
    ):  # fmt: skip
        answer = fetch(firm, wrong)
        assert (answer.status, answer.json["detail"]) == (404, absent.json["detail"])


def test_the_secret_is_stored_as_a_hash_and_told_nobody(firm: Firm) -> None:
    path = link(firm)
    secret = path[-47:-4]
    user = firm.ports.store.users.get(firm.ids["tess"])
    assert user is not None
    assert secret not in str(msgspec.to_builtins(user)) + repr(user)
    assert user.calendar_hash.hex() not in repr(user)
    shown = firm.ask("GET", f"/users/{firm.ids['tess']}", "admin").json
    assert "calendar_hash" not in shown


def test_readings_are_limited_for_each_technician_and_each_place(firm: Firm) -> None:
    path, theo = link(firm), link(firm, "theo")
    for _ in range(CALENDAR.most):
        assert fetch(firm, path).status == 200
    assert fetch(firm, path).status == 429
    assert fetch(firm, theo).status == 200
    while (answer := fetch(firm, "/calendar/x.ics")).status == 404:
        pass
    assert answer.status == 429
    assert fetch(firm, theo).status == 429
    assert CALENDAR_ADDRESS.most == 600


def test_both_stand_in_the_audit_trail(firm: Firm) -> None:
    path = link(firm, by="office")
    firm.ask("DELETE", f"/technicians/{firm.ids['tess']}/calendar-link", "tess")
    answer = firm.ask("GET", f"/audit?subject_id={firm.ids['tess']}", "admin")
    found = [(each["action"], each["actor_id"]) for each in answer.json["items"][:2]]
    assert found == [("calendar_link.revoked", firm.ids["tess"]), ("calendar_link.made", firm.ids["office"])]
    assert path[-47:-4].encode() not in answer.body
    verify_trail(firm.ports)
