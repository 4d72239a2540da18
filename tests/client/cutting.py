"""A network between a device and its server that can be cut, silenced, and made to lose answers."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

PIECE = 65536


@dataclass
class Network:
    """What goes through *port* reaches the server, as long as nobody disturbs it."""

    server: int
    port: int = 0
    up: bool = True
    """Whether anything goes through; what is open when it is cut is torn."""
    silent: bool = False
    """Whether what goes through is swallowed, and nobody is told so."""
    losing: bool = False
    """Whether requests arrive and answers are lost, with their connection."""
    _open: set[socket.socket] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def cut(self) -> None:
        self.up = False
        with self._lock:
            torn, self._open = self._open, set()
        for each in torn:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self.up, self.silent, self.losing = True, False, False

    def serve(self, listener: socket.socket) -> None:
        """Take connections until the listener is closed."""
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._join, args=(near,), daemon=True).start()

    def _join(self, near: socket.socket) -> None:
        with near, contextlib.suppress(OSError):
            if not self.up:
                return
            with socket.create_connection(("127.0.0.1", self.server)) as far:
                with self._lock:
                    self._open |= {near, far}
                answers = threading.Thread(target=self._pass, args=(far, near, True), daemon=True)
                answers.start()
                self._pass(near, far, False)
                answers.join()

    def _pass(self, source: socket.socket, target: socket.socket, answers: bool) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(PIECE):
                if answers and self.losing:
                    break
                if not self.silent:
                    target.sendall(piece)
        for each in (source, target):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def network(server: int) -> Iterator[Network]:
    """A network in front of the server on that port."""
    listener = socket.create_server(("127.0.0.1", 0))
    found = Network(server, int(listener.getsockname()[1]))
    thread = threading.Thread(target=found.serve, args=(listener,), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        found.cut()
        # Closing alone would not wake whoever accepts.
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


ELSEWHERE: Final = "302 Found\r\nLocation: http://localhost/login"
"""What most such networks say: go there, and log in."""


@contextlib.contextmanager
def portal(status: str) -> Iterator[int]:
    """Where somebody answers everything alike, and not as the server would, as in the network of a hotel."""
    page = b"<html>Log in, please.</html>"
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {len(page)}\r\nConnection: close\r\n\r\n"

    def serve(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, contextlib.suppress(OSError):
                    connection.recv(PIECE)
                    connection.sendall(head.encode() + page)

    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=serve, args=(listener,), daemon=True)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
