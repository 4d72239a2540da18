"""Role × place × action, whole, against the tables of the specification written here by hand."""

import pytest
from tests.web.firm import JOB, WAYS, Firm

ROLE = {
    "admin": "ADMINISTRATOR", "office": "OFFICE_MANAGER", "owen": "OFFICE_MANAGER",
    "tess": "TECHNICIAN", "theo": "TECHNICIAN",
}  # fmt: skip

# action: (from, to, capability); None: the status stays.
LIFECYCLE: dict[str, tuple[set[str], str | None, str]] = {
    "confirm": ({"TENTATIVE"}, "CONFIRMED", "Confirm Jobs"),
    "assign": ({"CONFIRMED"}, "ASSIGNED", "Assign Technicians"),
    "dispatch": ({"ASSIGNED"}, "DISPATCHED", "Dispatch to Field"),
    "start": ({"DISPATCHED"}, "IN_PROGRESS", "Start Field Work"),
    "complete": ({"IN_PROGRESS"}, "COMPLETED", "Complete Work"),
    "bill": ({"COMPLETED"}, "BILLED", "Process Billing"),
    "reassign": ({"ASSIGNED"}, "ASSIGNED", "Assign Technicians"),
    "unassign": ({"ASSIGNED"}, "CONFIRMED", "Assign Technicians"),
    "reschedule": ({"CONFIRMED", "ASSIGNED"}, None, "Assign Technicians"),
    "return_visit": ({"IN_PROGRESS", "ON_HOLD"}, "CONFIRMED", "Assign Technicians"),
    "reopen": ({"COMPLETED"}, "CONFIRMED", "Confirm Jobs"),
    "cancel": ({"TENTATIVE", "CONFIRMED", "ASSIGNED", "DISPATCHED", "ON_HOLD"}, "CANCELLED", "Confirm Jobs"),
    "recall": ({"DISPATCHED"}, "ASSIGNED", "Dispatch to Field"),
    "hold": ({"IN_PROGRESS"}, "ON_HOLD", "Start Field Work"),
    "resume": ({"ON_HOLD"}, "IN_PROGRESS", "Start Field Work"),
}

# capability: who has it. A Technician has it for their own jobs.
HOLDERS = {
    "Create Jobs": "ADMINISTRATOR",
    "Confirm Jobs": "ADMINISTRATOR",
    "Assign Technicians": "ADMINISTRATOR",
    "Dispatch to Field": "OFFICE_MANAGER",
    "Start Field Work": "TECHNICIAN",
    "Complete Work": "TECHNICIAN",
    "Process Billing": "OFFICE_MANAGER",
}

_OFFICE = {"admin", "office", "owen"}
SEEN_BY = {
    "TENTATIVE": {"admin"},
    "CONFIRMED": _OFFICE,
    "ASSIGNED": _OFFICE,
    "DISPATCHED": {*_OFFICE, "tess"},
    "IN_PROGRESS": {*_OFFICE, "tess"},
    "ON_HOLD": {*_OFFICE, "tess"},
    "COMPLETED": {*_OFFICE, "tess"},
    "BILLED": {*_OFFICE, "tess"},
    "CANCELLED from TENTATIVE": {"admin"},
    "CANCELLED from CONFIRMED": _OFFICE,
    "CANCELLED from ASSIGNED": _OFFICE,
    "CANCELLED from DISPATCHED": {*_OFFICE, "tess"},
    "CANCELLED from ON_HOLD": {*_OFFICE, "tess"},
}

in_every_place = pytest.mark.parametrize("place", WAYS)
by_everybody = pytest.mark.parametrize("who", ROLE)


@by_everybody
@in_every_place
def test_each_action_is_hidden_forbidden_refused_or_done_as_the_tables_say(
    firm: Firm, place: str, who: str
) -> None:
    job = firm.job(place)
    for action, (sources, target, capability) in LIFECYCLE.items():
        before = firm.read(job).json
        status = place.partition(" ")[0]
        answer = firm.move(job, action, who)
        if who not in SEEN_BY[place]:
            assert answer.status == 404
        elif HOLDERS[capability] != ROLE[who]:
            assert (answer.status, answer.json["code"]) == (403, "permission_denied")
            assert answer.json["rule"].startswith(f"matrix.{capability.replace(' ', '_').lower()}")
            assert capability in answer.json["detail"]
        elif status not in sources:
            assert (answer.status, answer.json["code"]) == (409, "illegal_transition")
            leads_on = {each for each, (starts, _, _) in LIFECYCLE.items() if status in starts}
            assert (answer.json["from"], answer.json["action"]) == (status, action)
            assert set(answer.json["allowed"]) == leads_on
        else:
            assert answer.status == 200, answer.body
            assert answer.json["status"] == (target or status)
            assert answer.json["version"] == before["version"] + 1
            job = firm.job(place)
            continue
        assert firm.read(job).json == before


