"""How webhooks are signed, tried again and given up, by the pages of Standard Webhooks and by ours."""

import json
from datetime import UTC, datetime
from itertools import pairwise

import msgspec
import pytest
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from hosanna_core.model.ids import DAY, HOUR
from hosanna_core.model.webhook import Fate
from hosanna_core.rules.webhooks import (
    answered,
    rotated,
    secret_of,
    signature,
    signed_headers,
    told_as,
    tried,
)
from hosanna_core.testing.integration_samples import a_delivery, a_webhook
from hosanna_core.testing.samples import START, id_of

KEY = b"k" * 32
BODY = '{"type":"job.created","data":{"title":"señor"}}'.encode()
HOOK = a_webhook(1)
DELIVERY = a_delivery(2, HOOK.id)


@pytest.fixture
def now():
    """The verifier goes by the real clock and forgives five minutes: read for each test, as a run takes longer."""
    return int(datetime.now(UTC).timestamp() * 1000)


def verified(secret, headers, body=BODY):
    return Verifier(secret).verify(body, dict(headers))


def test_the_library_of_the_specification_verifies_what_we_sign(now):
    headers = signed_headers(KEY, HOOK, DELIVERY, now, BODY)
    assert verified(told_as(secret_of(KEY, HOOK.id, 1)), headers) == json.loads(BODY)
    with pytest.raises(WebhookVerificationError):
        verified(told_as(secret_of(KEY, HOOK.id, 1)), headers, BODY + b" ")
    with pytest.raises(WebhookVerificationError):
        verified(told_as(secret_of(KEY, id_of(9), 1)), headers)


def test_a_signature_is_that_of_the_library():
    theirs = Verifier(told_as(b"s" * 32)).sign(
        "msg_1", datetime.fromtimestamp(1_700_000_000, UTC), BODY.decode()
    )
    assert signature(b"s" * 32, "msg_1", 1_700_000_000, BODY) == theirs


def test_for_a_day_after_a_rotation_both_secrets_sign(now):
    hook = rotated(HOOK, now)
    former, present = (told_as(secret_of(KEY, hook.id, each)) for each in (1, 2))
    assert former != present
    headers = signed_headers(KEY, hook, DELIVERY, now + DAY - 1, BODY)
    soon = signed_headers(KEY, hook, DELIVERY, now, BODY)
    verified(former, soon)
    verified(present, soon)
    assert len(headers["webhook-signature"].split()) == 2
    assert len(signed_headers(KEY, hook, DELIVERY, now + DAY, BODY)["webhook-signature"].split()) == 1


def test_two_rotations_leave_the_two_newest_secrets(now):
    hook = rotated(rotated(HOOK, now), now + 1)
    headers = signed_headers(KEY, hook, DELIVERY, now + 2, BODY)
    verified(told_as(secret_of(KEY, hook.id, 3)), headers)
    verified(told_as(secret_of(KEY, hook.id, 2)), headers)
    with pytest.raises(WebhookVerificationError):
        verified(told_as(secret_of(KEY, hook.id, 1)), headers)


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_what_came_through_is_done(status):
    after = tried(DELIVERY, status, START, START + 31)
    assert (after.fate, after.due_at, after.count) == (Fate.DELIVERED, None, 1)
    assert [(each.status, each.latency) for each in after.tries] == [(status, 31)]


@pytest.mark.parametrize("status", [None, 100, 199, 300, 301, 307, 399, 400, 500])
def test_all_else_is_a_failure_a_redirection_too(status):
    assert (tried(DELIVERY, status, START, START).fate, answered(HOOK, status, START).failures) == (
        Fate.WAITING,
        1,
    )


def test_pauses_grow_threefold_until_half_a_day_and_it_is_dead_after_three_days():
    delivery, now, pauses = DELIVERY, DELIVERY.since, []
    while delivery.fate is Fate.WAITING:
        delivery = tried(delivery, 500, now, now)
        if delivery.due_at is not None:
            pauses.append(delivery.due_at - now)
            now = delivery.due_at
    assert (delivery.fate, delivery.due_at) == (Fate.DEAD, None)
    assert 3 * DAY <= now - DELIVERY.since < 3.6 * DAY
    assert 5_000 <= pauses[0] <= 5_500
    assert all(later >= pause for pause, later in pairwise(pauses))
    assert 12 * HOUR <= max(pauses) <= 13.2 * HOUR
    assert 10 <= len(pauses) <= 16
    assert len(delivery.tries) == delivery.count


def test_what_failed_together_is_not_tried_together():
    due = {tried(a_delivery(number, HOOK.id), None, START, START).due_at for number in range(4_000)}
    assert len(due) > 200


def test_what_is_sent_anew_by_hand_has_its_three_days_and_short_pauses_again():
    dead = msgspec.structs.replace(
        DELIVERY, fate=Fate.WAITING, since=START + 9 * DAY, count=12, count_before=12
    )
    after = tried(dead, None, START + 9 * DAY, START + 9 * DAY)
    assert after.fate is Fate.WAITING
    assert after.due_at is not None
    assert after.due_at - START - 9 * DAY <= 5_500


def test_only_the_newest_tries_are_remembered():
    delivery = DELIVERY
    for number in range(30):
        delivery = tried(delivery, 500, START + number, START + number)
    assert (delivery.count, len(delivery.tries), delivery.tries[-1].at) == (30, 20, START + 29)


def test_a_webhook_that_answers_is_left_as_it_is():
    assert answered(HOOK, 200, START) is HOOK


def test_one_that_fails_is_tried_ever_more_rarely_but_every_hour():
    hook, now, pauses = HOOK, START, []
    while hook.enabled:
        hook = answered(hook, None, now)
        pauses.append(hook.paused_until - now)
        now = hook.paused_until
    assert pauses[:4] == [5_000, 10_000, 20_000, 40_000]
    assert max(pauses) == HOUR
    assert (hook.failing_since, hook.gave_up_at) == (START, now - HOUR)
    assert 3 * DAY <= hook.gave_up_at - START < 3 * DAY + HOUR


def test_one_that_answers_again_is_as_good_as_new():
    hook = answered(answered(answered(HOOK, 500, START), 500, START + 9), 204, START + 99)
    assert (hook.failures, hook.failing_since, hook.paused_until, hook.enabled) == (0, None, 0, True)


def test_one_that_says_that_it_is_gone_is_disabled_at_once():
    hook = answered(HOOK, 410, START)
    assert (hook.enabled, hook.gave_up_at) == (False, START)
