"""The forms of announcements and of push subscriptions."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator

from hosanna_core.model.ids import Millis
from hosanna_core.model.people import Role
from hosanna_core.rules.p256 import is_point
from hosanna_core.usecases.forms import PRINTABLE, Form, Instant, Name, upto

NOW: Final = "now"
"""The key of the judging context under which forms find the present instant."""
LONGEST_ENDPOINT: Final = 2_000
_AUTH_BYTES: Final = 16


def _endpoint(url: str) -> str:
    return reachable(url, ("https",))


def reachable(url: str, schemes: tuple[str, ...]) -> str:
    """An address that can be asked by one of these *schemes*; raises ValueError."""
    wrong = ValueError("must be an address such as https://push.example.com/s/1, without a user and #")
    if not (url.isascii() and url.isprintable()) or " " in url:
        raise wrong
    try:
        parts = urlsplit(url)
        sound = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise wrong from None
    if not sound or "@" in parts.netloc or "#" in url:
        raise wrong
    return url


def _point(text: str) -> str:
    if not is_point(_decoded(text)):
        raise ValueError("must be a public key of P-256, uncompressed, in base64url")
    return text.rstrip("=")


def _secret(text: str) -> str:
    if len(_decoded(text)) != _AUTH_BYTES:
        raise ValueError(f"must be {_AUTH_BYTES} bytes in base64url")
    return text.rstrip("=")


def _decoded(text: str) -> bytes:
    """The bytes of base64url, padded or not; none where it is something else."""
    bare = text.rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def in_the_future(at: Millis | None, info: ValidationInfo) -> Millis | None:
    """An end that lies behind the present instant, which the judging context names."""
    if at is not None and at <= (info.context or {}).get(NOW, 0):
        raise ValueError("must lie in the future")
    return at


class AnnouncementForm(Form):
    """What everybody, or everybody of *role*, is to know, until *expires_at* if that is given."""

    title: Name
    body: Annotated[str, upto(5000), PRINTABLE]
    role: Role | None = None
    expires_at: Instant | None = None

    _in_the_future = field_validator("expires_at")(in_the_future)


class PushKeysForm(Form):
    """What a message for the device is encrypted with."""

    p256dh: Annotated[str, StringConstraints(max_length=100), AfterValidator(_point)]
    auth: Annotated[str, StringConstraints(max_length=30), AfterValidator(_secret)]


class PushSubscriptionForm(Form):
    """A browser's `PushSubscription`, as its `toJSON()` writes it. When it expires the push service will tell."""

    endpoint: Annotated[
        str, StringConstraints(min_length=1, max_length=LONGEST_ENDPOINT), AfterValidator(_endpoint)
    ]
    keys: PushKeysForm
    expiration_time: Annotated[float | None, Field(alias="expirationTime")] = None
