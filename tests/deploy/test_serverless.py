"""The entry point for platforms that run functions."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.web.asgi import Ask, ask_all

from hosanna_web.composition import System
from hosanna_web.data_folder import CannotStart
from hosanna_web.serverless import OnDemand, from_environment
from hosanna_web.settings import Misconfigured, Settings, names_of

STRONG = "0f2b8Kq-7dLxVw3ZsTt9mNc4RyHgJe6P"
LOGIN = {"email": "ann@example.com", "password": "a long enough one"}


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields:
        for name in names_of(field):
            monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOSANNA_DATA", str(tmp_path / "store"))


class Counted:
    def __init__(self) -> None:
        self.opened: list[System] = []

    def __call__(self) -> System:
        self.opened.append(from_environment())
        return self.opened[-1]


def lifespan(app: OnDemand, *kinds: str) -> list[dict[str, Any]]:
    coming = [{"type": f"lifespan.{kind}"} for kind in kinds]
    sent: list[dict[str, Any]] = []

    async def receive() -> Any:
        return coming.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    async def live() -> None:
        await app({"type": "lifespan"}, receive, send)

    asyncio.run(live())
    return sent


def test_importing_it_opens_and_imports_no_store(tmp_path: Path) -> None:
    code = (
        "import sys, hosanna_web.serverless; "
        "print([m for m in sys.modules if m in ('sqlite3', 'pymongo', 'hosanna_web.composition')])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PORT": "no number", "MONGODB_URI": "nowhere"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == "[]"
    assert list(tmp_path.iterdir()) == []


def test_the_first_request_opens_what_the_environment_names_and_the_others_share_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BOOTSTRAP_ADMIN_EMAIL", LOGIN["email"])
    monkeypatch.setenv("BOOTSTRAP_ADMIN_PASSWORD", LOGIN["password"])
    monkeypatch.setenv("ALLOWED_HOSTS", "hosanna.example")
    counted = Counted()
    app = OnDemand(counted)
    ready, login, jobs = ask_all(
        app,
        [
            Ask("GET", "/health/ready"),
            Ask("POST", "/api/v1/auth/login", json=LOGIN),
            Ask("GET", "/api/v1/jobs"),
        ],
    )
    assert (ready.status, login.status, jobs.status) == (200, 200, 401)
    assert len(counted.opened) == 1
    counted.opened[0].close()


@pytest.mark.parametrize("path", ["/api/v1/stream", "/api/v1/events"])
def test_nothing_that_stays_open_is_there(path: str) -> None:
    counted = Counted()
    (answer,) = ask_all(OnDemand(counted), [Ask("GET", path)])
    assert (answer.status, answer.json["code"]) == (404, "not_found")
    assert counted.opened == []


def test_a_websocket_is_refused_in_the_handshake() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def connect() -> None:
        await OnDemand(Counted())({"type": "websocket", "path": "/api/v1/stream"}, receive, send)

    asyncio.run(connect())
    assert [each["type"] for each in sent] == ["websocket.close"]


def test_a_platform_with_a_lifespan_opens_and_closes_it() -> None:
    sent = lifespan(OnDemand(Counted()), "startup", "shutdown")
    assert [each["type"] for each in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_a_wrong_environment_is_said_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRATION", "maybe")
    with pytest.raises(Misconfigured):
        lifespan(OnDemand(from_environment), "startup")


def test_in_production_no_function_keeps_jobs_on_a_disk_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "HOSANNA_ENV": "production",
        "JWT_SECRET": STRONG,
        "PUBLIC_URL": "https://hosanna.example.com",
        "TRUSTED_PROXIES": "127.0.0.1",
    }.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(CannotStart, match="MONGODB_URI"):
        from_environment()
