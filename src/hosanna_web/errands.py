"""One request on its way through the house: what a thread does for it, from who calls to the use case."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING, Final

from hosanna_core.model.event import Ref
from hosanna_core.model.ids import is_id
from hosanna_core.usecases.access import demand_scope, demand_unconfined, identify
from hosanna_core.usecases.auditing import record_denial
from hosanna_core.usecases.throttling import demand_own
from hosanna_web.allowances import WatchedThrottles
from hosanna_web.api.operations import Call
from hosanna_web.api.scopes import scope_of_operation
from hosanna_web.arrivals import Body
from hosanna_web.asking import HEADER, Asking
from hosanna_web.measuring import method_told
from hosanna_web.threshold import OF_MACHINES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hosanna_core.errors import PermissionDenied
    from hosanna_core.ports import Ports
    from hosanna_core.usecases.access import Identity, Registration
    from hosanna_web.api.operations import Operation
    from hosanna_web.arrivals import Arrival
    from hosanna_web.key_uses import KeyUses
    from hosanna_web.realtime.hub import Hub
    from hosanna_web.replies import Header, Reply
    from hosanna_web.tracing import RequestSpan, Tracing
    from hosanna_web.watching import Watch

_SUBJECTS: Final[Mapping[str, str]] = {"jobs": "job", "users": "user"}
"""What an id in a path is an id of, by the area of its route."""


class Errand:
    """What is known of a request so far. Its methods may block: they run where the route's lane says."""

    __slots__ = (
        "_call", "_identity", "_operation", "_ports", "_tracing", "_uses", "arrival", "asking", "began", "notices",
        "operation", "path", "span", "throttles",
    )  # fmt: skip

    def __init__(self, arrival: Arrival, ports: Ports, uses: KeyUses, tracing: Tracing | None = None) -> None:
        self.arrival = arrival
        self.throttles = WatchedThrottles(ports.throttles)
        self.notices: tuple[Header, ...] = ()
        self._ports = ports
        self._uses = uses
        self._identity: Identity | None = None
        self._operation: Operation
        self.operation: Operation | None = None
        """What is wanted; None where nobody knows."""
        self.path: Mapping[str, str] = {}
        """What the parameters of its path are."""
        self.asking = Asking(arrival.headers.get(HEADER))
        """What the log calls it."""
        self.began = perf_counter()
        """When it was there whole."""
        self._call: Call
        self._tracing = None if arrival.parts[0] in OF_MACHINES else tracing
        self.span: RequestSpan | None = None
        """What is told of it elsewhere; None where nobody wants to know."""

    def trace(self) -> None:
        """Begin its span, in the task that answers it."""
        if self._tracing is not None:
            self.span = span = self._tracing.begin(method_told(self.arrival.method), self.arrival.headers)
            self.asking.trace_id, self.asking.span_id = span.trace_id, span.span_id

    def traced(self, status: int | None, code: str | None = None) -> None:
        """End its span."""
        if self.span is not None:
            self.span.done(
                method_told(self.arrival.method),
                request_id=self.asking.request_id,
                route=self.asking.route,
                status=status,
                actor_id=self.asking.actor_id,
                code=code,
            )

    def found(self, operation: Operation, path: Mapping[str, str]) -> None:
        """Say which route it is: also who is refused before it comes to a call is counted and logged by it."""
        self.operation = operation
        self.path = path
        self.asking.route = operation.path

    def call_on(
        self,
        operation: Operation,
        path: Mapping[str, str],
        raw: bytes,
        registration: Registration,
        operations: tuple[Operation, ...],
        *,
        public_keys: tuple[dict[str, str], ...] = (),
        hub: Hub | None = None,
        watch: Watch | None = None,
    ) -> None:
        """Say what is wanted."""
        self._operation = operation
        if operation.deprecation is not None:
            self.notices = operation.deprecation.headers
        # Who only reads counts nothing but the request, which is counted here; and a copy costs as much as that.
        reads = operation.method == "GET" and not operation.ticket and not operation.limited
        ports = self._ports if reads else replace(self._ports, throttles=self.throttles)
        body = Body(self.arrival, raw, once=operation.once)
        self._call = Call(
            ports, registration, None, self.arrival, path, body, operations, public_keys, hub, watch
        )

    def identify(self, token: str) -> Identity:
        """Who calls, counted. Raises Unauthenticated, TooManyRequests."""
        identity = identify(self._ports, token, setting_up=True)
        demand_own(self.throttles, identity.actor.id)
        self._uses.note(identity, self._ports.outside.now())
        self._identity = identity
        self.asking.actor_id = identity.actor.id
        return identity

    def admit(self, token: str | None) -> None:
        """Everything that can be refused before anybody hashes."""
        if token is not None:
            self._demand_free(self.identify(token))
        if self._operation.admit is not None:
            self._operation.admit(self._call)

    def run(self, token: str | None) -> Reply:
        """Who calls, and the use case."""
        if token is None:
            return self._done(self._call)
        # It may have waited for long: who calls is asked again, and counted once.
        identity = (
            self.identify(token) if self._identity is None else identify(self._ports, token, setting_up=True)
        )
        self._identity = identity
        self._demand_free(identity)
        return self._done(self._call.by(identity))

    def _done(self, call: Call) -> Reply:
        if self._tracing is None:
            return self._operation.run(call)
        with self._tracing.step(self._operation.name):
            return self._operation.run(call)

    def _demand_free(self, identity: Identity) -> None:
        demand_scope(identity, scope_of_operation(self._operation))
        if not self._operation.setting_up:
            demand_unconfined(identity)

    def put_down(self, denied: PermissionDenied) -> None:
        """Put a refusal down in the audit trail, where somebody is known to have been refused."""
        if self._identity is None:
            return
        kind, found = _SUBJECTS.get(self._operation.area), self._call.path.get("id", "")
        subject = Ref(kind, found) if kind is not None and is_id(found) else None
        record_denial(
            self._ports,
            self._identity.actor,
            denied,
            self._operation.name,
            subject=subject,
            origin=self.arrival.origin,
        )
