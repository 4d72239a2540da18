"""Who may listen: the same questions for both kinds of connection, before anything is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import BeforeValidator

from hosanna_core.errors import PermissionDenied, Unauthenticated
from hosanna_core.model.api_key import ApiScope
from hosanna_core.usecases.access import demand_scope, demand_unconfined, identify
from hosanna_core.usecases.auditing import record_denial
from hosanna_core.usecases.forms import Form
from hosanna_core.usecases.judging import judge_query
from hosanna_core.usecases.throttling import demand_own
from hosanna_core.usecases.tickets import redeem_ticket

if TYPE_CHECKING:
    from hosanna_core.ports import Ports
    from hosanna_core.usecases.access import Identity
    from hosanna_web.arrivals import Arrival

IN_AN_ADDRESS: Final = frozenset({"token", "access_token"})


def _as_it_is(value: object) -> object:
    """Whatever it is: what is none of ours is told so, later."""
    return value if isinstance(value, str) and value.isascii() else ""


class ListenQuery(Form):
    """How a connection is opened where no header can be sent, and where it goes on."""

    ticket: Annotated[str, BeforeValidator(_as_it_is, json_schema_input_type=str)] | None = None
    cursor: Annotated[str, BeforeValidator(_as_it_is, json_schema_input_type=str)] | None = None


def let_in(ports: Ports, arrival: Arrival, operation: str) -> Identity:
    """Who wants to listen, by their token or a ticket; counted, and put down where denied, like any request.

    Raises Unauthenticated, TooManyRequests, PermissionDenied, Busy, and Invalid for a query that is none.
    """
    query = arrival.query()
    if IN_AN_ADDRESS & query.keys():
        raise Unauthenticated(
            "An access token in an address ends up in logs, and is refused there: send it as 'Bearer', or get a ticket "
            "with POST /api/v1/stream/tickets."
        )
    if b"authorization" in arrival.headers or "ticket" not in query:
        identity = identify(ports, arrival.token(), setting_up=True)
    else:
        identity = redeem_ticket(ports, query["ticket"][0])
    demand_own(ports.throttles, identity.actor.id)
    try:
        demand_scope(identity, ApiScope.FEED_READ)
        demand_unconfined(identity)
    except PermissionDenied as denied:
        record_denial(ports, identity.actor, denied, operation, origin=arrival.origin)
        raise
    judge_query(ListenQuery, query)
    return identity


def cursor_of(arrival: Arrival) -> str | None:
    """Where a client goes on: as a browser's EventSource says it, or else as its address does."""
    last: Any = arrival.headers.get(b"last-event-id")
    if last is not None:
        return str(last.decode("latin-1"))
    return next(iter(arrival.query().get("cursor", ())), None)
