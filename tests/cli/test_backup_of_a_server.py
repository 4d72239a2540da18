"""A server makes its own backups, is backed up while it works, and begins anew when its store is restored."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import httpx
import pytest
from tests.cli.running import BY_HTTPS, PRODUCTION, hosanna, password_shown, serving

from hosanna_adapters.backupfile import BackupFile
from hosanna_web.first_administrator import DEVELOPMENT_EMAIL

JOB = {
    "title": "Panel", "customer": {"name": "Ann"}, "site": {"street": "1 Main St"}, "priority": "NORMAL",
    "required_skills": [], "duration_minutes": 60,
}  # fmt: skip
T = TypeVar("T")
SOON = 60.0
SERVE = """
import sys
from hosanna_web import backups
from hosanna_web.app import WebSettings
from hosanna_web.cli import main
WebSettings.__init__.__kwdefaults__["look_for_backups_every"] = 0.2
sys.argv = ["hosanna", "serve"]
main()
"""


def until(seen: Callable[[], T], what: str) -> T:
    """Look again until there is something to see; answers it."""
    end = time.monotonic() + SOON
    while not (found := seen()):
        assert time.monotonic() < end, what
        time.sleep(0.05)
    return found


def token_of(client: httpx.Client, email: str, password: str) -> dict[str, str]:
    answer = client.post("/api/v1/auth/login", json={"email": email, "password": password})
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def told_of(client: httpx.Client, auth: dict[str, str]) -> list[dict[str, Any]]:
    """What the trail says of backups: something, soon, for a file is there before it is told of."""

    def told() -> list[dict[str, Any]]:
        return cast(
            "list[dict[str, Any]]",
            client.get("/api/v1/audit?action=backup.made", headers=auth).json()["items"],
        )

    return until(told, "nothing was told of a backup")


@pytest.mark.deep
def test_a_server_makes_a_backup_once_there_is_something_to_back_up(tmp_path: Path) -> None:
    program = (sys.executable, "-c", SERVE)
    backups = tmp_path / "data" / "backups"
    with serving(tmp_path, program=program, BACKUP_EVERY="1m") as server, server.client() as client:
        auth = token_of(client, DEVELOPMENT_EMAIL, password_shown(server.said))
        time.sleep(1)
        assert not backups.exists(), "nobody has worked yet"
        assert client.post("/api/v1/jobs", json=JOB, headers=auth).status_code == 201
        until(lambda: list(backups.glob("*.backup")), "no backup was made")
        made = BackupFile(next(backups.glob("*.backup")), None).verify()
        assert made.manifest.counts["job"] == 1
        (entry,) = told_of(client, auth)
        assert entry["details"]["by"] == "schedule"
        assert server.stop() == 0
    assert len(list(backups.iterdir())) == 1


@pytest.mark.deep
def test_a_backup_that_cannot_be_made_is_logged_and_told_of_and_the_server_goes_on(tmp_path: Path) -> None:
    (tmp_path / "in the way").write_text("")
    program, folder = (sys.executable, "-c", SERVE), str(tmp_path / "in the way" / "out")
    with (
        serving(tmp_path, program=program, BACKUP_EVERY="1m", BACKUP_DIR=folder) as server,
        server.client() as client,
    ):
        auth = token_of(client, DEVELOPMENT_EMAIL, password_shown(server.said))
        assert client.post("/api/v1/jobs", json=JOB, headers=auth).status_code == 201
        until(lambda: "The backup failed" in server.complained, "nothing was logged")
        (entry,) = told_of(client, auth)
        assert entry["outcome"] == "failure"
        assert client.get("/health/ready").status_code == 200
        assert server.stop() == 0


def test_a_backup_beside_a_server_holds_what_was_acknowledged_before(tmp_path: Path) -> None:
    with serving(tmp_path, BACKUP_EVERY="off") as server, server.client() as client:
        auth = token_of(client, DEVELOPMENT_EMAIL, password_shown(server.said))
        made = [client.post("/api/v1/jobs", json=JOB, headers=auth).json()["id"] for _ in range(20)]
        done = hosanna(tmp_path, "backup", "--to", "out", "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["counts"]["job"] == len(made)
        refused = hosanna(tmp_path, "restore", json.loads(done.stdout)["file"])
        assert refused.returncode == 1
        assert client.get("/api/v1/jobs", headers=auth).status_code == 200


@pytest.mark.deep
def test_a_server_on_an_empty_store_that_is_restored_begins_anew_with_all_of_it(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    with serving(one, BACKUP_EVERY="off") as server, server.client() as client:
        password = password_shown(server.said)
        auth = token_of(client, DEVELOPMENT_EMAIL, password)
        assert client.post("/api/v1/jobs", json=JOB, headers=auth).status_code == 201
    done = hosanna(one, "backup", "--to", "out", "--json")
    file = one / json.loads(done.stdout)["file"]
    with serving(other, **PRODUCTION) as server, server.client(BY_HTTPS) as client:
        restored = hosanna(other, "restore", str(file), **PRODUCTION)
        assert restored.returncode == 0, restored.stderr
        until(lambda: server.said.count("Hosanna is at") == 2, "it did not begin anew")
        auth = token_of(client, DEVELOPMENT_EMAIL, password)
        assert len(client.get("/api/v1/jobs", headers=auth).json()["items"]) == 1
        assert client.post("/api/v1/jobs", json=JOB, headers=auth).status_code == 201
        assert server.stop() == 0
    verified = hosanna(other, "audit", "verify", "--json", **PRODUCTION)
    assert verified.returncode == 0, verified.stdout
    assert json.loads(verified.stdout)["checkpoints"] >= 1
