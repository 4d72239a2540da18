"""The command line as it is used: a process with an environment of its own."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

HOSANNA = Path(sys.executable).with_name("hosanna")
PATIENCE = 300
# As behind a proxy on this machine; it says that its client speaks HTTPS.
PRODUCTION = {
    "HOSANNA_ENV": "production",
    "JWT_SECRET": "0f2b8Kq-7dLxVw3ZsTt9mNc4RyHgJe6P",
    "PUBLIC_URL": "https://hosanna.example.com",
    "TRUSTED_PROXIES": "127.0.0.1",
}
BY_HTTPS = {"X-Forwarded-Proto": "https"}


def environment(folder: Path, given: dict[str, str]) -> dict[str, str]:
    """Nothing of ours but what is *given*."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {"HOSANNA_DATA": str(folder / "data"), "PORT": "0", "COLUMNS": "200"} | given


def hosanna(
    folder: Path, *arguments: str, given: str = "", **variables: str
) -> "subprocess.CompletedProcess[str]":
    """Run one command to its end."""
    return subprocess.run(
        [HOSANNA, *arguments],
        input=given,
        env=environment(folder, variables),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@dataclass
class Serving:
    """A server that runs; *said* is its output so far, or all of it once it was stopped."""

    process: "subprocess.Popen[str]"
    out: Path
    err: Path

    @property
    def said(self) -> str:
        return self.out.read_text(encoding="utf-8")

    @property
    def complained(self) -> str:
        return self.err.read_text(encoding="utf-8")

    @property
    def url(self) -> str:
        found = re.search(r"https?://\S+:\d+", self.said)
        assert found is not None, self.said
        return found[0]

    def ready(self) -> None:
        """Wait for the line that says so: it comes once the server listens."""
        while not self.said.endswith("\n"):
            try:
                code = self.process.wait(0.02)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError(f"it ended with {code}: {self.said}{self.complained}")

    def client(self, headers: dict[str, str] | None = None) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=PATIENCE, trust_env=False, headers=headers)

    def stop(self, how: int = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(PATIENCE)


@contextmanager
def serving(
    folder: Path, *options: str, program: Sequence[str | Path] = (HOSANNA, "serve"), **variables: str
) -> Iterator[Serving]:
    """A server on a free port, ready; it is gone at the end whatever happens."""
    number = len(list(folder.glob("out-*")))
    out, err = folder / f"out-{number}", folder / f"err-{number}"
    with out.open("w") as stdout, err.open("w") as stderr:
        process = subprocess.Popen(
            [*program, *options],
            env=environment(folder, variables),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            text=True,
        )
    server = Serving(process, out, err)
    try:
        server.ready()
        yield server
    finally:
        process.kill()
        process.wait(PATIENCE)


def password_shown(said: str) -> str:
    """The first Administrator's."""
    found = re.search(r"password +(\S+)", said)
    assert found is not None, said
    return found[1]
