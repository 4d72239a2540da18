"""Messages to devices by way of their browsers' push services."""

from __future__ import annotations

import logging
import ssl
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from webpush import WebPush
from webpush.types import WebPushKeys, WebPushSubscription

from hosanna_adapters.http.exchange import is_public, posted
from hosanna_adapters.webpush.vapid import Signature, derived, private_pem, public_pem
from hosanna_core.ports import Pushed

if TYPE_CHECKING:
    from collections.abc import Callable

    from hosanna_adapters.http.exchange import Address
    from hosanna_core.model.push import PushSubscription

TIME_TO_LIVE: Final = 24 * 60 * 60
"""Seconds for which a push service keeps a message for a device that is off; later, it is found in the inbox."""
LIMIT: Final = 10.0
_HEADERS: Final = {"content-type": "application/octet-stream"}
_OVER: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_log = logging.getLogger("hosanna.push")


class WebPusher:
    """`Pusher` by Web Push (RFC 8030, 8291 and 8292); *contact*, `mailto:` or `https:`, is told to the push services.

    Of a service that did not take a message the log has the host and its status, and nothing else.
    """

    def __init__(
        self,
        secret: bytes,
        *,
        contact: str,
        tls: ssl.SSLContext | None = None,
        allowed: Callable[[Address], bool] = is_public,
        limit: float = LIMIT,
    ) -> None:
        key = derived(secret)
        private, public = private_pem(key), public_pem(key)
        self._sealing = WebPush(private, public, subscriber=contact, ttl=TIME_TO_LIVE)
        self._sealing.vapid = Signature(private, public)
        self._tls = tls or ssl.create_default_context()
        self._allowed = allowed
        self._limit = limit
        self._public_key = Signature.get_application_server_key(key.public_key())

    @property
    def public_key(self) -> str | None:
        return self._public_key

    def push(self, subscription: PushSubscription, message: bytes) -> Pushed:
        endpoint = subscription.endpoint
        try:
            keys = WebPushKeys(auth=subscription.auth, p256dh=subscription.p256dh)
            # Only the library's form of the address is the library's; we ask for the one that we were given.
            sealed = self._sealing.get(
                message, WebPushSubscription.model_validate({"endpoint": endpoint, "keys": keys})
            )
        except ValueError:
            # Nobody could ever read what is sent there.
            return Pushed.GONE
        status = posted(
            endpoint,
            sealed.encrypted,
            {**_HEADERS, **{name: str(value) for name, value in sealed.headers.items()}},
            tls=self._tls,
            allowed=self._allowed,
            limit=self._limit,
        )
        if status is not None and HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return Pushed.TAKEN
        if status in _OVER:
            return Pushed.GONE
        _log.warning(
            "The push service at %s did not take a message: %s.", _host(endpoint), status or "no answer"
        )
        return Pushed.LATER


def _host(endpoint: str) -> str:
    return urlsplit(endpoint).hostname or "?"
