"""Lists: filters, orders, pages; each role walks only what it sees."""

import pytest
from tests.web.firm import JOB, Firm

MINUTE = 60_000


def ids(firm: Firm, query: str, who: str = "admin") -> list[str]:
    answer = firm.ask("GET", f"/jobs?{query}", who)
    assert answer.status == 200, answer.body
    return [row["id"] for row in answer.json["items"]]


def walked(firm: Firm, query: str, who: str) -> list[str]:
    """All ids, page by page; each page but the last has a cursor."""
    found: list[str] = []
    cursor = ""
    while True:
        page = firm.ask("GET", f"/jobs?{query}{cursor}", who).json
        found += [row["id"] for row in page["items"]]
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


def names(firm: Firm, target: str) -> list[str]:
    return [row["full_name"] for row in firm.ask("GET", target, "admin").json["items"]]


@pytest.fixture
def jobs(firm: Firm) -> list[str]:
    """Twelve jobs, a minute apart; every third dispatched to tess."""
    made = []
    for number in range(12):
        priority = ("LOW", "NORMAL", "HIGH", "EMERGENCY")[number % 4]
        day = f"2026-04-{28 - number:02d}"
        window = {"start": f"{day}T08:00:00Z", "end": f"{day}T10:00:00Z"} if number % 2 else None
        place = "DISPATCHED" if number % 3 == 0 else "CONFIRMED" if number % 3 == 1 else "TENTATIVE"
        made.append(firm.job(place, title=f"Visit a{number}", priority=priority, window=window))
        firm.clock.step(MINUTE)
    return made


def test_a_list_shows_what_a_get_shows(firm: Firm, jobs: list[str]) -> None:
    rows = firm.ask("GET", "/jobs", "admin").json["items"]
    assert rows == [firm.read(row["id"]).json for row in rows]


def test_the_newest_job_comes_first_unless_asked_otherwise(firm: Firm, jobs: list[str]) -> None:
    assert ids(firm, "") == jobs[::-1]
    assert ids(firm, "sort=-created_at") == jobs[::-1]
    assert ids(firm, "sort=created_at") == jobs


def test_emergencies_come_first_and_jobs_without_a_window_last(firm: Firm, jobs: list[str]) -> None:
    by_priority = [jobs[number] for start in (3, 2, 1, 0) for number in range(start, 12, 4)]
    assert ids(firm, "sort=priority") == by_priority
    by_window = [jobs[number] for number in (11, 9, 7, 5, 3, 1)]
    assert ids(firm, "sort=window")[:6] == by_window
    assert set(ids(firm, "sort=window")[6:]) == set(jobs[::2])


@pytest.mark.parametrize("sort", ["-created_at", "created_at", "priority", "window"])
@pytest.mark.parametrize("limit", [1, 3, 12, 200])
@pytest.mark.parametrize("who", ["admin", "office", "tess", "theo"])
def test_pages_put_together_are_the_whole_list(
    firm: Firm, jobs: list[str], sort: str, limit: int, who: str
) -> None:
    seen = {
        "admin": jobs,
        "office": [job for n, job in enumerate(jobs) if n % 3 != 2],
        "tess": jobs[::3],
        "theo": [],
    }
    whole = ids(firm, f"sort={sort}&limit=200", who)
    assert sorted(whole) == sorted(seen[who])
    assert walked(firm, f"sort={sort}&limit={limit}", who) == whole


def test_filters_narrow(firm: Firm, jobs: list[str]) -> None:
    assert ids(firm, "status=DISPATCHED") == jobs[::3][::-1]
    assert set(ids(firm, "status=DISPATCHED&status=CONFIRMED")) == {*jobs[::3], *jobs[1::3]}
    assert set(ids(firm, "priority=EMERGENCY")) == set(jobs[3::4])
    assert ids(firm, f"technician_id={firm.ids['tess']}") == jobs[::3][::-1]
    assert ids(firm, f"technician_id={firm.ids['theo']}") == []
    middle = firm.read(jobs[6]).json["created_at"]
    assert ids(firm, f"created_from={middle}") == jobs[:5:-1]
    assert ids(firm, f"created_to={middle}") == jobs[5::-1]
    assert ids(firm, f"created_from={middle}&created_to={middle}") == []
    assert ids(firm, "window_from=2026-04-20T00:00:00Z&sort=window") == [jobs[7], jobs[5], jobs[3], jobs[1]]
    assert ids(firm, "window_to=2026-04-18T00:00:00%2B00:00&sort=window") == [jobs[11]]


def test_a_search_wants_every_word_and_takes_the_last_as_a_beginning(firm: Firm, jobs: list[str]) -> None:
    odd = firm.job(
        "TENTATIVE", title="Überspannung", customer={"name": "Zoë O'Neil"}, site={"street": "9 Elm St"}
    )
    assert ids(firm, "q=visit") == jobs[::-1]
    assert ids(firm, "q=visit%20a5") == [jobs[5]]
    assert ids(firm, "q=neil%20elm") == ids(firm, "q=o%27neil%20EL") == [odd]
    assert ids(firm, "q=zo") == [odd]
    assert ids(firm, "q=nothing") == []
    assert ids(firm, "q=J-000001") == [jobs[0]]
    assert ids(firm, "q=zo", "office") == []
    assert walked(firm, "q=visit&limit=2", "tess") == jobs[::3][::-1]


