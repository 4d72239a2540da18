"""A real server in a process of its own, and what it costs."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bench.house import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import IO

SECRET = "a secret of the benches, long enough for HS256"  # of a store that is thrown away
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_PATIENCE = 60.0


def environment(folder: Path, port: int = 0, database: str = "") -> dict[str, str]:
    """What the commands are told: this store, this secret, nothing of the surroundings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    store = {"HOSANNA_DATA": str(folder), **({"MONGODB_URI": database} if database else {})}
    return {**kept, **store, "JWT_SECRET": SECRET, "PORT": str(port)}


def command(*words: str) -> list[str]:
    """The `hosanna` command beside this interpreter."""
    return [str(Path(sys.executable).with_name("hosanna")), *words]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """A running server and one kept connection to it."""

    pid: int
    port: int
    commands: IO[bytes] | None = None
    """Its standard input, where it listens to that."""
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)

    def ask(
        self,
        method: str,
        path: str,
        *,
        token: str = "",
        body: object = None,
        also: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes]:
        """Status and body of one request, *also* being further headers of it."""
        headers = {**(also or {}), **({"Authorization": f"Bearer {token}"} if token else {})}
        sent = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            sent = json.dumps(body)
        self.connection.request(method, path, sent, headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def log_in(self, name: str) -> str:
        """An access token of somebody of the house."""
        status, body = self.ask(
            "POST", "/api/v1/auth/login", body={"email": f"{name}@example.com", "password": PASSWORD}
        )
        if status != http.HTTPStatus.OK:
            raise RuntimeError(f"{name} cannot log in: {status} {body!r}")
        # What comes next may come later than the server waits for it; a closed connection opens again by itself.
        self.connection.close()
        return str(json.loads(body)["access_token"])

    def tell(self, line: str) -> None:
        """Write a line to a server that listens to its standard input."""
        assert self.commands
        self.commands.write(f"{line}\n".encode())
        self.commands.flush()

    def memory(self) -> int:
        """Bytes of memory that the process occupies."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * _PAGE

    def cpu(self) -> float:
        """Seconds of processor time that the process has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS


@contextmanager
def serving(
    words: Sequence[str], env: Mapping[str, str], port: int, *, told: bool = False
) -> Iterator[Server]:
    """Run a server until the block ends, one that is *told* what to do on its standard input or not.

    Raises RuntimeError if it does not answer within a minute.
    """
    process = subprocess.Popen(
        words,
        env=dict(env),
        stdin=subprocess.PIPE if told else None,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(process, port)
        yield Server(process.pid, port, process.stdin)
    finally:
        process.terminate()
        process.wait(timeout=_PATIENCE)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the server does not answer")
