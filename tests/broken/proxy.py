"""Between a server and what it stands on: a proxy that passes everything on, refuses, or goes silent half-way."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable

_AT_ONCE = 65536
_RESET = struct.pack("ii", 1, 0)
"""Of SO_LINGER: who closes says nothing more, and the other end hears that the connection is gone."""


class Proxy:
    """Listens on a port of its own for as long as it is open; *target* is asked for each connection: it may move."""

    def __init__(self, target: Callable[[], int]) -> None:
        self._target = target
        self._passing = threading.Event()
        self._passing.set()
        self._delay = 0.0
        self._listening = threading.Event()
        self._open = True
        self._ends: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener = _bound()
        self.port: int = self._listener.getsockname()[1]
        self._listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def silence(self) -> None:
        """Whoever connects is let in, and from now on nobody hears anything; nothing of it is lost."""
        self._passing.clear()

    def refuse(self) -> None:
        """Every connection is reset, and nobody gets another one."""
        self._listening.clear()
        # What was listening keeps its port: nobody else can take it meanwhile.
        self._listener.shutdown(socket.SHUT_RD)
        self._cut()

    def slow_down(self, seconds: float) -> None:
        """Everything that is said arrives so much later."""
        self._delay = seconds

    def mend(self) -> None:
        """All is well again; what was said meanwhile arrives."""
        self._delay = 0.0
        self._passing.set()
        if not self._listening.is_set():
            self._listen()

    def close(self) -> None:
        self._open = False
        self.refuse()
        self._passing.set()
        self._listening.set()
        self._listener.close()

    def _listen(self) -> None:
        self._listener.listen(1024)
        self._listening.set()

    def _accept(self) -> None:
        while self._open:
            self._listening.wait()
            try:
                near, _ = self._listener.accept()
            except OSError:
                continue
            threading.Thread(target=self._join, args=(near,), daemon=True).start()

    def _join(self, near: socket.socket) -> None:
        with self._lock:
            self._ends.add(near)
        self._passing.wait()
        try:
            far = socket.create_connection(("127.0.0.1", self._target()), 10)
        except OSError:
            self._reset(near)
            return
        far.settimeout(None)
        with self._lock:
            self._ends.add(far)
        for here, there in ((near, far), (far, near)):
            threading.Thread(target=self._pass_on, args=(here, there), daemon=True).start()

    def _pass_on(self, here: socket.socket, there: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while heard := here.recv(_AT_ONCE):
                time.sleep(self._delay)
                self._passing.wait()
                there.sendall(heard)
        self._reset(here)
        self._reset(there)

    def _cut(self) -> None:
        with self._lock:
            ends = tuple(self._ends)
        for each in ends:
            self._reset(each)

    def _reset(self, end: socket.socket) -> None:
        with self._lock:
            if end not in self._ends:
                return
            self._ends.discard(end)
        with contextlib.suppress(OSError):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            end.shutdown(socket.SHUT_RDWR)
        end.close()


def _bound() -> socket.socket:
    """On a port of its own, and by its number: only that is kept by who listens no more."""
    with socket.socket() as any_port:
        found = socket.socket()
        for each in (any_port, found):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        any_port.bind(("127.0.0.1", 0))
        found.bind(any_port.getsockname())
        return found
