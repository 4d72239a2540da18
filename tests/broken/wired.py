"""A MongoDB that can be stopped, killed and started again on its data, behind a proxy that can be worse."""

import contextlib
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.broken.proxy import Proxy
from tests.wire import SERVE, STARTS_IN

LIFETIME = "1.0"
"""Seconds after which a transaction whose client is gone is given up."""


class Wired:
    """The server, and the proxy before it: the only way to it that anybody knows."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = 0
        self.start()
        self.proxy = Proxy(lambda: self._port)
        self.uri = f"mongodb://127.0.0.1:{self.proxy.port}/hosanna?directConnection=true"

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(self._folder), LIFETIME, "durable"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        said = self._process.stdout
        assert said
        assert select.select([said], [], [], STARTS_IN)[0], "the wire server did not start"
        self._port = int(said.readline().strip().rstrip("/").rpartition(":")[2])

    def stop(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        for each in (self._process.stdin, self._process.stdout):
            if each is not None:
                each.close()

    def close(self) -> None:
        self.proxy.close()
        self.kill()


@contextlib.contextmanager
def wired(folder: Path) -> Iterator[Wired]:
    found = Wired(folder)
    try:
        yield found
    finally:
        found.close()


WAYS: dict[str, tuple[Callable[[Wired], None], Callable[[Wired], None]]] = {
    "stopped": (Wired.stop, Wired.go_on),
    "killed": (Wired.kill, Wired.start),
    "refusing": (lambda it: it.proxy.refuse(), lambda it: it.proxy.mend()),
    "silent": (lambda it: it.proxy.silence(), lambda it: it.proxy.mend()),
}
"""How it goes away, and how it comes back."""
