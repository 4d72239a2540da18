"""Which devices are told by Web Push: whose they are, how many there may be, and what is no device at all."""

import msgspec
import pytest
from tests.usecases.firm import A_DEVICE, MINUTE, NOBODY, pointers, refused
from tests.usecases.people import devices, subscribe

from hosanna_core.errors import Invalid, NotFound
from hosanna_core.usecases import pushing
from hosanna_core.usecases.judging import Unparsed

NOTHING = Unparsed.of({})


def test_a_browser_subscribes_with_our_key_and_is_called_the_same_each_time(firm):
    assert pushing.push_key(firm.ports, firm.technician, {}) == "kit"
    first = subscribe(firm, firm.technician)
    firm.clock.step(MINUTE)
    assert subscribe(firm, firm.technician) == first
    assert subscribe(firm, firm.technician, 2) != first
    one, _ = firm.ports.store.subscriptions.of(firm.technician.id)
    assert (one.id, one.p256dh, one.auth) == (first, A_DEVICE["keys"]["p256dh"], A_DEVICE["keys"]["auth"])


def test_a_device_that_changed_hands_is_its_new_users_alone(firm):
    subscribe(firm, firm.technician)
    subscribe(firm, firm.another)
    assert (devices(firm, firm.technician), devices(firm, firm.another)) == ([], ["1"])


def test_the_oldest_of_more_than_twenty_devices_is_forgotten(firm):
    for number in range(23):
        subscribe(firm, firm.technician, number)
    assert devices(firm, firm.technician) == [str(number) for number in range(3, 23)]


def test_a_device_is_taken_out_by_its_user_alone(firm):
    device = subscribe(firm, firm.technician)
    wrong = Unparsed.of({"x": 1})
    for actor, which in ((firm.another, device), (firm.administrator, device), (firm.technician, NOBODY)):
        refused(NotFound, pushing.unsubscribe, firm.ports, actor, which, wrong)
    refused(Invalid, pushing.unsubscribe, firm.ports, firm.technician, device, wrong)
    pushing.unsubscribe(firm.ports, firm.technician, device, NOTHING)
    assert devices(firm, firm.technician) == []
    refused(NotFound, pushing.unsubscribe, firm.ports, firm.technician, device, NOTHING)


def wrong(firm, **parts):
    body = Unparsed.of({**A_DEVICE, **parts})
    return pointers(refused(Invalid, pushing.subscribe, firm.ports, firm.technician, body))


@pytest.mark.parametrize(
    "endpoint",
    [
        "", "x", "http://push.example.com/s/1", "https://", "https:///s/1", "https://a@push.example.com/", "https://x/#y",
        "https://push.example.com:0/", "https://push.example.com:99999/", "https://push.example.com/é", "ftp://x/",
        "https://push.example.com/a b", "https://push.example.com/\n", "https://[::1/", 5, None,
        f"https://x/{'y' * 2_000}",
    ],
)  # fmt: skip
def test_an_endpoint_that_is_none_is_refused(firm, endpoint):
    assert wrong(firm, endpoint=endpoint) == ["/endpoint"]


KEYS = A_DEVICE["keys"]
OFF_THE_CURVE = KEYS["p256dh"][:-1] + "x"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("p256dh", ""), ("p256dh", "AAAA"), ("p256dh", OFF_THE_CURVE), ("p256dh", KEYS["p256dh"][:-4]), ("p256dh", 5),
        ("p256dh", "A" + KEYS["p256dh"][1:]), ("p256dh", KEYS["p256dh"] + "AAAA"), ("p256dh", "é"), ("p256dh", None),
        ("auth", ""), ("auth", "AAAA"), ("auth", KEYS["auth"] + "AA"), ("auth", "!" * 22), ("auth", 5), ("auth", None),
    ],
)  # fmt: skip
def test_keys_that_are_none_are_refused(firm, name, value):
    assert wrong(firm, keys={**KEYS, name: value}) == [f"/keys/{name}"]


def test_all_that_is_wrong_with_a_subscription_is_named_and_what_a_browser_adds_is_not(firm):
    assert wrong(firm, endpoint="x", keys={"p256dh": "x", "extra": 1}, more=1) == [
        "/endpoint", "/keys/auth", "/keys/extra", "/keys/p256dh", "/more",
    ]  # fmt: skip
    for expiration in (None, 1.5e12):
        body = Unparsed.of({**A_DEVICE, "expirationTime": expiration})
        assert pushing.subscribe(firm.ports, firm.technician, body)
    padded = {name: value + "=" * (-len(value) % 4) for name, value in KEYS.items()}
    pushing.subscribe(firm.ports, firm.technician, Unparsed.of({**A_DEVICE, "keys": padded}))
    (kept,) = firm.ports.store.subscriptions.of(firm.technician.id)
    assert (kept.p256dh, kept.auth) == (KEYS["p256dh"], KEYS["auth"])


def test_a_subscription_shows_neither_its_address_nor_its_keys(firm):
    subscribe(firm, firm.technician)
    (kept,) = firm.ports.store.subscriptions.of(firm.technician.id)
    for secret in (*KEYS.values(), "push.example.com"):
        assert secret not in repr(kept)
    assert msgspec.structs.replace(kept) == kept
