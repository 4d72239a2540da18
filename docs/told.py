"""What is sent over the open connections, as tables: `generate.py` puts them on the page of real time."""

import re
from collections.abc import Iterable
from typing import Any, get_args

import msgspec

from hosanna_core.model.messages import ClientMessage, ServerMessage
from hosanna_core.usecases import tickets
from hosanna_core.usecases.streams import MOST_MISSED
from hosanna_web.cli.sockets import MOST_FRAMES, MOST_PIECES, PING_EVERY, PONG_WITHIN
from hosanna_web.realtime import clients, hub, outlets, ring, sockets
from hosanna_web.realtime.closing import Close

Rows = list[tuple[str, ...]]
CLOSED = {
    Close.GOING_AWAY: "What stands between you and Hosanna stops. Connect again with the last cursor.",
    Close.PROTOCOL_ERROR: "You sent what is no frame of WebSocket. Mend the client.",
    Close.NOT_TEXT: "You sent a binary message. Mend the client.",
    Close.NOT_UTF8: "You sent text that is not UTF-8. Mend the client.",
    Close.REFUSED: "You sent more messages that cannot be taken than are borne with, or one in too many pieces. Mend the client.",
    Close.TOO_LARGE: "You sent a message that is too large. Mend the client.",
    Close.RESTARTING: "The server stops. Connect again with the last cursor, after a moment that is another one for each client.",
    Close.LOG_IN: "The token's time is over, or its session, or your role is another one. Get a new token, and connect again with the last cursor.",
    Close.FORBIDDEN: "You sent the token of another user, or of yourself in another role. Connect anew as who you are.",
    Close.TOO_SLOW: "You did not take what was sent, or answered no ping. Connect again with the last cursor.",
    Close.RESUME: "The server lost its own place in the feed. Connect again with the last cursor.",
    Close.TOO_MANY: "You sent too much in too short a time. Wait a little, and connect again with the last cursor.",
}


def messages(kinds: Any) -> Rows:
    """A row for each message: its types, what it carries, and what it says."""
    return [(_types(kind), _members(kind), _words(kind)) for kind in get_args(kinds)]


def told() -> Rows:
    """What the server sends."""
    return messages(ServerMessage)


def said() -> Rows:
    """What clients send."""
    return messages(ClientMessage)


def closed() -> Rows:
    """The close codes; a KeyError tells of one that nobody explained."""
    return [(str(code.value), code.reason, CLOSED[code]) for code in Close]


def limits() -> Rows:
    """What is borne with, as the code has it."""
    return [
        ("open connections", f"{hub.MOST_CLIENTS:,} a process", "503 `busy` in the handshake"),
        ("open connections of yours", f"{hub.MOST_OF_ONE:,} a process", "503 `busy` in the handshake"),
        ("a ticket", f"one connection, within {tickets.LIFETIME // 1000} s", "401"),
        ("a message of yours", f"{sockets.LARGEST_MESSAGE // 1024} KiB, in {MOST_PIECES} pieces", "1009, 1008"),
        ("messages of yours", f"{sockets.MOST_MESSAGES} in {sockets.PERIOD:.0f} s", "4429"),
        ("frames of yours, pings and pongs among them", f"{MOST_FRAMES} in a second", "4429"),
        ("messages of yours that cannot be taken", f"{sockets.MOST_REFUSED} in all, each answered by an `error`", "1008"),
        ("what you have yet to take", f"{outlets.MOST_UNTAKEN // 1024} KiB", "4408"),
        ("taking nothing of what is sent", f"{clients.STUCK:.0f} s", "4408"),
        (f"a ping of ours, every {PING_EVERY:.0f} s", f"a pong within {PONG_WITHIN:.0f} s", "4408"),
        ("silence of ours", f"a `heartbeat` every {clients.HEARTBEAT:.0f} s", ""),
        ("the token's end", f"`token.expiring`, {clients.WARNING // 1000} s before", "4401"),
        ("events missed", f"{MOST_MISSED:,}, the newest {ring.KEPT:,} of a process from memory", "`recovered: false`"),
    ]


def _types(kind: Any) -> str:
    tag = kind.__struct_config__.tag
    found: Iterable[str] = get_args(msgspec.structs.fields(kind)[0].type) if tag is None else (tag,)
    return ", ".join(f"`{each}`" for each in found)


def _members(kind: Any) -> str:
    return ", ".join(f"`{each.name}`" for each in msgspec.structs.fields(kind) if each.name != "type")


def _words(kind: Any) -> str:
    """Its docstring, what it carries marked as such."""
    return re.sub(r"\*(\w+)\*", r"`\1`", " ".join(kind.__doc__.split()))
