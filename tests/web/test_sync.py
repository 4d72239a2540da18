"""`GET /sync`: a device that was offline is brought up to date, or told to begin anew."""

from typing import Any

import pytest
from tests.cli.listening import listening
from tests.web.firm import WAYS, Firm
from tests.web.listeners import listens
from tests.web.test_roles import ROLE, SEEN_BY


def page(firm: Firm, who: str, cursor: str | None = None, limit: int | None = None) -> dict[str, Any]:
    given = {"cursor": cursor, "limit": limit}
    query = "&".join(f"{name}={value}" for name, value in given.items() if value is not None)
    answer = firm.ask("GET", f"/sync?{query}", who)
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json
    assert found.keys() == {"jobs", "removed", "cursor", "more", "reset"}
    return found


def pages(firm: Firm, who: str, cursor: str | None = None, limit: int | None = None) -> list[dict[str, Any]]:
    found = [page(firm, who, cursor, limit)]
    while found[-1]["more"]:
        found.append(page(firm, who, found[-1]["cursor"], limit))
    return found


def here(firm: Firm, who: str) -> str:
    """Where somebody is who is up to date."""
    return str(pages(firm, who)[-1]["cursor"])


def ids(found: list[dict[str, Any]]) -> list[str]:
    return [job["id"] for each in found for job in each["jobs"]]


def changed(firm: Firm, who: str, cursor: str) -> tuple[list[tuple[str, str]], list[str]]:
    """What a device is told that was at *cursor*: ids with statuses, and what is gone."""
    found = page(firm, who, cursor)
    assert not found["reset"]
    return [(job["id"], job["status"]) for job in found["jobs"]], found["removed"]


@pytest.mark.parametrize("who", ROLE)
def test_without_a_cursor_everything_in_view_comes_page_by_page_and_is_to_replace_all_else(who: str) -> None:
    firm = Firm()
    made = {place: firm.job(place) for place in WAYS}
    expected = [job for place, job in made.items() if who in SEEN_BY[place]]
    found = pages(firm, who, limit=4)
    assert ids(found) == expected
    assert [each["reset"] for each in found] == [True] + [False] * (len(found) - 1)
    assert [len(each["jobs"]) for each in found[:-1]] == [4] * (len(found) - 1)
    assert all(each["removed"] == [] for each in found)
    for each in (job for answer in found for job in answer["jobs"]):
        assert each == firm.read(each["id"], who).json


def test_nothing_in_view_is_one_empty_page(firm: Firm) -> None:
    found = page(firm, "tess")
    assert (found["jobs"], found["removed"], found["more"], found["reset"]) == ([], [], False, True)
    again = page(firm, "tess", found["cursor"])
    assert (again["jobs"], again["removed"], again["more"], again["reset"]) == ([], [], False, False)


def test_what_changed_comes_as_it_is_now_and_once(firm: Firm) -> None:
    moved, untouched = firm.job("DISPATCHED"), firm.job("DISPATCHED")
    cursor = here(firm, "tess")
    for action in ("start", "hold", "resume"):
        firm.move(moved, action)
    assert changed(firm, "tess", cursor) == ([(moved, "IN_PROGRESS")], [])
    assert page(firm, "tess", cursor)["jobs"] == [firm.read(moved, "tess").json]
    assert untouched not in str(page(firm, "tess", cursor))


def test_what_left_the_view_is_gone_and_nothing_of_it_is_told_but_its_id(firm: Firm) -> None:
    jobs = {action: firm.job(place) for action, place in (
        ("recall", "DISPATCHED"), ("return_visit", "IN_PROGRESS"), ("reopen", "COMPLETED"),
    )}  # fmt: skip
    cursor = here(firm, "tess")
    for action, job in jobs.items():
        firm.move(job, action)
    assert changed(firm, "tess", cursor) == ([], list(jobs.values()))
    assert changed(firm, "theo", here(firm, "theo")) == ([], [])


