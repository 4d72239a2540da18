"""Webhooks: who is told what, signed and at least once; what does not come through, and who looks after it."""

import base64
from dataclasses import replace
from typing import Any

import pytest
from tests.web.firm import Firm
from tests.web.webhooked import URL, Receiver, switch, work

from hosanna_core.model.ids import DAY, HOUR, MINUTE
from hosanna_core.rules.webhooks import signature
from hosanna_core.testing.doubles import PlainSender
from hosanna_core.testing.samples import id_of
from hosanna_core.usecases.housekeeping import forget_old
from hosanna_core.usecases.trail import verify_trail
from hosanna_core.usecases.webhook_news import queue_news
from hosanna_core.usecases.webhook_sending import hold_lease, send_due


def test_an_administrators_webhook_is_told_what_an_administrator_would_see(firm: Firm) -> None:
    hook = Receiver(firm)
    job = firm.job("CONFIRMED")
    created, confirmed = hook.told()
    assert (created["type"], confirmed["type"]) == ("job.created", "job.status_changed")
    assert created["data"]["job_id"] == job
    assert confirmed["data"]["job"] == firm.read(job).json
    assert confirmed["data"]["actor_id"] == firm.ids["admin"]
    assert confirmed["timestamp"].endswith("Z")
    assert "cursor" not in confirmed["data"]
    assert hook.told() == []


def test_an_office_managers_webhook_sees_jobs_come_into_view(firm: Firm) -> None:
    hook = Receiver(firm, role="OFFICE_MANAGER")
    firm.job("TENTATIVE")
    assert hook.told() == []
    job = firm.job("ASSIGNED")
    assert hook.kinds() == ["job.entered_view", "job.assigned"]
    firm.move(job, "dispatch")
    assert hook.kinds() == ["job.status_changed"]


def test_users_and_announcements_are_told_to_whom_they_are_for_and_inboxes_to_nobody(firm: Firm) -> None:
    admin, office = Receiver(firm), Receiver(firm, url=URL + "2", role="OFFICE_MANAGER")
    firm.ask("PATCH", f"/users/{firm.ids['tess']}", "admin", {"phone": "1"})
    firm.ask("POST", "/announcements", "admin", {"title": "Hi", "body": "All", "role": "OFFICE_MANAGER"})
    firm.job("DISPATCHED")
    told = admin.told()
    assert [each["type"] for each in told][:1] == ["user.updated"]
    assert told[0]["data"]["user"]["phone"] == "1"
    assert not [each for each in told if each["type"].startswith(("notification", "announcement"))]
    assert [kind for kind in office.kinds() if not kind.startswith("job.")] == ["announcement.created"]


def test_only_the_kinds_that_are_wanted_are_told(firm: Firm) -> None:
    hook = Receiver(firm, events=["job.assigned", "job.assigned"])
    firm.job("DISPATCHED")
    assert hook.kinds() == ["job.assigned"]
    assert hook.read()["events"] == ["job.assigned"]


def test_what_was_before_the_webhook_is_not_told(firm: Firm) -> None:
    firm.job()
    hook = Receiver(firm)
    assert hook.told() == []
    firm.clock.step(1)
    firm.job()
    assert hook.kinds() == ["job.created"]


def test_a_body_shows_the_job_as_it_is_when_it_is_sent_and_nothing_that_left(firm: Firm) -> None:
    hook = Receiver(firm, role="OFFICE_MANAGER")
    job = firm.job("CONFIRMED")
    while queue_news(firm.ports):
        pass
    assert firm.move(job, "cancel").status == 200
    (entered, cancelled) = hook.told()
    assert entered["data"]["job"]["status"] == cancelled["data"]["job"]["status"] == "CANCELLED"


def test_every_message_is_signed_by_the_secret_that_was_shown(firm: Firm) -> None:
    hook = Receiver(firm)
    firm.job()
    work(firm)
    (posted,) = hook.sender.posted
    seconds = int(posted.headers["webhook-timestamp"])
    secret = base64.b64decode(hook.secret.removeprefix("whsec_"))
    assert posted.headers["webhook-signature"] == signature(
        secret, posted.headers["webhook-id"], seconds, posted.body
    )
    assert seconds == firm.clock.now() // 1000
    assert posted.headers["webhook-id"] == hook.log()[0]["id"]


