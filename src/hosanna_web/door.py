"""The one way in: every request passes here, and is refused in the order that is promised.

First what is too large or too much (413, 503), then who nobody knows (401), then what is not there (404, 405); all
else is judged by the use case, in one hop to a thread that does all of its work.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Final

from litestar.enums import ScopeType
from litestar.types import Receive, Scope, Send  # Litestar reads the signature when it starts

from hosanna_core.errors import NotFound, PermissionDenied
from hosanna_web.api.operations import BASE, Lane, Operation
from hosanna_web.arrivals import BODILESS, Disconnected, body_of
from hosanna_web.asking import ASKING, HEADER
from hosanna_web.errands import Errand
from hosanna_web.files import FileReply
from hosanna_web.noting import note
from hosanna_web.problems import MethodNotAllowed, reply_to
from hosanna_web.realtime.server_sent import EventStream
from hosanna_web.realtime.sockets import Sockets
from hosanna_web.watched import Asked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hosanna_core.ports import Ports
    from hosanna_core.usecases.access import Registration
    from hosanna_web.executors import Pool
    from hosanna_web.key_uses import KeyUses
    from hosanna_web.realtime.hub import Hub
    from hosanna_web.replies import Reply
    from hosanna_web.threshold import Threshold
    from hosanna_web.watching import Watch

_OUTSIDE: Final = "outside"
"""The area of what answers also while the store is away."""
_GUARDED: Final = tuple(BASE.strip("/").split("/"))


class Endpoint:
    """All operations of one path."""

    def __init__(self, path: str) -> None:
        self.parts = tuple(path.strip("/").split("/"))
        self.operations: dict[str, Operation] = {}

    @property
    def methods(self) -> tuple[str, ...]:
        """What it answers to; HEAD comes with GET."""
        return tuple(
            each
            for method in self.operations
            for each in ((method, "HEAD") if method == "GET" else (method,))
        )

    def parameters(self, parts: tuple[str, ...]) -> dict[str, str] | None:
        """What the path's parameters are in *parts*; None if this is another path.

        Nothing that a path names is empty or holds a slash.
        """
        found: dict[str, str] = {}
        for pattern, part in zip(self.parts, parts, strict=True):
            if pattern[0] == "{" and part and "/" not in part:
                found[pattern[1:-1]] = part
            elif pattern != part:
                return None
        return found


_SCARCE: Final = frozenset({Lane.HASHING, Lane.PLANNING})
"""Lanes with few threads, and hardly any room to wait for them."""


class Routes:
    """Finds the endpoint of a path.

    Not Litestar's router: that one answers 404 and 405 before anybody could ask who is calling.
    """

    def __init__(self, operations: tuple[Operation, ...]) -> None:
        endpoints: dict[str, Endpoint] = {}
        for operation in operations:
            endpoint = endpoints.setdefault(operation.path, Endpoint(operation.path))
            endpoint.operations[operation.method] = operation
        self._plain = {endpoint.parts: endpoint for path, endpoint in endpoints.items() if "{" not in path}
        self._with_parameters: dict[int, list[Endpoint]] = {}
        for path, endpoint in endpoints.items():
            if "{" in path:
                self._with_parameters.setdefault(len(endpoint.parts), []).append(endpoint)

    def find(self, parts: tuple[str, ...]) -> tuple[Endpoint | None, Mapping[str, str]]:
        """The endpoint, and its path's parameters; None where there is none."""
        if (plain := self._plain.get(parts)) is not None:
            return plain, {}
        for endpoint in self._with_parameters.get(len(parts), ()):
            if (found := endpoint.parameters(parts)) is not None:
                return endpoint, found
        return None, {}


class Door:
    """An ASGI application over the table of operations."""

    def __init__(
        self,
        operations: tuple[Operation, ...],
        ports: Ports,
        *,
        registration: Registration,
        threshold: Threshold,
        pools: Mapping[Lane, Pool],
        near: bool,
        public_keys: tuple[dict[str, str], ...] = (),
        hub: Hub,
        uses: KeyUses,
        watch: Watch,
    ) -> None:
        self._operations = operations
        self._routes = Routes(operations)
        self._ports = ports
        self._registration = registration
        self._threshold = threshold
        self._pools = pools
        self._near = near
        self._public_keys = public_keys
        self._hub = hub
        self._uses = uses
        self._watch = watch
        self._measures = watch.measures
        self._sockets = Sockets(ports, hub, pools[Lane.READ], threshold, watch)

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != ScopeType.HTTP:
            await self._sockets.serve(scope, receive, send)
            return
        arrival = self._threshold.arrival(scope)
        errand = Errand(arrival, self._ports, self._uses, self._watch.tracing)
        ASKING.set(errand.asking)
        errand.trace()
        refusal: Exception | None = None
        self._measures.in_progress += 1
        try:
            reply = await self._reply(errand, receive)
        except Disconnected:
            errand.traced(None)
            return
        except Exception as error:  # whatever it is, it becomes an answer and a line in the log
            refusal, reply = error, reply_to(error)
        finally:
            self._measures.in_progress -= 1
        note(self._measures, errand, reply.status, refusal)
        also = self._threshold.headers(arrival)
        named = (HEADER, errand.asking.request_id.encode())
        await reply.send(
            send,
            method=arrival.method,
            also=(*also, named, *errand.throttles.headers(), *errand.notices),
            rest=receive,
        )

    async def _reply(self, errand: Errand, receive: Receive) -> Reply:
        arrival = errand.arrival
        preflight = self._threshold.preflight(arrival)
        if preflight is not None:
            return preflight
        arrival.demand_small()
        raw = b"" if arrival.method in BODILESS else await body_of(receive)
        errand.began = perf_counter()
        endpoint, parameters = self._routes.find(arrival.parts)
        method = "GET" if arrival.method == "HEAD" else arrival.method
        operation = endpoint.operations.get(method) if endpoint else None
        if operation is not None:
            errand.found(operation, parameters)
        guarded = arrival.parts[:2] == _GUARDED and not (operation and operation.public)
        token = arrival.token() if guarded and not (operation and operation.ticket) else None
        if guarded or (operation and operation.area != _OUTSIDE):
            self._watch.demand()
        if operation is None:
            refusal = MethodNotAllowed(endpoint.methods) if endpoint else NotFound()
            if token is not None:
                await self._pools[Lane.READ].serve(errand.identify, token)
            raise refusal
        if operation.ticket:
            self._threshold.demand_own_page(arrival)
        errand.call_on(
            operation,
            parameters,
            raw,
            self._registration,
            self._operations,
            public_keys=self._public_keys,
            hub=self._hub,
            watch=self._watch,
        )
        reply = await self._run(errand, operation, token)
        if isinstance(reply, FileReply):
            return reply.opened(self._pools[Lane.READ])
        return await reply.opened() if isinstance(reply, EventStream | Asked) else reply

    async def _run(self, errand: Errand, operation: Operation, token: str | None) -> Reply:
        arrival = errand.arrival
        lane = operation.lane(arrival.query_string, near=self._near)
        try:
            if lane in _SCARCE:
                # Nobody takes a place in these short queues before it is known who they are, and that they may try.
                await self._pools[Lane.READ].serve(errand.admit, token)
            if lane is Lane.HERE:
                return errand.run(token)
            # A plan takes as long as it takes, and asks the store at its beginning and its end.
            pool = self._pools[lane]
            return await (pool.run if lane is Lane.PLANNING else pool.serve)(errand.run, token)
        except PermissionDenied as denied:
            # Before it is answered: what cannot be put down is not told either.
            await self._pools[Lane.WRITE].serve(errand.put_down, denied)
            raise
