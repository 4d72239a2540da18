"""One client that listens: it shakes hands, answers what must be answered, and counts."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from bench.frames import CLOSE, PING, PONG, TEXT, extent, frame, upgrade

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.dialects import Dialect

_HEAD_ENDS = b"\r\n\r\n"
_SWITCHED = f" {HTTPStatus.SWITCHING_PROTOCOLS.value} ".encode()


@dataclass(frozen=True)
class Place:
    """Where a client connects, as whom, and what it says where the dialect would say `instead`."""

    port: int
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    instead: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Listener:
    """*counted* messages so far; *times* (nanoseconds) and *kept* texts only where they are asked for."""

    place: Place
    dialect: Dialect
    times: list[int] | None = None
    kept: list[bytes] | None = None
    counted: int = 0
    joined: bool = False
    lost: str = ""
    """Why it is connected no more."""
    socket: socket.socket = field(init=False)
    _upgraded: bool = False
    _rest: bytes = b""

    def connect(self) -> None:
        """Ask for a WebSocket; the answer is read like everything else."""
        self.socket = socket.create_connection(("127.0.0.1", self.place.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(upgrade(self.place.port, self.place.path, self.place.headers))
        self.socket.setblocking(False)

    def read(self, buffer: bytearray, view: memoryview) -> int:
        """Read what is there, with the help of a *buffer* that all share; answers how many messages counted."""
        rest = len(self._rest)
        if rest:
            buffer[:rest] = self._rest
        try:
            taken = self.socket.recv_into(view[rest:] if rest else buffer)
        except BlockingIOError:
            return 0  # Read already, while a command was obeyed.
        except OSError as error:
            self.lost = self.lost or str(error)
            return 0
        if not taken:
            self.lost = self.lost or "the connection ended"
            return 0
        end = rest + taken
        at = 0 if self._upgraded else self._switched(buffer, end)
        if not self._upgraded:
            self._rest = bytes(view[:end])
            return 0
        return self._frames(buffer, at, end)

    def _switched(self, buffer: bytearray, end: int) -> int:
        """Where the frames begin, once the head of the answer is whole."""
        head = buffer.find(_HEAD_ENDS, 0, end)
        if head < 0:
            return 0
        if _SWITCHED not in buffer[: buffer.index(b"\r\n")]:
            self.lost = f"refused: {bytes(buffer[:end])!r}"
            return 0
        self._upgraded = True
        return head + len(_HEAD_ENDS)

    def _frames(self, buffer: bytearray, at: int, end: int) -> int:
        """The hot loop: most of what comes is counted and no more."""
        begins, counted = self.dialect.counted, 0
        while (found := extent(buffer, at, end)) is not None:
            start, stop = found
            if stop > end:
                break
            if buffer[at] == TEXT and buffer.startswith(begins, start):
                counted += 1
                if self.kept is not None:
                    self.kept.append(bytes(buffer[start:stop]))
            else:
                self._hear(buffer[at], bytes(buffer[start:stop]))
            at = stop
        self._rest = bytes(buffer[at:end]) if at < end else b""
        self.counted += counted
        if counted and self.times is not None:
            self.times.extend([time.monotonic_ns()] * counted)
        return counted

    def _hear(self, kind: int, payload: bytes) -> None:
        if kind == PING:
            self.socket.sendall(frame(PONG, payload))
        elif kind == CLOSE:
            self.lost = f"closed: {int.from_bytes(payload[:2], 'big')} {payload[2:]!r}"
        elif kind == TEXT:
            self._obey(payload)

    def _obey(self, text: bytes) -> None:
        if self.kept is not None:
            self.kept.append(text)
        if text.startswith(self.dialect.joined):
            self.joined = True
        answer = self.dialect.answer(text)
        if answer is not None:
            said = self.place.instead.get(answer.decode())
            self.socket.sendall(frame(TEXT, said.encode() if said else answer))