def test_a_secret_is_shown_once_and_signs_for_another_day_after_the_next(firm: Firm) -> None:
    hook = Receiver(firm)
    for method, target in (("GET", "/webhooks"), ("GET", f"/webhooks/{hook.id}")):
        assert b"whsec_" not in firm.ask(method, target, "admin").body
    rotated = hook.by_hand("rotate-secret")
    assert rotated.status == 200
    assert rotated.json["secret"] != hook.secret
    firm.job()
    work(firm)
    assert len(hook.sender.posted.pop().headers["webhook-signature"].split(" ")) == 2
    firm.clock.step(DAY)
    firm.tokens["admin"] = firm.log_in("admin")
    firm.job()
    work(firm)
    assert len(hook.sender.posted.pop().headers["webhook-signature"].split(" ")) == 1


def test_under_one_idempotency_key_one_webhook_and_one_secret_are_made(firm: Firm) -> None:
    body = {"url": URL, "role": "ADMINISTRATOR"}
    first = firm.ask("POST", "/webhooks", "admin", body, idempotency_key="k")
    again = firm.ask("POST", "/webhooks", "admin", body, idempotency_key="k")
    assert (first.status, first.json["secret"]) == (again.status, again.json["secret"])
    target = f"/webhooks/{first.json['webhook']['id']}"
    rotated = [
        firm.ask("POST", target + "/rotate-secret", "admin", idempotency_key="r").json for _ in range(2)
    ]
    assert rotated[0] == rotated[1]
    tests = [firm.ask("POST", target + "/test", "admin", idempotency_key="t").json for _ in range(2)]
    assert tests[0] == tests[1]
    assert len(firm.ask("GET", "/webhooks", "admin").json["items"]) == 1
    assert len(firm.ask("GET", target + "/deliveries", "admin").json["items"]) == 1


def test_what_fails_is_tried_again_and_what_follows_overtakes_it(firm: Firm) -> None:
    hook = Receiver(firm)
    hook.sender.status = 500
    first = firm.job()
    assert len(hook.told()) == 1
    second = firm.job()
    assert hook.told() == []
    hook.sender.status = 200
    firm.clock.step(5_000)
    assert [each["data"]["job_id"] for each in hook.told()][:1] == [second]
    firm.clock.step(1_000)
    assert [each["data"]["job_id"] for each in hook.told()] == [first]
    assert [each["fate"] for each in hook.log()] == ["delivered", "delivered"]
    assert [each["status"] for each in hook.log()[1]["tries"]] == [500, 200]


def test_what_was_not_noted_is_sent_again(firm: Firm) -> None:
    """Once is promised at least: who is killed between request and note sends the same message again."""
    hook = Receiver(firm)
    firm.job()
    while queue_news(firm.ports):
        pass
    (before,) = firm.ports.store.deliveries.due(hook.id, firm.clock.now(), 10)
    (first,) = hook.told()
    ids = {hook.log()[0]["id"]}
    firm.ports.store.deliveries.keep(before)
    assert hook.told() == [first]
    assert {each["id"] for each in hook.log()} == ids


def test_after_three_days_a_delivery_is_dead_its_webhook_disabled_and_administrators_are_told(
    firm: Firm,
) -> None:
    hook = Receiver(firm)
    hook.sender.status = None
    firm.job()
    for _ in range(100):
        work(firm)
        firm.clock.step(HOUR)
    firm.tokens["admin"] = firm.log_in("admin")
    assert hook.read()["enabled"] is False
    assert hook.read()["gave_up_at"] is not None
    inbox = firm.ask("GET", "/notifications", "admin").json["items"]
    assert [each["kind"] for each in inbox] == ["webhook.disabled"]
    assert inbox[0]["title"] == "A webhook was disabled"
    firm.tokens["office"] = firm.log_in("office")
    assert firm.ask("GET", "/notifications", "office").json["items"] == []
    (entry,) = firm.ask("GET", "/audit?action=webhook.gave_up", "admin").json["items"]
    assert entry["subject"] == {"kind": "webhook", "id": hook.id}
    before = len(hook.sender.posted)
    firm.job()
    firm.clock.step(DAY)
    work(firm)
    assert len(hook.sender.posted) == before


