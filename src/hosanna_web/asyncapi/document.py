"""The AsyncAPI 3.0 document: its messages are those of `hosanna_core.model.messages`, as they are sent."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any, Final, get_args

from hosanna_core.model.messages import (
    Authenticate,
    Authenticated,
    ClientMessage,
    Ping,
    Pong,
    Refused,
    ServerMessage,
)
from hosanna_core.rules.sealing import LONGEST
from hosanna_web.api.operations import BASE
from hosanna_web.asyncapi.examples import examples_of
from hosanna_web.openapi.schemas import documents, ref
from hosanna_web.realtime.closing import Close
from hosanna_web.realtime.entrance import ListenQuery
from hosanna_web.realtime.sockets import LARGEST_MESSAGE

TOLD: Final[tuple[type, ...]] = get_args(ServerMessage)
"""What the server sends."""
SAID: Final[tuple[type, ...]] = get_args(ClientMessage)
"""What clients send."""
_ANSWERS: Final[tuple[type, ...]] = (Authenticated, Pong, Refused)
"""To what clients send."""
_UNASKED: Final = tuple(kind for kind in TOLD if kind not in _ANSWERS)
"""What comes by itself, also to who only listens."""
_DESCRIPTION: Final = (
    "What happens at a contractor's, as it happens, to whom may see it. Connect by WebSocket, or by server-sent events "
    "for the same messages without a way back. Each message is a JSON object with `type`, and `cursor` as its last "
    "member: connect with `?cursor=` of the last message to be told what you missed. A refused connection is answered "
    "in the handshake, with a problem of RFC 9457, as `/openapi.json` describes for the same paths. Tickets and "
    f"`GET {BASE}/sync` are described there, too."
)
_CURSOR: Final = {
    "type": "string",
    "description": "Where you are now: connect with it to go on from here. Opaque; tells nothing.",
    "pattern": "^[A-Za-z0-9_-]+$",
    "maxLength": LONGEST,
}
_GIVEN: Final = {
    "ticket": f"A ticket of `POST {BASE}/stream/tickets`, where no header can be sent. Good once, for 30 seconds.",
    "cursor": "That of the last message that came, to be told all since then.",
}
"""What `ListenQuery` asks for; a KeyError tells of a parameter without words."""
_SOCKETS: Final = (
    f"One connection. A message of a client has at most {LARGEST_MESSAGE} bytes. "
    "Why a connection is closed is told by one of `x-close-codes`."
)
_EVENTS: Final = (
    "The same messages as `text/event-stream`: `event` is the type, `id` the cursor (so that a browser comes back with "
    "`Last-Event-ID`, which goes before `?cursor=`), `data` the whole message. The stream ends with the token's time: "
    "open it anew, with another token."
)


def describe() -> dict[str, Any]:
    """The document, ready to be written as JSON."""
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Hosanna", "version": version("hosanna"), "description": _DESCRIPTION},
        "defaultContentType": "application/json",
        "servers": {"sockets": _server("wss"), "events": _server("https")},
        "channels": {
            "stream": _channel("sockets", "/stream", _SOCKETS, (*TOLD, *SAID))
            | {"bindings": {"ws": _handshake()}, "x-close-codes": _close_codes()},
            "events": _channel("events", "/events", _EVENTS, _UNASKED),
        },
        "operations": _operations(),
        "components": {
            "schemas": _schemas(),
            "messages": {kind.__name__: _message(kind) for kind in (*TOLD, *SAID)},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "ticket": {
                    "type": "httpApiKey",
                    "in": "query",
                    "name": "ticket",
                    "description": _GIVEN["ticket"],
                },
            },
        },
    }


def _server(protocol: str) -> dict[str, Any]:
    return {
        "host": "{host}",
        "protocol": protocol,
        "description": "Where this document comes from; in development without TLS.",
        "variables": {
            "host": {"default": "127.0.0.1:5000", "description": "Its host, and its port if it has one."}
        },
    }


def _channel(server: str, path: str, words: str, kinds: tuple[type, ...]) -> dict[str, Any]:
    names = [kind.__name__ for kind in kinds]
    return {
        "address": BASE + path,
        "description": words,
        "servers": [{"$ref": f"#/servers/{server}"}],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
    }


def _query() -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            name: {"type": "string", "description": _GIVEN[name]} for name in ListenQuery.model_fields
        },
        "additionalProperties": False,
    }


def _handshake() -> dict[str, Any]:
    token = {"type": "string", "description": "`Bearer` and an access token; not needed with a ticket."}
    return {
        "method": "GET",
        "query": _query(),
        "headers": {"type": "object", "properties": {"Authorization": token}},
        "bindingVersion": "0.1.0",
    }


def _close_codes() -> list[dict[str, Any]]:
    return [{"code": each.value, "name": each.name.lower(), "reason": each.reason} for each in Close]


def _operations() -> dict[str, Any]:
    listen = {"http": {"method": "GET", "query": _query(), "bindingVersion": "0.3.0"}}
    return {
        "tell": _operation("send", "stream", "Tell what happens", _UNASKED),
        "take_token": _operation("receive", "stream", "Go on under a new access token", (Authenticate,))
        | {"reply": _messages("stream", (Authenticated, Refused))},
        "answer_ping": _operation("receive", "stream", "Show that the connection stands", (Ping,))
        | {"reply": _messages("stream", (Pong, Refused))},
        "tell_by_events": _operation("send", "events", "Tell what happens to who only listens", _UNASKED)
        | {"bindings": listen},
    }


def _operation(action: str, channel: str, summary: str, kinds: tuple[type, ...]) -> dict[str, Any]:
    security = [{"$ref": f"#/components/securitySchemes/{name}"} for name in ("bearer", "ticket")]
    return {"action": action, "summary": summary, "security": security, **_messages(channel, kinds)}


def _messages(channel: str, kinds: tuple[type, ...]) -> dict[str, Any]:
    return {
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{kind.__name__}"} for kind in kinds],
    }


def _schemas() -> dict[str, Any]:
    """Those of the structs, and in what the server sends the cursor, which every message ends with."""
    schemas = documents((*TOLD, *SAID))
    for kind in TOLD:
        schema = schemas[kind.__name__]
        schema["properties"]["cursor"] = _CURSOR
        schema["required"].append("cursor")
    return schemas


def _message(kind: type) -> dict[str, Any]:
    examples = examples_of(kind)
    return {
        "name": kind.__name__,
        "title": ", ".join(str(each["name"]) for each in examples),
        "summary": (kind.__doc__ or "").partition("\n")[0],
        "payload": ref(kind.__name__),
        "examples": examples,
    }