def test_what_came_into_view_is_there(firm: Firm) -> None:
    job, secret = firm.job(), firm.job()
    cursors = {who: here(firm, who) for who in ROLE}
    firm.move(job, "confirm")
    firm.ask("PATCH", f"/jobs/{secret}", "admin", {"title": "Other words"}, if_match="*")
    assert changed(firm, "office", cursors["office"]) == ([(job, "CONFIRMED")], [])
    assert changed(firm, "admin", cursors["admin"]) == ([(job, "CONFIRMED"), (secret, "TENTATIVE")], [])
    assert changed(firm, "tess", cursors["tess"]) == ([], [])


def test_what_entered_and_left_again_meanwhile_is_silent(firm: Firm) -> None:
    job = firm.job("ASSIGNED")
    cursor = here(firm, "tess")
    firm.move(job, "dispatch")
    firm.move(job, "recall")
    assert changed(firm, "tess", cursor) == ([], [])
    firm.move(job, "dispatch")
    assert changed(firm, "tess", cursor) == ([(job, "DISPATCHED")], [])


def test_what_left_and_came_back_is_sent_and_not_gone(firm: Firm) -> None:
    job = firm.job("DISPATCHED")
    cursor = here(firm, "tess")
    firm.move(job, "recall")
    firm.move(job, "dispatch")
    assert changed(firm, "tess", cursor) == ([(job, "DISPATCHED")], [])


def test_a_job_that_went_to_another_technician_leaves_the_one_and_enters_the_other(firm: Firm) -> None:
    job = firm.job("DISPATCHED")
    cursors = {who: here(firm, who) for who in ("tess", "theo")}
    for action in ("recall", "reassign", "dispatch"):
        firm.move(job, action)
    assert changed(firm, "tess", cursors["tess"]) == ([], [job])
    assert changed(firm, "theo", cursors["theo"]) == ([(job, "DISPATCHED")], [])


def test_what_changed_comes_in_pages_too(firm: Firm) -> None:
    gone, kept = [[firm.job("DISPATCHED") for _ in range(4)] for _ in range(2)]
    cursor = here(firm, "tess")
    for one, other in zip(gone, kept, strict=True):
        firm.move(one, "recall")
        firm.move(other, "start")
    found = pages(firm, "tess", cursor, limit=3)
    assert [each["reset"] for each in found] == [False] * 3
    assert ids(found) == kept
    assert [job for each in found for job in each["removed"]] == gone
    assert [len(each["jobs"]) + len(each["removed"]) for each in found] == [3, 3, 2]


@pytest.mark.parametrize("limit", ["0", "201", "x", "1.5", "-1", ""])
def test_a_limit_that_is_none_is_refused(firm: Firm, limit: str) -> None:
    answer = firm.ask("GET", f"/sync?limit={limit}&no=1", "tess")
    assert (answer.status, answer.pointers) == (422, {"/limit", "/no"})


def test_two_hundred_are_the_most_and_fifty_if_nothing_is_said(firm: Firm) -> None:
    for _ in range(51):
        firm.job()
    assert [len(each["jobs"]) for each in pages(firm, "admin")] == [50, 1]
    assert [len(each["jobs"]) for each in pages(firm, "admin", limit=200)] == [51]


def demand_reset(firm: Firm, who: str, cursor: str) -> None:
    found = page(firm, who, cursor)
    assert found["reset"]
    fresh = page(firm, who)
    assert [found[name] for name in ("jobs", "removed", "more")] == [
        fresh[name] for name in ("jobs", "removed", "more")
    ]


@pytest.mark.parametrize("cursor", ["", "x", "a" * 500, "%00", "%ff", "%C3%A9", "null", "AAAA" * 20])
def test_a_cursor_that_is_none_begins_anew(firm: Firm, cursor: str) -> None:
    firm.job("DISPATCHED")
    demand_reset(firm, "tess", cursor)


def test_a_cursor_that_was_tampered_with_begins_anew(firm: Firm) -> None:
    firm.job("DISPATCHED")
    cursor = here(firm, "tess")
    for place in range(0, len(cursor), 5):
        other = "A" if cursor[place] != "A" else "B"
        demand_reset(firm, "tess", cursor[:place] + other + cursor[place + 1 :])


