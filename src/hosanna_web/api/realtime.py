"""Following what happens: tickets, the two kinds of connections, and what was missed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.errors import PermissionDenied
from hosanna_core.model.documents import JobDocument
from hosanna_core.model.ids import JobId
from hosanna_core.usecases.queries import NoQuery
from hosanna_core.usecases.syncing import SyncQuery, sync
from hosanna_core.usecases.tickets import Ticket, issue_ticket
from hosanna_web.api.answers import document
from hosanna_web.api.operations import BASE, Lane, Operation
from hosanna_web.problems import ForeignOrigin, UpgradeRequired
from hosanna_web.realtime.entrance import ListenQuery, cursor_of, let_in
from hosanna_web.realtime.server_sent import MEDIA_TYPE, EventStream

if TYPE_CHECKING:
    from hosanna_web.api.operations import Call
    from hosanna_web.replies import Reply


class SyncDocument(msgspec.Struct, frozen=True):
    """What to keep and what to forget; *reset*: forget all else first. *more*: go on at once from *cursor*."""

    jobs: list[JobDocument]
    removed: list[JobId]
    cursor: str
    more: bool
    reset: bool


def ticket(call: Call) -> Reply:
    """What opens one connection without a token in its address."""
    return document(issue_ticket(call.ports, call.identity, call.body), 201)


def stream(_: Call) -> Reply:
    """Nothing that plain HTTP could answer."""
    raise UpgradeRequired


def events(call: Call) -> Reply:
    """What happens, as it happens."""
    identity = let_in(call.ports, call.arrival, "listen_to_events")
    return EventStream(b"", hub=call.hub, identity=identity, cursor=cursor_of(call.arrival))


def changes(call: Call) -> Reply:
    """What became of the jobs in view since a cursor."""
    found = sync(call.ports, call.actor, call.query)
    rest = {name: getattr(found, name) for name in ("removed", "cursor", "more", "reset")}
    return document({"jobs": [msgspec.Raw(job) for job in found.jobs], **rest})


_route = partial(Operation, area="realtime")
REALTIME: Final[tuple[Operation, ...]] = (
    _route(
        method="POST",
        path=BASE + "/stream/tickets",
        name="issue_ticket",
        summary="Get a ticket for one connection, good for 30 seconds",
        run=ticket,
        status=201,
        answer=Ticket,
        body=(NoQuery,),
        where=Lane.READ,
    ),
    _route(
        method="GET",
        path=BASE + "/stream",
        name="open_stream",
        summary="Follow what happens by WebSocket: see /asyncapi.json",
        run=stream,
        status=101,
        query=ListenQuery,
        refusals=(UpgradeRequired,),
    ),
    _route(
        method="GET",
        path=BASE + "/events",
        name="listen_to_events",
        summary="Follow what happens by server-sent events",
        run=events,
        media_type=MEDIA_TYPE.decode(),
        query=ListenQuery,
        ticket=True,
        refusals=(PermissionDenied, ForeignOrigin),
    ),
    _route(
        method="GET",
        path=BASE + "/sync",
        name="sync",
        summary="Catch up after a time offline",
        run=changes,
        answer=SyncDocument,
        query=SyncQuery,
    ),
)
