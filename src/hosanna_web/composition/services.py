"""What stands beside the store: counting tries, sending letters, and reaching devices."""

from __future__ import annotations

from contextlib import nullcontext
from importlib.metadata import version
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from hosanna_adapters.http import HttpSender
from hosanna_adapters.letters import ConsoleMailer, FileMailer, NoMailer
from hosanna_adapters.limits import LimitsThrottles, NoThrottles
from hosanna_adapters.memory import MemoryCache
from hosanna_adapters.smtp import Encryption, SmtpMailer
from hosanna_adapters.webpush import NoPusher
from hosanna_web.data_folder import CannotStart
from hosanna_web.running_checks import otlp_pairs

if TYPE_CHECKING:
    from contextlib import ExitStack

    from hosanna_adapters.limits.shared import SharedCounter
    from hosanna_core.ports import Cache, Mailer, Pusher, Sender, Throttles
    from hosanna_core.rules.keys import StoreKeys
    from hosanna_web.settings import Settings
    from hosanna_web.tracing import Tracing

_MONGODB_DATABASE = "hosanna"
_NO_DRIVER = "REDIS_URL is set, but the Redis driver is not installed: pip install 'hosanna[redis]'"


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
            raise CannotStart(_NO_DRIVER) from None
        return redis_counter(settings.redis_url.get_secret_value())
    if settings.mongodb_uri is not None and not memory:
        from hosanna_adapters.limits.mongo import mongo_counter  # noqa: PLC0415  # the store is there already: so is the driver

        uri = settings.mongodb_uri.get_secret_value()
        return mongo_counter(uri, urlsplit(uri).path.strip("/") or _MONGODB_DATABASE)
    return None


def open_cache(settings: Settings, opened: ExitStack, keys: StoreKeys) -> Cache:
    """Where reports are kept for a moment: in Redis for all processes, else in each."""
    if settings.redis_url is None:
        return MemoryCache()
    try:
        from hosanna_adapters.redis import RedisCache  # noqa: PLC0415  # only who has Redis needs its driver
    except ImportError:
        raise CannotStart(_NO_DRIVER) from None
    cache = RedisCache(settings.redis_url.get_secret_value(), keys.caches)
    opened.callback(cache.close)
    return cache


def open_tracing(settings: Settings, opened: ExitStack) -> Tracing | None:
    """What tells the collector of requests; None where there is no collector."""
    if settings.otlp_endpoint is None:
        return None
    try:
        from hosanna_adapters.otlp import OtlpTracing, exporter_to  # noqa: PLC0415  # only who traces needs its packages
    except ImportError:
        raise CannotStart(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, but OpenTelemetry is not installed: pip install 'hosanna[tracing]'"
        ) from None
    headers = "" if settings.otlp_headers is None else settings.otlp_headers.get_secret_value()
    tracing = OtlpTracing(
        exporter_to(settings.otlp_endpoint, otlp_pairs(headers)),
        service=settings.otel_service_name,
        version=version("hosanna"),
        share=settings.otel_traced,
    )
    opened.callback(tracing.close)
    return tracing


def open_mailer(settings: Settings, opened: ExitStack, tracing: Tracing | None = None) -> Mailer:
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
    if tracing is not None:
        mailer.traced = tracing.call
    opened.callback(mailer.close)
    return mailer


def sender_with(settings: Settings, tracing: Tracing | None) -> Sender:
    """How webhooks are told."""
    return HttpSender(
        private=settings.webhook_allow_private, traced=nullcontext if tracing is None else tracing.call
    )


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