def test_somebody_elses_cursor_begins_anew(firm: Firm) -> None:
    firm.job("DISPATCHED")
    demand_reset(firm, "theo", here(firm, "tess"))
    demand_reset(firm, "owen", here(firm, "office"))
    walking = page(firm, "admin", limit=1)
    demand_reset(firm, "office", walking["cursor"])


def test_a_cursor_of_another_store_begins_anew(firm: Firm) -> None:
    other = Firm()
    other.clock.step(1)
    assert firm.ids["tess"] == other.ids["tess"]
    firm.job("DISPATCHED")
    other.job("DISPATCHED")
    demand_reset(firm, "tess", here(other, "tess"))


def test_a_cursor_behind_which_events_were_dropped_begins_anew_in_the_middle_of_a_walk_too(
    firm: Firm,
) -> None:
    for _ in range(3):
        firm.job("DISPATCHED")
    cursor, walking = here(firm, "tess"), page(firm, "tess", limit=1)
    folding_from = here(firm, "admin")
    for _ in range(3):
        firm.job()
    folding = page(firm, "admin", folding_from, limit=1)
    assert (walking["more"], folding["more"]) == (True, True)
    firm.job("DISPATCHED")
    log = firm.ports.store.feed._log  # type: ignore[attr-defined]
    while len(log.events) > 1:
        log.events.popleft()
    for who, old in (("tess", cursor), ("tess", walking["cursor"]), ("admin", folding["cursor"])):
        demand_reset(firm, who, old)
    assert not page(firm, "tess", here(firm, "tess"))["reset"]


def test_a_cursor_from_before_a_change_of_role_begins_anew_even_once_the_role_is_back(firm: Firm) -> None:
    job = firm.job("CONFIRMED")
    cursor = here(firm, "owen")
    for role in ("TECHNICIAN", "OFFICE_MANAGER"):
        assert firm.ask("PUT", f"/users/{firm.ids['owen']}/role", "admin", {"role": role}).status == 200
        firm.tokens["owen"] = firm.log_in("owen")
        found = page(firm, "owen", cursor)
        assert found["reset"]
        assert [each["id"] for each in found["jobs"]] == ([] if role == "TECHNICIAN" else [job])
    assert not page(firm, "owen", here(firm, "owen"))["reset"]


def test_a_cursor_of_the_stream_is_one_here_and_the_other_way_round(firm: Firm) -> None:
    job, other = firm.job("DISPATCHED"), firm.job("DISPATCHED")
    with listening(firm.app) as port:
        with listens(firm, port, "tess", f"?cursor={here(firm, 'tess')}") as tess:
            assert tess.next()["recovered"] is True
            firm.move(job, "start")
            assert tess.next()["job"]["status"] == "IN_PROGRESS"
        firm.move(job, "hold")
        firm.move(other, "recall")
        assert changed(firm, "tess", tess.cursor) == ([(job, "ON_HOLD")], [other])
        cursor = page(firm, "tess", tess.cursor)["cursor"]
        firm.move(job, "resume")
        with listens(firm, port, "tess", f"?cursor={cursor}") as again:
            assert again.next()["recovered"] is True
            assert [each["version"] for each in again.until_quiet()] == [7]


def test_a_cursor_in_the_middle_is_none_for_the_stream(firm: Firm) -> None:
    for _ in range(2):
        firm.job("DISPATCHED")
    walking = page(firm, "tess", limit=1)
    with listening(firm.app) as port, listens(firm, port, "tess", f"?cursor={walking['cursor']}") as tess:
        assert tess.next()["recovered"] is False


def test_a_cursor_is_no_longer_for_all_that_has_happened(firm: Firm) -> None:
    before = here(firm, "tess")
    for _ in range(300):
        firm.job()
    after = here(firm, "tess")
    assert len(before) == len(after)
    assert not page(firm, "tess", before)["reset"]
