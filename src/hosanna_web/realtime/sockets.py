"""The WebSocket `/api/v1/stream`: from the handshake to the close frame."""

from __future__ import annotations

import asyncio
import contextlib
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from hosanna_core.errors import HosannaError, NotFound, Unauthenticated
from hosanna_core.model.messages import Authenticate, Authenticated, ClientMessage, Pong, Refused
from hosanna_core.usecases.access import identify
from hosanna_core.usecases.throttling import demand_own
from hosanna_web.api.operations import BASE
from hosanna_web.asking import ASKING, HEADER, Asking
from hosanna_web.noting import note_handshake
from hosanna_web.problems import reply_to
from hosanna_web.realtime.closing import Close
from hosanna_web.realtime.entrance import cursor_of, let_in
from hosanna_web.realtime.outlets import AsgiOutlet, WireOutlet

if TYPE_CHECKING:
    from hosanna_core.ports import Ports
    from hosanna_core.usecases.access import Identity
    from hosanna_core.usecases.streams import Entry
    from hosanna_web.arrivals import Arrival
    from hosanna_web.executors import Pool
    from hosanna_web.realtime.clients import Client
    from hosanna_web.realtime.hub import Hub
    from hosanna_web.threshold import Threshold
    from hosanna_web.watching import Watch

WIRE: Final = "hosanna.wire"
"""The extension of the scope by which a server lends us its transport."""
ROUTE: Final = BASE + "/stream"
PATH: Final = tuple(ROUTE.strip("/").split("/"))
OPERATION: Final = "open_stream"
"""What the audit trail calls it."""
LARGEST_MESSAGE: Final = 16 * 1024
"""Bytes of a client's message, and characters where somebody else's server reads it: a token is a few hundred."""
MOST_MESSAGES: Final = 60
"""Messages that a client may send within `PERIOD`."""
PERIOD: Final = 10.0
MOST_REFUSED: Final = 20
"""Messages in all that could not be taken, before the connection is ended."""
_DECODER: Final = msgspec.json.Decoder(ClientMessage)


class Sockets:
    """Answers WebSocket handshakes."""

    def __init__(self, ports: Ports, hub: Hub, pool: Pool, threshold: Threshold, watch: Watch) -> None:
        self._ports = ports
        self._hub = hub
        self._pool = pool
        self._threshold = threshold
        self._watch = watch

    async def serve(self, scope: Any, receive: Any, send: Any) -> None:
        """One connection, from its handshake to its end."""
        if (await receive())["type"] != "websocket.connect":
            return
        arrival = self._threshold.arrival(_as_http(scope))
        asking, began = Asking(arrival.headers.get(HEADER)), perf_counter()
        ASKING.set(asking)
        try:
            identity, entry = await self._admitted(arrival, asking)
        except Exception as error:  # whatever it is, it becomes an answer and a line in the log
            note_handshake(self._watch.measures, began, error)
            await self._refuse(error, arrival, scope, send)
            return
        note_handshake(self._watch.measures, began, None)
        await send({"type": "websocket.accept"})
        # What a server keeps of the handshake it keeps for hours.
        scope["headers"] = []
        await self._converse(identity, entry, scope, receive, send)

    async def _admitted(self, arrival: Arrival, asking: Asking) -> tuple[Identity, Entry]:
        self._threshold.demand(arrival)
        arrival.demand_small()
        self._threshold.demand_own_page(arrival)
        self._watch.demand()
        if arrival.parts != PATH:
            if arrival.parts[:2] == PATH[:2]:
                await self._pool.serve(let_in, self._ports, arrival, OPERATION)
            raise NotFound
        asking.route = ROUTE
        identity = await self._pool.serve(let_in, self._ports, arrival, OPERATION)
        asking.actor_id = identity.actor.id
        return identity, await self._hub.admit(identity, cursor_of(arrival))

    async def _refuse(self, error: Exception, arrival: Arrival, scope: Any, send: Any) -> None:
        if "websocket.http.response" not in scope.get("extensions", {}):
            await send(
                {"type": "websocket.close", "code": int(Close.REFUSED), "reason": Close.REFUSED.reason}
            )
            return
        reply = reply_to(error)
        headers = [*reply.head(), *self._threshold.headers(arrival)]
        await send({"type": "websocket.http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": reply.body})

    async def _converse(self, identity: Identity, entry: Entry, scope: Any, receive: Any, send: Any) -> None:
        wire = scope.get("extensions", {}).get(WIRE)
        outlet = AsgiOutlet() if wire is None else WireOutlet(wire)
        sending = asyncio.create_task(outlet.serve(send)) if isinstance(outlet, AsgiOutlet) else None
        try:
            client = await self._hub.join(identity, entry, outlet)
            try:
                await Conversation(self._ports, self._hub, self._pool, client).hear(receive)
            finally:
                self._hub.leave(client)
        finally:
            if sending is not None:
                sending.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await sending


