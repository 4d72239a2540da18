"""Tickets: what opens one connection for who cannot send a header, such as a browser's WebSocket.

An address is written into logs, so no access token stands in one. A ticket is good for one connection, for 30 seconds,
in place of the token that it was got with.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.errors import Unauthenticated
from hosanna_core.model.ids import Id, Millis, UserId
from hosanna_core.model.people import Duty
from hosanna_core.model.session import SessionId
from hosanna_core.model.withheld import withheld
from hosanna_core.rules.access import alive
from hosanna_core.rules.permissions import may
from hosanna_core.usecases.access import Identity
from hosanna_core.usecases.acting import caller_of
from hosanna_core.usecases.permitting import demand
from hosanna_core.usecases.queries import NoQuery

if TYPE_CHECKING:
    from hosanna_core.ports import Ports
    from hosanna_core.usecases.judging import Unparsed

LIFETIME: Final[Millis] = 30_000
_TAG: Final = 16
_LONGEST: Final = 400
_NO_TICKET: Final = (
    "This ticket lets nobody in: it is good once, within 30 seconds, and as long as its session. "
    "Get another one with POST /api/v1/stream/tickets."
)


class Ticket(msgspec.Struct, frozen=True):
    """A ticket, and for how many seconds it is good."""

    ticket: str
    expires_in: int

    def __repr__(self) -> str:
        return withheld(self, "ticket")


class _Said(msgspec.Struct, frozen=True, array_like=True):
    id: Id
    user_id: UserId
    session_id: SessionId
    epoch: int
    token_expires_at: Millis
    expires_at: Millis


def issue_ticket(ports: Ports, identity: Identity, body: Unparsed) -> Ticket:
    """A ticket for whoever asks, in their session. Raises PermissionDenied, Unreadable, Invalid. Nothing is stored."""
    demand(may(identity.actor, Duty.FOLLOW_CHANGES))
    body.judge(NoQuery)
    said = _Said(
        ports.outside.mint(),
        identity.actor.id,
        identity.session_id,
        identity.epoch,
        identity.expires_at,
        ports.outside.now() + LIFETIME,
    )
    raw = msgspec.msgpack.encode(said)
    return Ticket(base64.urlsafe_b64encode(_tag(ports, raw) + raw).decode().rstrip("="), LIFETIME // 1000)


def redeem_ticket(ports: Ports, ticket: str) -> Identity:
    """Who a ticket lets in, which nobody gets in with again. Raises Unauthenticated, Busy."""
    said = _read(ports, ticket)
    now = ports.outside.now()
    if said is None or now >= said.expires_at:
        raise Unauthenticated(_NO_TICKET)
    caller = caller_of(ports, said.user_id)
    if caller is None or not alive(caller, said.session_id, said.epoch):
        raise Unauthenticated(_NO_TICKET)
    if not ports.store.tickets.redeem(said.id, now, said.expires_at):
        raise Unauthenticated(_NO_TICKET)
    return Identity(
        caller.actor,
        said.session_id,
        ports.policy.needs_second_factor(caller),
        said.epoch,
        said.token_expires_at,
    )


def _read(ports: Ports, ticket: str) -> _Said | None:
    if not ticket.isascii() or len(ticket) > _LONGEST:
        return None
    try:
        sealed = base64.b64decode(ticket + "=" * (-len(ticket) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    tag, raw = sealed[:_TAG], sealed[_TAG:]
    if not hmac.compare_digest(tag, _tag(ports, raw)):
        return None
    return msgspec.msgpack.decode(raw, type=_Said)


def _tag(ports: Ports, raw: bytes) -> bytes:
    return hmac.digest(ports.keys.tickets, raw, "sha256")[:_TAG]