def test_a_cursor_is_of_one_list_one_order_and_one_person(firm: Firm, jobs: list[str]) -> None:
    cursor = firm.ask("GET", "/jobs?limit=2", "office").json["next_cursor"]
    assert firm.ask("GET", f"/jobs?limit=3&cursor={cursor}", "office").status == 200
    for who, target in (
        ("owen", "/jobs?"), ("admin", "/jobs?"), ("tess", "/jobs?"), ("office", "/jobs?sort=created_at&"),
        ("office", "/technicians?"),
    ):  # fmt: skip
        assert firm.ask("GET", f"{target}cursor={cursor}", who).status == 422
    for broken in (cursor[:-1], cursor[1:], cursor + "A", cursor.swapcase(), cursor[::-1]):
        assert firm.ask("GET", f"/jobs?cursor={broken}", "office").status == 422


def test_a_list_that_changes_while_one_pages_neither_repeats_nor_skips_what_stays(
    firm: Firm, jobs: list[str]
) -> None:
    first = firm.ask("GET", "/jobs?limit=4", "office").json
    firm.job("CONFIRMED")
    firm.move(jobs[1], "cancel")
    firm.move(jobs[4], "assign")
    rest = walked(firm, f"limit=4&cursor={first['next_cursor']}", "office")
    found = [row["id"] for row in first["items"]] + rest
    assert len(found) == len(set(found))
    assert set(found) == {job for number, job in enumerate(jobs) if number % 3 != 2}


def test_users_and_technicians_are_paged_too(firm: Firm) -> None:
    for target, limit in (("/users", 2), ("/technicians", 1)):
        found, cursor = [], ""
        while cursor is not None:
            page = firm.ask("GET", f"{target}?limit={limit}{cursor and '&cursor=' + cursor}", "admin").json
            found += [row["id"] for row in page["items"]]
            cursor = page["next_cursor"]
        assert found == [row["id"] for row in firm.ask("GET", target, "admin").json["items"]]
        assert len(found) == (5 if target == "/users" else 2)


def test_users_are_filtered_by_role_and_activity(firm: Firm) -> None:
    firm.ask("POST", f"/users/{firm.ids['theo']}/deactivate", "admin")
    assert names(firm, "/users?role=TECHNICIAN") == ["Tess", "Theo"]
    assert names(firm, "/users?active=false") == ["Theo"]
    assert names(firm, "/users?role=TECHNICIAN&active=true") == ["Tess"]


def test_the_roster_is_asked_for_skill_and_time(firm: Firm) -> None:
    skilled = {"timezone": "UTC", "skills": [{"name": "Journeyman"}], "hours": {"mon": [["08:00", "16:00"]]}}
    put = firm.ask("PUT", f"/technicians/{firm.ids['tess']}/availability", "tess", skilled)
    assert put.status == 200, put.body
    assert names(firm, "/technicians") == ["Tess", "Theo"]
    assert names(firm, "/technicians?skill=journeyman") == ["Tess"]
    monday = "available_from=2026-03-02T08:00:00Z&available_to=2026-03-02T10:00:00Z"
    sunday = "available_from=2026-03-01T08:00:00Z&available_to=2026-03-01T10:00:00Z"
    assert names(firm, f"/technicians?{monday}") == ["Tess", "Theo"]
    assert names(firm, f"/technicians?{sunday}") == ["Theo"]
    firm.job("ASSIGNED", window={"start": "2026-03-02T09:00:00Z", "end": "2026-03-02T11:00:00Z"})
    assert names(firm, f"/technicians?{monday}") == ["Theo"]
    assert firm.ask("GET", "/technicians?available_from=2026-03-02T08:00:00Z", "office").pointers == {
        "/available_to"
    }


def test_a_job_is_read_as_it_was(firm: Firm) -> None:
    job = str(firm.ask("POST", "/jobs", "admin", JOB).json["id"])
    made = firm.read(job).json
    seen = {}
    for action in ("confirm", "assign", "dispatch", "start"):
        firm.clock.step(MINUTE)
        moved = firm.move(job, action).json
        seen[moved["updated_at"]] = moved
    assert firm.ask("GET", f"/jobs/{job}?as_of={made['created_at']}", "admin").json == made
    for at, as_it_was in seen.items():
        then = firm.ask("GET", f"/jobs/{job}?as_of={at}", "admin")
        assert then.json == as_it_was
        assert then.etag == f'"{as_it_was["version"]}"'
        # Only who sees it now and would have seen it then.
        assert firm.ask("GET", f"/jobs/{job}?as_of={at}", "tess").status == (
            200 if as_it_was["version"] > 3 else 404
        )
    assert firm.ask("GET", f"/jobs/{job}?as_of=2020-01-01T00:00:00Z", "admin").status == 404
    assert firm.ask("GET", f"/jobs/{job}?as_of={made['created_at']}", "office").status == 404


def test_a_history_tells_who_did_what_and_why(firm: Firm) -> None:
    job = firm.job("ASSIGNED")
    firm.ask("PATCH", f"/jobs/{job}", "admin", {"title": "New title"}, if_match="*")
    firm.move(job, "unassign", body={"reason": "Tess is ill"})
    entries = firm.ask("GET", f"/jobs/{job}/history", "office").json["items"]
    assert [(entry["version"], entry["action"], entry["from"], entry["to"]) for entry in entries] == [
        (1, "create", None, "TENTATIVE"),
        (2, "confirm", "TENTATIVE", "CONFIRMED"),
        (3, "assign", "CONFIRMED", "ASSIGNED"),
        (4, "edit", "ASSIGNED", "ASSIGNED"),
        (5, "unassign", "ASSIGNED", "CONFIRMED"),
    ]
    assert {entry["actor_id"] for entry in entries} == {firm.ids["admin"]}
    assert entries[3]["changes"] == {"title": {"from": JOB["title"], "to": "New title"}}
    assert entries[4]["reason"] == "Tess is ill"
    assert len({entry["hash"] for entry in entries}) == 5