@by_everybody
@in_every_place
def test_every_way_of_reading_shows_a_job_to_the_same_people(firm: Firm, place: str, who: str) -> None:
    job = firm.job(place)
    sees = who in SEEN_BY[place]
    listed = [
        [row["id"] for row in firm.ask("GET", target, who).json["items"]]
        for target in ("/jobs", "/jobs?q=panel", "/jobs?sort=priority", "/jobs?sort=window", "/jobs?priority=NORMAL",
                       f"/jobs?status={place.partition(' ')[0]}")
    ]  # fmt: skip
    assert listed == [[job] if sees else []] * 6
    for target in ("", "/history", "/transitions", "?as_of=2099-01-01T00:00:00Z"):
        assert firm.ask("GET", f"/jobs/{job}{target}", who).status == (200 if sees else 404)


@by_everybody
@in_every_place
def test_what_transitions_promise_is_what_happens(firm: Firm, place: str, who: str) -> None:
    job = firm.job(place)
    if who not in SEEN_BY[place]:
        return
    offers = firm.ask("GET", f"/jobs/{job}/transitions", who).json["items"]
    assert [offer["action"] for offer in offers] == list(LIFECYCLE)
    for offer in offers:
        sources, _, capability = LIFECYCLE[offer["action"]]
        may = HOLDERS[capability] == ROLE[who] and place.partition(" ")[0] in sources
        assert offer["allowed"] is may
        assert (offer["reason"] is None) is may
        assert offer["rule"]


@by_everybody
def test_only_an_administrator_creates_and_edits_jobs_and_manages_users(firm: Firm, who: str) -> None:
    allowed = ROLE[who] == "ADMINISTRATOR"
    job, theo = firm.job("BILLED"), firm.ids["theo"]
    tagged = {"if_match": firm.read(job).etag}
    refused_or_closed = 409 if allowed else 403 if who in SEEN_BY["BILLED"] else 404
    assert firm.ask("POST", "/jobs", who, JOB).status == (201 if allowed else 403)
    assert firm.ask("PATCH", f"/jobs/{job}", who, {"title": "New"}, **tagged).status == refused_or_closed
    assert firm.ask("GET", "/users", who).status == (200 if allowed else 403)
    assert firm.ask("GET", f"/users/{theo}", who).status == (200 if allowed else 403)
    assert firm.ask("GET", f"/users/{job}", who).status == (404 if allowed else 403)
    assert firm.ask("PATCH", f"/users/{theo}", who, {"phone": "1"}).status == (200 if allowed else 403)
    body = {"email": "new@example.com", "password": "long enough", "full_name": "New", "role": "TECHNICIAN"}
    assert firm.ask("POST", "/users", who, body).status == (201 if allowed else 403)
    for request in (
        ("POST", "deactivate", None),
        ("POST", "activate", None),
        ("PUT", "role", {"role": "TECHNICIAN"}),
    ):
        method, rest, sent = request
        assert firm.ask(method, f"/users/{theo}/{rest}", who, sent).status == (200 if allowed else 403)


@by_everybody
def test_the_office_sees_the_roster_and_a_technician_only_their_own_availability(
    firm: Firm, who: str
) -> None:
    office = ROLE[who] != "TECHNICIAN"
    body = {"timezone": "America/Chicago"}
    assert firm.ask("GET", "/technicians", who).status == (200 if office else 403)
    for technician in ("tess", "theo"):
        path = f"/technicians/{firm.ids[technician]}/availability"
        expected = 200 if office or technician == who else 403
        assert firm.ask("GET", path, who).status == expected
        assert firm.ask("PUT", path, who, body).status == expected


@by_everybody
def test_everybody_has_a_profile_of_their_own(firm: Firm, who: str) -> None:
    assert firm.ask("GET", "/auth/me", who).json["id"] == firm.ids[who]
    changed = firm.ask(
        "PATCH", "/auth/me", who, {"phone": "+1 512 555 0111", "preferences": {"theme": "dark"}}
    )
    assert changed.status == 200
    assert firm.ask("GET", "/auth/me", who).json == changed.json


def test_a_technician_loses_sight_of_a_job_that_is_recalled_returned_or_reopened(firm: Firm) -> None:
    for place, action in (("DISPATCHED", "recall"), ("IN_PROGRESS", "return_visit"), ("COMPLETED", "reopen")):
        job = firm.job(place)
        assert firm.read(job, "tess").status == 200
        assert firm.move(job, action).status == 200
        assert firm.read(job, "tess").status == 404
        assert firm.ask("GET", "/jobs", "tess").json["items"] == []


def test_a_filter_for_what_one_may_not_see_gives_an_empty_page(firm: Firm) -> None:
    firm.job("TENTATIVE")
    theirs = firm.job("DISPATCHED")
    for who, query in (
        ("office", "status=TENTATIVE"),
        ("theo", f"technician_id={firm.ids['tess']}"),
        ("tess", "status=ASSIGNED"),
    ):
        answer = firm.ask("GET", f"/jobs?{query}", who)
        assert (answer.status, answer.json) == (200, {"items": [], "next_cursor": None})
    assert [
        row["id"] for row in firm.ask("GET", f"/jobs?technician_id={firm.ids['tess']}", "tess").json["items"]
    ] == [theirs]
