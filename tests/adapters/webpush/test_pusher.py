"""Web Push against a push service of our own: encrypted for the device alone, signed by us, and never for long."""

import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import jwt
import msgspec
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from tests.adapters.webpush.services import (
    HERE,
    Device,
    PushService,
    certificate_in,
    padded,
    push_service,
)

from hosanna_adapters.webpush import NoPusher
from hosanna_adapters.webpush.pusher import WebPusher
from hosanna_core.ports import Pushed
from hosanna_core.rules.p256 import is_point

SECRET = bytes(range(32))
CONTACT = "mailto:ops@example.com"
MESSAGE = b'{"title":"J-000001"}'


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate_in(tmp_path_factory.mktemp("push"))


@pytest.fixture
def service(certificate: Path) -> Iterator[PushService]:
    with push_service(certificate) as serving:
        yield serving


Opening = Callable[..., WebPusher]


@pytest.fixture
def opening(certificate: Path) -> Opening:
    """A pusher that trusts the service's certificate, and may reach this machine."""

    def open_one(secret: bytes = SECRET, **parts: object) -> WebPusher:
        given = {
            "contact": CONTACT,
            "tls": ssl.create_default_context(cafile=certificate),
            "allowed": lambda _: True,
            **parts,
        }
        return WebPusher(secret, **given)  # type: ignore[arg-type]

    return open_one


def test_the_device_reads_what_was_sent_and_nobody_on_the_way_does(
    service: PushService, opening: Opening
) -> None:
    device = Device(service.url)
    assert opening().push(device.subscription, MESSAGE) is Pushed.TAKEN
    ((path, headers, body),) = service.posts
    assert path == "/s/1?of=them"
    assert headers["content-encoding"] == "aes128gcm"
    assert headers["ttl"] == "86400"
    assert device.opened(body) == MESSAGE
    assert b"J-000001" not in body
    other = Device(service.url)
    with pytest.raises(InvalidTag):
        other.opened(body)


def test_the_largest_message_and_all_that_is_added_to_it_are_no_more_than_every_service_takes(
    service: PushService, opening: Opening
) -> None:
    device = Device(service.url)
    assert opening().push(device.subscription, b"x" * 3_000) is Pushed.TAKEN
    ((_, _, body),) = service.posts
    assert len(body) <= 4_096
    assert device.opened(body) == b"x" * 3_000


def test_we_sign_as_who_we_are_for_this_service_and_not_for_long(
    service: PushService, opening: Opening
) -> None:
    pusher = opening()
    pusher.push(Device(service.url).subscription, MESSAGE)
    ((_, headers, _),) = service.posts
    scheme, _, rest = headers["authorization"].partition(" ")
    given = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert (scheme, given["k"]) == ("vapid", pusher.public_key)
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), padded(given["k"]))
    origin = service.url.partition("/s/")[0]
    claims = jwt.decode(given["t"], key, algorithms=["ES256"], audience=origin)
    assert claims["sub"] == CONTACT
    assert 0 < claims["exp"] - time.time() <= 24 * 60 * 60


def test_a_contact_on_the_web_is_told_as_it_is_given(service: PushService, opening: Opening) -> None:
    opening(contact="https://example.com/ops").push(Device(service.url).subscription, MESSAGE)
    ((_, headers, _),) = service.posts
    token = headers["authorization"].partition("t=")[2].partition(",")[0]
    assert jwt.decode(token, options={"verify_signature": False})["sub"] == "https://example.com/ops"


def test_the_key_is_that_of_the_store_on_every_server_and_after_every_start(opening: Opening) -> None:
    one, again, another = opening(), opening(), opening(bytes(32))
    assert one.public_key == again.public_key != another.public_key
    assert one.public_key is not None
    assert is_point(padded(one.public_key))
    assert one.public_key == (
        "BMG5dTMWYmWMJrxz6Dx4z5JWKipNr7qQFGLfQLxgvh61Vg1GOMmfv6v2p8T5Ysz8EBRsJnXnMcd-pON1TGOq3QM"
    )


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (200, Pushed.TAKEN), (201, Pushed.TAKEN), (202, Pushed.TAKEN), (204, Pushed.TAKEN),
        (404, Pushed.GONE), (410, Pushed.GONE),
        (301, Pushed.LATER), (307, Pushed.LATER), (400, Pushed.LATER), (401, Pushed.LATER), (403, Pushed.LATER),
        (413, Pushed.LATER), (429, Pushed.LATER), (500, Pushed.LATER), (503, Pushed.LATER), (599, Pushed.LATER),
    ],
)  # fmt: skip
def test_what_the_service_answers_is_what_becomes_of_the_message(
    service: PushService, opening: Opening, answer: int, outcome: Pushed
) -> None:
    service.answer = answer
    service.location = service.url
    assert opening().push(Device(service.url).subscription, MESSAGE) is outcome
    # Nor is it followed to where it says that it went.
    assert len(service.posts) == 1