def test_a_dead_delivery_is_sent_again_by_hand(firm: Firm) -> None:
    hook = Receiver(firm)
    firm.job()
    work(firm)
    (delivered,) = hook.log()
    hook.sender.posted.clear()
    again = hook.by_hand(f"deliveries/{delivered['id']}/replay")
    assert (again.status, again.json["fate"]) == (202, "waiting")
    assert hook.kinds() == ["job.created"]
    assert hook.log()[0]["count"] == 2
    assert hook.by_hand(f"deliveries/{id_of(5)}/replay").status == 404


def test_a_test_message_tells_nothing_and_does_not_wait_for_a_pause(firm: Firm) -> None:
    hook = Receiver(firm)
    hook.sender.status = 503
    firm.job()
    assert len(hook.told()) == 1
    hook.sender.status = 200
    queued = hook.by_hand("test")
    assert (queued.status, queued.json["type"], queued.json["event"]) == (202, "webhook.test", None)
    (told,) = hook.told()
    assert (told["type"], told["data"]) == ("webhook.test", {})


def test_a_disabled_webhook_is_told_nothing_and_what_waited_comes_once_it_is_back(firm: Firm) -> None:
    hook = Receiver(firm)
    firm.job()
    while queue_news(firm.ports):
        pass
    assert switch(hook, on=False).json["enabled"] is False
    assert hook.told() == []
    firm.job()
    refused = hook.by_hand("test")
    assert (refused.status, refused.json["code"]) == (409, "webhook_state")
    assert hook.told() == []
    assert switch(hook, on=True).json["enabled"] is True
    assert len(hook.told()) == 1


def test_another_address_is_tried_at_once(firm: Firm) -> None:
    hook = Receiver(firm)
    hook.sender.status = 500
    firm.job()
    hook.told()
    hook.sender.status = 200
    moved = firm.ask("PATCH", f"/webhooks/{hook.id}", "admin", {"url": URL + "&to=new", "description": None})
    assert (moved.status, moved.json["failing_since"]) == (200, None)
    hook.url = URL + "&to=new"
    firm.clock.step(5_500)
    assert hook.kinds() == ["job.created"]
    same = firm.ask("PATCH", f"/webhooks/{hook.id}", "admin", {})
    assert same.json == hook.read()


def test_a_deleted_webhook_is_gone_with_all_that_was_to_be_told(firm: Firm) -> None:
    hook = Receiver(firm)
    firm.job()
    while queue_news(firm.ports):
        pass
    assert firm.ask("DELETE", f"/webhooks/{hook.id}", "admin").status == 204
    assert hook.told() == []
    for method, rest in (
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("GET", "/deliveries"),
        ("POST", "/test"),
    ):
        body = {} if method in ("PATCH", "POST") else None
        assert firm.ask(method, f"/webhooks/{hook.id}{rest}", "admin", body).status == 404
    assert firm.ask("GET", "/webhooks", "admin").json == {"items": []}
    stored = firm.ports.store.webhooks.get(hook.id)
    assert stored is not None
    assert stored.url == ""


def test_an_edit_beside_a_failing_try_is_not_lost(firm: Firm) -> None:
    hook = Receiver(firm)

    class Editing(PlainSender):
        def send(self, *given: Any) -> int | None:
            super().send(*given)
            firm.ask("PATCH", f"/webhooks/{hook.id}", "admin", {"description": "New"})
            return 500

    firm.job()
    while queue_news(firm.ports):
        pass
    assert send_due(replace(firm.ports, sender=Editing()), hook.id) == 1
    assert hook.read()["description"] == "New"
    assert hook.read()["failing_since"] is not None


