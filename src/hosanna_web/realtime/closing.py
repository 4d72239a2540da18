"""Why a connection is closed: the codes of RFC 6455 and our own, each with what a client does next."""

from __future__ import annotations

from enum import IntEnum


class Close(IntEnum):
    """The close codes; `docs/reference/realtime.md` explains each."""

    GOING_AWAY = 1001
    PROTOCOL_ERROR = 1002
    """Frames that are none."""
    NOT_TEXT = 1003
    """A binary message: everything here is JSON."""
    NOT_UTF8 = 1007
    REFUSED = 1008
    """Too many messages that could not be taken."""
    TOO_LARGE = 1009
    RESTARTING = 1012
    """The server stops: connect again, with the last cursor."""
    LOG_IN = 4401
    """The token's time is over, or the session was ended: connect again with a new token."""
    FORBIDDEN = 4403
    """Your account may not follow any more, or you are somebody else now."""
    TOO_SLOW = 4408
    """You did not take what was sent: connect again with the last cursor."""
    RESUME = 4409
    """The server lost its place: connect again with the last cursor."""
    TOO_MANY = 4429
    """Too many messages: wait a little."""

    @property
    def reason(self) -> str:
        """The words that go with it."""
        return _REASONS[self]


_REASONS = {
    Close.GOING_AWAY: "going away; resume with your last cursor",
    Close.PROTOCOL_ERROR: "not WebSocket",
    Close.NOT_TEXT: "send JSON as text",
    Close.NOT_UTF8: "not UTF-8",
    Close.REFUSED: "too many messages that cannot be taken",
    Close.TOO_LARGE: "message too large",
    Close.RESTARTING: "server restarting; resume with your last cursor",
    Close.LOG_IN: "session over; connect again with a new token",
    Close.FORBIDDEN: "you may not follow any more",
    Close.TOO_SLOW: "too slow; resume with your last cursor",
    Close.RESUME: "resume with your last cursor",
    Close.TOO_MANY: "too many messages; wait a little",
}
