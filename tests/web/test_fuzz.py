"""Schemathesis reads the OpenAPI document and tries everything that it allows and forbids, as each role."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from litestar import Litestar
from tests.web.firm import Firm

from hosanna_adapters.memory import MemoryStore
from hosanna_adapters.sqlite import SqliteStore

# That an end comes after its start, or a cursor from a list, is more than JSON Schema can say.
BEYOND_A_SCHEMA = "positive_data_acceptance"
# `GET …/follow` is a question about what `DELETE …/follow` takes away: it is answered with no, not with 404.
A_QUESTION = "use_after_free"
ENDS_A_SESSION = "/auth/(logout|logout-all|password/change|sessions/)"
NEVER_ENDS = "/api/v1/events$"
# The token must live to the end: without one nearly everything is a 401, and nothing else is tried.
LIVES = (
    "--exclude-path-regex", f"{ENDS_A_SESSION}|{NEVER_ENDS}",
    "--exclude-checks", f"{BEYOND_A_SCHEMA},{A_QUESTION}",
)  # fmt: skip
# And once it is dead, a stranger is told so before they are told that there is no such method.
DIES = ("--include-path-regex", ENDS_A_SESSION, "--exclude-checks", f"{BEYOND_A_SCHEMA},unsupported_method")
JUDGED_BY = Path(__file__).with_name("schemathesis.toml")
PATIENCE = 900
"""Seconds; it takes 30 on a machine that has nothing else to do."""


@contextmanager
def serving(app: Litestar) -> Iterator[str]:
    """A real server in a thread, on any port that is free."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def fuzzed(
    firm: Firm, who: str, folder: Path, *options: str, examples: int = 30
) -> subprocess.CompletedProcess[str]:
    with serving(firm.app) as address:
        command = [
            str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(JUDGED_BY),
            "run", f"{address}/openapi.json",
            "--header", f"Authorization: Bearer {firm.tokens[who]}", "--max-examples", str(examples),
            "--continue-on-failure", "--warnings", "off", *options,
        ]  # fmt: skip
        return subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False
        )


@pytest.mark.deep
@pytest.mark.parametrize("who", ["admin", "office", "tess"])
def test_every_answer_is_one_that_the_document_promises(who: str, tmp_path: Path) -> None:
    firm = Firm(MemoryStore().ports())
    firm.job("IN_PROGRESS")
    done = fuzzed(firm, who, tmp_path, *LIVES)
    assert done.returncode == 0, done.stdout


@pytest.mark.deep
@pytest.mark.parametrize("who", ["admin", "tess"])
def test_what_ends_the_session_of_the_caller_keeps_the_promises_too(who: str, tmp_path: Path) -> None:
    done = fuzzed(Firm(MemoryStore().ports()), who, tmp_path, *DIES)
    assert done.returncode == 0, done.stdout


@pytest.mark.deep
def test_the_default_store_keeps_the_promises_too(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "hosanna.db")
    try:
        done = fuzzed(Firm(store.ports()), "admin", tmp_path, *LIVES, examples=15)
        assert done.returncode == 0, done.stdout
    finally:
        store.close()
