"""Inbox, followed jobs, devices and announcements, as they go over the network."""

from typing import Any

import pytest
from tests.usecases.firm import A_DEVICE
from tests.web.firm import Firm

from hosanna_core.testing.samples import id_of

CLOSED = {"title": "The yard is closed", "body": "On Monday."}
KEY = {"idempotency_key": "k-1"}


def inbox(firm: Firm, who: str, query: str = "") -> Any:
    answer = firm.ask("GET", f"/notifications{query}", who)
    assert answer.status == 200, answer.body
    return answer.json


def test_a_technician_is_notified_at_dispatch(firm: Firm) -> None:
    job = firm.job("DISPATCHED")
    found = inbox(firm, "tess")
    (item,) = found["items"]
    assert set(found) == {"items", "next_cursor", "unread"}
    assert set(item) == {"id", "kind", "title", "body", "job_id", "created_at", "read_at"}
    assert (item["kind"], item["job_id"], item["read_at"]) == ("job.dispatched", job, None)
    assert item["created_at"].endswith("Z")
    assert (found["next_cursor"], found["unread"]) == (None, 1)
    assert inbox(firm, "theo") == {"items": [], "next_cursor": None, "unread": 0}


def test_a_notification_names_a_job_only_while_its_receiver_sees_it(firm: Firm) -> None:
    job = firm.job("DISPATCHED")
    number = firm.read(job).json["number"]
    assert number in inbox(firm, "tess")["items"][0]["title"]
    firm.move(job, "recall")
    (item,) = inbox(firm, "tess")["items"]
    assert item["job_id"] is None
    for word in (number, "panel", "Main St", job):
        assert word not in str(item)


def test_what_is_read_is_read_on_every_device(firm: Firm) -> None:
    firm.job("DISPATCHED")
    (item,) = inbox(firm, "tess")["items"]
    read = firm.ask("POST", f"/notifications/{item['id']}/read", "tess")
    assert (read.status, read.json["id"]) == (200, item["id"])
    assert read.json["read_at"] is not None
    again = firm.ask("POST", f"/notifications/{item['id']}/read", "tess", {})
    assert (again.status, again.json) == (200, read.json)
    assert inbox(firm, "tess")["unread"] == 0
    assert inbox(firm, "tess", "?unread=true")["items"] == []
    assert inbox(firm, "tess", "?unread=false")["items"] == [read.json]


def test_all_are_read_at_once(firm: Firm) -> None:
    for _ in range(3):
        firm.job("DISPATCHED")
    read = [firm.ask("POST", "/notifications/read-all", "tess").json for _ in range(2)]
    assert read == [{"read": 3}, {"read": 0}]
    assert inbox(firm, "tess")["unread"] == 0


def test_to_read_all_is_done_once_and_answered_the_same_however_often_it_is_sent(firm: Firm) -> None:
    def read() -> Any:
        return firm.ask("POST", "/notifications/read-all", "tess", **KEY).json

    for _ in range(3):
        firm.job("DISPATCHED")
    assert read() == {"read": 3}
    firm.job("DISPATCHED")
    assert read() == {"read": 3}
    assert inbox(firm, "tess")["unread"] == 1


def test_to_subscribe_is_done_once_and_with_another_body_it_is_another_request(firm: Firm) -> None:
    def subscribe(**body: Any) -> Any:
        return firm.ask("POST", "/notifications/push-subscriptions", "tess", body, **KEY)

    first = subscribe(**A_DEVICE)
    assert first.status == 201
    assert subscribe(**A_DEVICE).json == first.json
    other = subscribe(**{**A_DEVICE, "endpoint": A_DEVICE["endpoint"] + "/2"})
    assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")
    gone = firm.ask("DELETE", f"/notifications/push-subscriptions/{first.json['id']}", "tess")
    assert gone.status == 204
    assert subscribe(**A_DEVICE).status == 404


