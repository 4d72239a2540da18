"""What holds before anything else is asked, and what stands on every answer, whatever its path and status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_web.arrivals import arrival_of
from hosanna_web.hosts import Hosts
from hosanna_web.problems import ForeignOrigin, HttpsRequired, UnknownHost
from hosanna_web.proxies import Proxies
from hosanna_web.replies import HARDENED, HSTS, Origins

if TYPE_CHECKING:
    from collections.abc import Iterable

    from litestar.types import HTTPScope

    from hosanna_web.arrivals import Arrival
    from hosanna_web.replies import Header, Reply

OF_MACHINES: Final = frozenset({"health", "metrics"})
"""What is asked by those who watch a server: by its address, in a network that we trust, and in the clear."""


class Threshold:
    """Knows which hosts, proxies and origins are ours; *https_required* refuses plain HTTP and asks browsers to.

    *own_origin* is where people find this server, whatever a proxy in front of it makes of the Host.
    """

    def __init__(
        self,
        *,
        hosts: Iterable[str] | None = None,
        proxies: Iterable[str] = (),
        origins: Iterable[str] = (),
        own_origin: str | None = None,
        https_required: bool = False,
    ) -> None:
        self._hosts = Hosts(hosts)
        self._proxies = Proxies(proxies)
        self._origins = Origins(origins)
        self._own_origin = None if own_origin is None else own_origin.encode()
        self._https_required = https_required
        self._for_secure = (*HARDENED, HSTS) if https_required else HARDENED

    def arrival(self, scope: HTTPScope) -> Arrival:
        """The head of a request, and who it comes from."""
        return arrival_of(scope, self._proxies)

    def preflight(self, arrival: Arrival) -> Reply | None:
        """The answer to a browser that only asks whether it may, None where there is more to do.

        Raises HttpsRequired and UnknownHost. Who is trusted and asks how we are does so in their own name.
        """
        if not (arrival.relayed and arrival.parts[0] in OF_MACHINES):
            self.demand(arrival)
        asked = arrival.headers.get(b"access-control-request-method")
        return self._origins.preflight(arrival.method, arrival.headers.get(b"origin"), asked)

    def demand(self, arrival: Arrival) -> None:
        """Raise HttpsRequired or UnknownHost for what is asked in the clear, or of somebody else."""
        if self._https_required and not arrival.secure:
            raise HttpsRequired
        if not self._hosts.allow(arrival.headers.get(b"host")):
            raise UnknownHost

    def demand_own_page(self, arrival: Arrival) -> None:
        """Raise ForeignOrigin for a page that is neither this server's own nor a friend's.

        Browsers open such connections for any page. Who is no browser sends no Origin.
        """
        given = arrival.headers.get(b"origin")
        if given is None:
            return
        origin = given.lower()
        if origin == self._own_origin or self._origins.lists(origin):
            return
        scheme, _, host = origin.partition(b"://")
        default = b":443" if scheme == b"https" else b":80"
        named = arrival.headers.get(b"host", b"").lower()
        same = host.removesuffix(default) == named.removesuffix(default)
        if not host or not same or scheme != (b"https" if arrival.secure else b"http"):
            raise ForeignOrigin

    def headers(self, arrival: Arrival) -> tuple[Header, ...]:
        """What stands on the answer."""
        return self.headers_for(arrival.headers.get(b"origin"), secure=arrival.secure)

    def headers_for(self, origin: bytes | None, *, secure: bool) -> tuple[Header, ...]:
        """What stands on an answer to a page of *origin*, over a *secure* connection or not."""
        always = self._for_secure if secure else HARDENED
        more = self._origins.headers(origin)
        return (*always, *more) if more else always