class Conversation:
    """What a client says, and what is answered."""

    def __init__(self, ports: Ports, hub: Hub, pool: Pool, client: Client) -> None:
        self._ports = ports
        self._hub = hub
        self._pool = pool
        self._client = client
        self._refused = 0
        self._heard = 0
        self._since = 0.0

    async def hear(self, receive: Any) -> None:
        """Listen until the client has gone, or was sent away."""
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            if self._client.closed:
                continue
            if self._is_too_much():
                self._client.close(Close.TOO_MANY)
            elif message.get("text") is None:
                self._client.close(Close.NOT_TEXT)
            elif len(message["text"]) > LARGEST_MESSAGE:
                self._client.close(Close.TOO_LARGE)
            else:
                await self._answer(message["text"])

    def _is_too_much(self) -> bool:
        now = asyncio.get_running_loop().time()
        if now - self._since > PERIOD:
            self._since, self._heard = now, 0
        self._heard += 1
        return self._heard > MOST_MESSAGES

    async def _answer(self, text: str) -> None:
        # The first that a client hears is hello, also one that has much to catch up with and speaks at once.
        await self._client.ready.wait()
        try:
            said: ClientMessage = _DECODER.decode(text)
        except (msgspec.DecodeError, RecursionError, UnicodeEncodeError) as error:
            self._refuse("invalid_message", _words(error))
            return
        if isinstance(said, Authenticate):
            await self._authenticate(said)
        else:
            self._hub.say(self._client, Pong())

    async def _authenticate(self, said: Authenticate) -> None:
        try:
            identity = await self._pool.run(_identified, self._ports, said.token)
        except Unauthenticated:
            self._client.close(Close.LOG_IN)
            return
        except HosannaError as error:
            self._refuse(error.code, error.detail)
            return
        if identity.actor != self._client.identity.actor:
            self._client.close(Close.FORBIDDEN)
            return
        await self._hub.renew(self._client, identity)
        left = identity.expires_at - self._ports.outside.now()
        self._hub.say(self._client, Authenticated(max(left // 1000, 0)))

    def _refuse(self, code: str, detail: str) -> None:
        self._refused += 1
        if self._refused > MOST_REFUSED:
            self._client.close(Close.REFUSED)
        else:
            self._hub.say(self._client, Refused(code, detail))


def _identified(ports: Ports, token: str) -> Identity:
    """Who sends a token: counted like any request of theirs. Raises TooManyRequests, and what `identify` raises."""
    identity = identify(ports, token)
    demand_own(ports.throttles, identity.actor.id)
    return identity


def _words(error: Exception) -> str:
    if isinstance(error, msgspec.ValidationError):
        return f"This is no message that is known here: {error}."
    return "This is not JSON that can be read."


def _as_http(scope: Any) -> Any:
    """The head of a handshake, which is an HTTP request."""
    return {
        **scope,
        "method": "GET",
        "scheme": "https" if scope.get("scheme") in {"wss", "https"} else "http",
    }
