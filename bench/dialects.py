"""What is spoken over a WebSocket by either side of a comparison, as far as a client has to know it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Dialect:
    """By what a message begins: what is counted, what says that one is in, and what must be answered."""

    path: str
    counted: bytes
    joined: bytes
    answers: tuple[tuple[bytes, bytes], ...] = ()

    def answer(self, text: bytes) -> bytes | None:
        """What to say to a message, None if nothing."""
        return next((answer for begins, answer in self.answers if text.startswith(begins)), None)


OURS = Dialect(path="/api/v1/stream", counted=b'{"type":"job.', joined=b'{"type":"hello"')
SOCKET_IO = Dialect(
    path="/socket.io/?EIO=4&transport=websocket",
    counted=b"42",
    joined=b"40",
    # Opened: join the default namespace. A ping: a pong.
    answers=((b"0", b"40"), (b"2", b"3")),
)
DIALECTS = {"ours": OURS, "socket.io": SOCKET_IO}