def test_the_log_forgets_what_is_thirty_days_old(firm: Firm) -> None:
    hook = Receiver(firm)
    firm.job()
    work(firm)
    firm.clock.step(30 * DAY)
    assert forget_old(firm.ports) == 0
    firm.clock.step(1)
    assert forget_old(firm.ports) == 1
    firm.tokens["admin"] = firm.log_in("admin")
    assert hook.log() == []


def test_news_that_the_feed_has_no_more_are_put_down_as_lost(firm: Firm) -> None:
    hook = Receiver(firm)
    place = firm.ports.store.deliveries.place()
    assert firm.ports.store.deliveries.queue((), place, b"of another store")
    firm.job()
    assert hook.told() == []
    assert len(firm.ask("GET", "/audit?action=webhook.news_lost", "admin").json["items"]) == 1
    firm.job()
    assert hook.kinds() == ["job.created"]


def test_one_server_of_several_sends(firm: Firm) -> None:
    other = replace(firm.ports, process_id=id_of(77))
    assert hold_lease(firm.ports)
    assert not hold_lease(other)
    firm.clock.step(MINUTE)
    assert hold_lease(other)
    assert not hold_lease(firm.ports)


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, {"/url", "/role"}),
        ({"url": "http://hooks.example.com/", "role": "ADMINISTRATOR"}, {"/url"}),
        ({"url": "https://ann:pw@hooks.example.com/", "role": "TECHNICIAN"}, {"/url", "/role"}),
        ({"url": URL, "role": "ADMINISTRATOR", "events": ["job.flown"]}, {"/events/0"}),
        ({"url": "https://", "role": "ADMINISTRATOR", "secret": "mine"}, {"/url", "/secret"}),
    ],
)
def test_a_webhook_that_cannot_be_is_refused_with_every_reason(
    firm: Firm, body: dict[str, Any], pointers: set[str]
) -> None:
    answer = firm.ask("POST", "/webhooks", "admin", body)
    assert (answer.status, answer.pointers) == (422, pointers)


@pytest.mark.parametrize("who", ["office", "tess"])
def test_webhooks_are_an_administrators_affair(firm: Firm, who: str) -> None:
    hook = Receiver(firm)
    for method, rest in (
        ("POST", ""), ("GET", ""), ("GET", f"/{hook.id}"), ("PATCH", f"/{hook.id}"), ("DELETE", f"/{hook.id}"),
        ("POST", f"/{hook.id}/test"), ("POST", f"/{hook.id}/rotate-secret"), ("GET", f"/{hook.id}/deliveries"),
        ("POST", f"/{hook.id}/deliveries/{id_of(1)}/replay"),
    ):  # fmt: skip
        body = {} if method in ("PATCH", "POST") else None
        assert firm.ask(method, f"/webhooks{rest}", who, body).json["rule"] == "duty.manage_webhooks"


def test_there_are_fifty_webhooks_at_most(firm: Firm) -> None:
    for number in range(50):
        Receiver(firm, url=f"{URL}{number}")
    answer = firm.ask("POST", "/webhooks", "admin", {"url": URL, "role": "ADMINISTRATOR"})
    assert (answer.status, answer.json["code"]) == (409, "webhook_state")


def test_all_that_is_done_to_a_webhook_stands_in_the_audit_trail_without_its_address(firm: Firm) -> None:
    hook = Receiver(firm)
    switch(hook, on=False)
    switch(hook, on=True)
    hook.by_hand("test")
    hook.by_hand("rotate-secret")
    firm.ask("DELETE", f"/webhooks/{hook.id}", "admin")
    answer = firm.ask("GET", f"/audit?subject_id={hook.id}", "admin")
    assert [entry["action"] for entry in answer.json["items"]][::-1] == [
        "webhook.created", "webhook.updated", "webhook.updated", "webhook.tested", "webhook.secret_rotated",
        "webhook.deleted",
    ]  # fmt: skip
    assert b"hooks.example.com" not in answer.body
    verify_trail(firm.ports)
