"""Who may say on whose behalf a request comes: only proxies that the configuration names."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from ipaddress import IPv4Address

_REMEMBERED: Final = 4096
_WITH_PORT: Final = re.compile(r"\[([^\]]*)\](?::\d{1,5})?|([0-9.]+):\d{1,5}", re.ASCII)


class Proxies:
    """The addresses whose word on the client is believed."""

    def __init__(self, networks: Iterable[str] = ()) -> None:
        self._networks = tuple(ip_network(network) for network in networks)
        # The same few addresses come again and again.
        self.trusts = lru_cache(_REMEMBERED)(self._trusts)

    def __bool__(self) -> bool:
        return bool(self._networks)

    def _trusts(self, address: str) -> bool:
        """Whether *address* is one of them."""
        found = _address(address)
        return found is not None and any(found in network for network in self._networks)

    def client_of(self, peer: str, forwarded: bytes) -> str:
        """The client of a trusted *peer*: the last address in `X-Forwarded-For` that is not itself a proxy's.

        What stands before that one was said by nobody whom we trust. Where all are proxies' it is the first; where
        something is no address, the peer.

        >>> Proxies(["10.0.0.0/8"]).client_of("10.0.0.1", b"198.51.100.1, 203.0.113.7, 10.0.0.2")
        '203.0.113.7'
        """
        found = peer
        for item in reversed(forwarded.split(b",")):
            address = _address(item.strip().decode("latin-1"))
            if address is None:
                return peer
            found = str(address)
            if not self.trusts(found):
                return found
        return found


def plain(address: str) -> str:
    """An address without the clothes of IPv6 that an address of IPv4 comes in at a socket for both.

    >>> plain("::ffff:192.0.2.1"), plain("2001:db8::1")
    ('192.0.2.1', '2001:db8::1')
    """
    return address[7:] if address.startswith("::ffff:") and "." in address else address


def _address(text: str) -> IPv4Address | IPv6Address | None:
    with_port = _WITH_PORT.fullmatch(text)
    try:
        address = ip_address((with_port[1] or with_port[2]) if with_port else text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if mapped is None else mapped