def test_somebody_elses_notification_is_not_there_word_for_word(firm: Firm) -> None:
    firm.job("DISPATCHED")
    (item,) = inbox(firm, "tess")["items"]
    foreign, absent = (
        firm.ask("POST", f"/notifications/{each}/read", who).json
        for each, who in ((item["id"], "admin"), (id_of(123_456), "admin"))
    )
    assert foreign == absent
    assert (foreign["status"], foreign["code"]) == (404, "not_found")
    assert inbox(firm, "tess")["unread"] == 1


def test_an_inbox_is_paged_to_its_end(firm: Firm) -> None:
    jobs = [firm.job("DISPATCHED") for _ in range(5)]
    found, cursor = [], ""
    while True:
        page = inbox(firm, "tess", f"?limit=2{cursor}")
        found += [item["job_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert found == jobs[::-1]
    for query in ("?limit=0", "?limit=201", "?cursor=x", "?unread=1", "?kind=x"):
        assert firm.ask("GET", f"/notifications{query}", "tess").status == 422


def test_who_follows_a_job_is_told_how_it_moves_on_until_they_do_not(firm: Firm) -> None:
    job = firm.job("ASSIGNED")
    follow = f"/jobs/{job}/follow"
    assert firm.ask("GET", follow, "admin").json == {"following": False}
    put = firm.ask("PUT", follow, "admin")
    assert (put.status, put.body) == (204, b"")
    assert firm.ask("GET", follow, "admin").json == {"following": True}
    firm.move(job, "dispatch")
    (item,) = inbox(firm, "admin")["items"]
    assert (item["kind"], item["job_id"]) == ("job.status_changed", job)
    assert firm.ask("DELETE", follow, "admin").status == 204
    assert firm.ask("GET", follow, "admin").json == {"following": False}
    firm.move(job, "start")
    assert len(inbox(firm, "admin")["items"]) == 1


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_job_that_one_may_not_see_cannot_be_followed(firm: Firm, method: str) -> None:
    hidden = firm.ask(method, f"/jobs/{firm.job('ASSIGNED')}/follow", "tess")
    absent = firm.ask(method, f"/jobs/{id_of(123_456)}/follow", "tess")
    assert (hidden.status, hidden.json) == (404, absent.json)


def test_an_announcement_reaches_everybody_and_is_listed(firm: Firm) -> None:
    made = firm.ask("POST", "/announcements", "admin", CLOSED)
    assert made.status == 201
    assert made.header("location") is None
    assert made.json == {
        **CLOSED, "id": made.json["id"], "role": None, "created_at": made.json["created_at"], "expires_at": None,
    }  # fmt: skip
    for who in ("admin", "office", "tess", "theo", "owen"):
        assert [item["title"] for item in inbox(firm, who)["items"]] == [CLOSED["title"]]
        assert firm.ask("GET", "/announcements", who).json == {"items": [made.json], "next_cursor": None}


def test_an_announcement_to_a_role_is_for_the_role_until_it_expires(firm: Firm) -> None:
    body = {**CLOSED, "role": "TECHNICIAN", "expires_at": "2026-01-01T02:00:00+01:00"}
    made = firm.ask("POST", "/announcements", "admin", body)
    assert (made.status, made.json["expires_at"]) == (201, "2026-01-01T01:00:00Z")
    told = {who: len(inbox(firm, who)["items"]) for who in firm.ids}
    assert told == {"admin": 0, "office": 0, "owen": 0, "tess": 1, "theo": 1}
    listed = {who: len(firm.ask("GET", "/announcements", who).json["items"]) for who in firm.ids}
    assert listed == {"admin": 1, "office": 0, "owen": 0, "tess": 1, "theo": 1}
    firm.clock.step(60 * 60_000)
    firm.tokens = {who: firm.log_in(who) for who in firm.ids}
    assert inbox(firm, "tess") == {"items": [], "next_cursor": None, "unread": 0}
    assert firm.ask("GET", "/announcements", "admin").json["items"] == []
    late = firm.ask("POST", "/announcements", "admin", body)
    assert (late.status, late.pointers) == (422, {"/expires_at"})


def test_an_announcement_with_a_key_is_made_once(firm: Firm) -> None:
    first, second = (firm.ask("POST", "/announcements", "admin", CLOSED, **KEY) for _ in range(2))
    assert (first.status, second.status, second.body) == (201, 201, first.body)
    assert len(inbox(firm, "tess")["items"]) == 1
    other = firm.ask("POST", "/announcements", "admin", {**CLOSED, "title": "Another"}, **KEY)
    assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")
    answers = firm.at_once(
        *(firm.asking("POST", "/announcements", "admin", CLOSED, idempotency_key="k-2") for _ in range(8))
    )
    assert {each.json["id"] for each in answers if each.status == 201} != {first.json["id"]}
    assert len(inbox(firm, "tess")["items"]) == 2


@pytest.mark.parametrize("who", ["office", "tess"])
def test_only_an_administrator_announces(firm: Firm, who: str) -> None:
    refused = firm.ask("POST", "/announcements", who, {"title": 5})
    assert (refused.status, refused.json["rule"]) == (403, "duty.announce")


def test_a_device_subscribes_and_is_taken_out(firm: Firm) -> None:
    assert firm.ask("GET", "/notifications/push-key", "tess").json == {"public_key": "kit"}
    made = firm.ask("POST", "/notifications/push-subscriptions", "tess", {**A_DEVICE, "expirationTime": None})
    assert (made.status, set(made.json)) == (201, {"id"})
    assert firm.ask("POST", "/notifications/push-subscriptions", "tess", A_DEVICE).json == made.json
    path = f"/notifications/push-subscriptions/{made.json['id']}"
    assert firm.ask("DELETE", path, "theo").status == 404
    assert [firm.ask("DELETE", path, "tess").status for _ in range(2)] == [204, 404]


def test_what_is_wrong_with_a_subscription_is_named(firm: Firm) -> None:
    body = {"endpoint": "http://push.example.com/", "keys": {"p256dh": "AAAA", "auth": "AAAA"}}
    refused = firm.ask("POST", "/notifications/push-subscriptions", "tess", body)
    assert (refused.status, refused.pointers) == (422, {"/endpoint", "/keys/p256dh", "/keys/auth"})


@pytest.mark.parametrize("path", ["/auth/me", "/users/{id}"])
def test_ways_are_chosen_in_the_preferences_and_judged_there(firm: Firm, path: str) -> None:
    path, who = path.format(id=firm.ids["tess"]), "tess" if path == "/auth/me" else "admin"
    wrong = {"job.dispatched": {"live": 1, "fax": True}, "job.flown": {"live": True}, "announcement": None}
    refused = firm.ask("PATCH", path, who, {"preferences": {"notifications": wrong}})
    assert (refused.status, refused.pointers) == (
        422,
        {
            "/preferences/notifications/job.dispatched/live",
            "/preferences/notifications/job.dispatched/fax",
            "/preferences/notifications/job.flown",
        },
    )
    right = {"job.dispatched": {"live": False}}
    changed = firm.ask("PATCH", path, who, {"preferences": {"notifications": right, "theme": "dark"}})
    assert changed.json["preferences"] == {"notifications": right, "theme": "dark"}
    more = {"job.dispatched": {"live": None, "email": True}}
    changed = firm.ask("PATCH", path, who, {"preferences": {"notifications": more}})
    assert changed.json["preferences"]["notifications"] == {"job.dispatched": {"email": True}}


def test_reading_and_following_are_no_changes_of_the_job(firm: Firm) -> None:
    job = firm.job("DISPATCHED")
    etag = firm.read(job).etag
    firm.ask("PUT", f"/jobs/{job}/follow", "tess")
    firm.ask("POST", "/notifications/read-all", "tess")
    assert firm.read(job).etag == etag
    assert firm.move(job, "recall", if_match=etag).status == 200
