"""What stands beside the store: counting tries, sending letters, and reaching devices."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from hosanna_adapters.letters import ConsoleMailer, FileMailer, NoMailer
from hosanna_adapters.limits import LimitsThrottles, NoThrottles
from hosanna_adapters.smtp import Encryption, SmtpMailer
from hosanna_adapters.webpush import NoPusher
from hosanna_web.data_folder import CannotStart

if TYPE_CHECKING:
    from contextlib import ExitStack

    from hosanna_adapters.limits.shared import SharedCounter
    from hosanna_core.ports import Mailer, Pusher, Throttles
    from hosanna_core.rules.keys import StoreKeys
    from hosanna_web.settings import Settings

_MONGODB_DATABASE = "hosanna"


def open_throttles(settings: Settings, opened: ExitStack, *, memory: bool) -> Throttles:
    """Counted once for all processes where Redis or MongoDB is there, else by this process alone."""
    if settings.rate_limit == "off":
        return NoThrottles()
    throttles = LimitsThrottles(_counter(settings, memory=memory))
    opened.callback(throttles.close)
    return throttles


def _counter(settings: Settings, *, memory: bool) -> SharedCounter | None:
    if settings.redis_url is not None:
        try:
            from hosanna_adapters.limits.redis import redis_counter  # noqa: PLC0415  # only who has Redis needs its driver
        except ImportError:
            raise CannotStart(
                "REDIS_URL is set, but the Redis driver is not installed: pip install 'hosanna[redis]'"
            ) from None
        return redis_counter(settings.redis_url.get_secret_value())
    if settings.mongodb_uri is not None and not memory:
        from hosanna_adapters.limits.mongo import mongo_counter  # noqa: PLC0415  # the store is there already: so is the driver

        uri = settings.mongodb_uri.get_secret_value()
        return mongo_counter(uri, urlsplit(uri).path.strip("/") or _MONGODB_DATABASE)
    return None


def open_mailer(settings: Settings, opened: ExitStack) -> Mailer:
    """How letters are sent."""
    if settings.mail is None:
        return NoMailer()
    kind, _, rest = settings.mail.partition(":")
    if kind == "console":
        return ConsoleMailer()
    if kind == "file":
        return FileMailer(rest, sender=settings.sender)
    url = urlsplit(settings.mail)
    mailer = SmtpMailer(
        url.hostname or "localhost",
        url.port,
        user=unquote(url.username) if url.username else None,
        password=unquote(url.password) if url.password else None,
        encryption=_encryption(kind, production=settings.production),
        sender=settings.sender,
    )
    opened.callback(mailer.close)
    return mailer


def _encryption(scheme: str, *, production: bool) -> Encryption:
    if scheme == "smtps":
        return Encryption.FROM_THE_START
    # A letter with a link to a new password is as good as the password.
    return Encryption.DEMANDED if production else Encryption.WHERE_IT_MATTERS


def open_pusher(settings: Settings, keys: StoreKeys) -> Pusher:
    """How devices are reached."""
    if settings.push_contact is None:
        return NoPusher()
    try:
        from hosanna_adapters.webpush.pusher import WebPusher  # noqa: PLC0415  # only who pushes needs its package
    except ImportError:
        raise CannotStart(
            "PUSH_CONTACT is set, but the package for Web Push is not installed: pip install 'hosanna[push]'"
        ) from None
    return WebPusher(keys.pushes, contact=settings.push_contact)
