"""One request to an address that somebody else chose: to a public host alone, and never for longer than it may take."""

from __future__ import annotations

import socket
from contextlib import suppress
from http.client import HTTPConnection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from ssl import SSLContext

Address = IPv4Address | IPv6Address
THREAD: Final = "hosanna-post"
"""What a thread is called that waits for an answer."""
_HTTP: Final = 80
_HTTPS: Final = 443
_MOST_ADDRESSES: Final = 3
_UNICAST: Final = IPv6Network("2000::/3")
"""All of IPv6 that is given to anybody on the internet; what lies outside are old and local ways (RFC 4291)."""
_TRANSLATED: Final = IPv6Network("64:ff9b::/96")
"""Addresses of IPv4 as they are written where a network has IPv6 alone (RFC 6052)."""
_DOCUMENTED: Final = IPv6Network("3fff::/20")
"""For examples (RFC 9637)."""


def is_public(address: Address) -> bool:
    """Whether an address belongs to a machine on the internet, and not to this one or to a network around it.

    >>> [is_public(ip_address(each)) for each in ("9.9.9.9", "10.0.0.1", "::1", "::ffff:192.168.0.1")]
    [True, False, False, False]
    """
    if isinstance(address, IPv6Address):
        within = address.ipv4_mapped or address.sixtofour
        if within is None and address in _TRANSLATED:
            within = IPv4Address(int(address) & 0xFFFFFFFF)
        if within is not None:
            return is_public(within)
        if address not in _UNICAST or address in _DOCUMENTED:
            return False
    return address.is_global and not address.is_multicast


def posted(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    tls: SSLContext,
    allowed: Callable[[Address], bool] = is_public,
    limit: float,
    plain: bool = False,
) -> int | None:
    """The status with which *url* answers to a POST, None where it does not within *limit* seconds.

    What is looked up, and what it answers bit by bit, may each take for ever: so a thread of its own waits for that.
    Nothing is followed elsewhere, and no proxy asked. Where *plain* is allowed and the address says so, it goes
    without TLS.
    """
    parts = urlsplit(url)
    bare = plain and parts.scheme == "http"
    port = parts.port or (_HTTP if bare else _HTTPS)
    connection = _Connection(parts.hostname or "", port, None if bare else tls, allowed, limit)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    statuses: SimpleQueue[int | None] = SimpleQueue()

    def work() -> None:
        status = None
        try:
            connection.request("POST", target, body, dict(headers))
            status = connection.getresponse().status
        except Exception:  # whatever it is, there is no answer
            status = None
        finally:
            statuses.put(status)
            connection.close()

    Thread(target=work, name=THREAD, daemon=True).start()
    try:
        return statuses.get(timeout=limit)
    except Empty:
        connection.abandon()
        return None


class _Connection(HTTPConnection):
    """A connection to the very address that was looked at: asked again, a name may say another one.

    By TLS, if there is a context for it.
    """

    def __init__(
        self, host: str, port: int, tls: SSLContext | None, allowed: Callable[[Address], bool], limit: float
    ) -> None:
        super().__init__(host, port, timeout=limit)
        self._tls = tls
        self._allowed = allowed
        self._limit = limit
        self._abandoned = False

    def connect(self) -> None:
        """Connect; raises OSError, also where nobody waits any more."""
        plain = self._connected()
        if self._tls is None:
            self.sock = plain
            self._demand_wanted()
            return
        try:
            wrapped = self._tls.wrap_socket(plain, server_hostname=self.host, do_handshake_on_connect=False)
        except BaseException:
            plain.close()
            raise
        # Known before they shake hands: who takes for ever over that can be left, too.
        self.sock = wrapped
        self._demand_wanted()
        wrapped.do_handshake()

    def _connected(self) -> socket.socket:
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(info[4][0]) for info in found))
        if not all(self._allowed(ip_address(each)) for each in addresses):
            raise PermissionError("it is in a private network")
        refused = OSError("nobody has that name")
        for address in addresses[:_MOST_ADDRESSES]:
            self._demand_wanted()
            try:
                return socket.create_connection((address, self.port), self._limit)
            except OSError as error:
                refused = error
        raise refused

    def _demand_wanted(self) -> None:
        """Asked once the socket is known: who abandons this came before, and is seen here, or comes and ends it."""
        if self._abandoned:
            raise TimeoutError("nobody waits for it any more")

    def abandon(self) -> None:
        """End whatever is still under way, from another thread; what has yet to be connected to is not asked."""
        self._abandoned = True
        with suppress(OSError):
            if self.sock is not None:
                self.sock.shutdown(socket.SHUT_RDWR)