def test_of_a_service_that_takes_nothing_the_log_has_the_host_alone(
    service: PushService, opening: Opening, caplog: pytest.LogCaptureFixture
) -> None:
    service.answer = 503
    device = Device(service.url)
    with caplog.at_level(logging.DEBUG):
        opening().push(device.subscription, MESSAGE)
    (record,) = [each for each in caplog.records if each.name == "hosanna.push"]
    assert record.getMessage() == f"The push service at {HERE} did not take a message: 503."
    assert "/s/1" not in caplog.text


def test_keys_that_are_none_end_the_subscription(service: PushService, opening: Opening) -> None:
    subscription = Device(service.url).subscription
    for wrong in ({"p256dh": "AAAA"}, {"p256dh": "é"}):
        assert opening().push(msgspec.structs.replace(subscription, **wrong), MESSAGE) is Pushed.GONE
    assert service.posts == []


def test_a_certificate_that_nobody_vouches_for_is_told_nothing(
    service: PushService, opening: Opening
) -> None:
    pusher = opening(tls=ssl.create_default_context())
    assert pusher.push(Device(service.url).subscription, MESSAGE) is Pushed.LATER
    assert service.posts == []


def test_a_certificate_of_another_name_is_told_nothing(service: PushService, opening: Opening) -> None:
    elsewhere = service.url.replace(HERE, "127.0.0.2")
    assert opening().push(Device(elsewhere).subscription, MESSAGE) is Pushed.LATER
    assert service.posts == []


def test_no_machine_around_us_is_ever_asked(service: PushService, opening: Opening) -> None:
    pusher = WebPusher(SECRET, contact=CONTACT)
    for host in (HERE, "localhost", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"):
        subscription = Device(service.url.replace(HERE, host)).subscription
        assert pusher.push(subscription, MESSAGE) is Pushed.LATER
    assert service.posts == []


@pytest.fixture
def taking_its_time() -> Iterator[str]:
    """Somebody who begins to shake hands, and then says a byte now and then: the address."""
    ended = threading.Event()
    with socket.create_server((HERE, 0)) as server:

        def dawdle() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"\x16\x03\x03\x3f\xff")
                while not ended.wait(0.05):
                    try:
                        connection.sendall(b"\x02")
                    except OSError:
                        return

        thread = threading.Thread(target=dawdle, daemon=True)
        thread.start()
        yield f"https://{HERE}:{server.getsockname()[1]}/"
        ended.set()
        thread.join()


def test_one_that_dawdles_is_left_alone_in_time(taking_its_time: str, opening: Opening) -> None:
    began = time.monotonic()
    pusher = opening(limit=0.4)
    assert pusher.push(Device(taking_its_time).subscription, MESSAGE) is Pushed.LATER
    assert time.monotonic() - began < 20, "it would have taken a quarter of an hour"


def test_where_nobody_listens_or_has_that_name_it_is_later(opening: Opening) -> None:
    with socket.create_server((HERE, 0)) as server:
        closed = f"https://{HERE}:{server.getsockname()[1]}/"
    for endpoint in (closed, "https://nobody.invalid/", "https://" + "x" * 70 + ".invalid/"):
        assert opening().push(Device(endpoint).subscription, MESSAGE) is Pushed.LATER


def test_where_nothing_is_pushed_no_browser_can_subscribe_and_no_subscription_is_lost() -> None:
    nowhere = NoPusher()
    assert nowhere.public_key is None
    assert nowhere.push(Device("https://push.example.com/1").subscription, MESSAGE) is Pushed.LATER
