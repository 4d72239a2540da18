"""`hosanna serve`, as a process."""

import signal
from pathlib import Path

import httpx
import pytest
from tests.cli.running import BY_HTTPS, PRODUCTION, hosanna, password_shown, serving

from hosanna_web.first_administrator import DEVELOPMENT_EMAIL

SECRET = "s" * 40


def log_in(client: httpx.Client, email: str, password: str) -> int:
    return client.post("/api/v1/auth/login", json={"email": email, "password": password}).status_code


def test_one_line_says_where_it_is_what_it_stands_on_and_where_the_docs_are(tmp_path: Path) -> None:
    with serving(tmp_path, **PRODUCTION) as server, server.client(BY_HTTPS) as client:
        assert server.said.count("\n") == 1
        for part in (server.url, f"{server.url}/docs", "SQLite", "hosanna.db"):
            assert part in server.said
        assert client.get("/health/ready").status_code == 200
        assert "server" not in client.get("/health/ready").headers


def test_in_production_nothing_but_https_is_answered(tmp_path: Path) -> None:
    with serving(tmp_path, **PRODUCTION) as server, server.client() as client:
        refused = client.get("/api/v1/jobs")
        assert (refused.status_code, refused.json()["code"]) == (403, "https_required")
        assert client.get("/health/live").status_code == 200
        private = client.get("/api/v1/jobs", headers=BY_HTTPS)
        assert (private.status_code, private.json()["code"]) == (401, "unauthenticated")
        assert "max-age=31536000" in private.headers["strict-transport-security"]


def test_another_host_is_refused(tmp_path: Path) -> None:
    with serving(tmp_path) as server, server.client() as client:
        assert client.get("/health/live", headers={"Host": "app.localhost"}).status_code == 200
        refused = client.get("/health/live", headers={"Host": "hosanna.example.com"})
        assert (refused.status_code, refused.json()["code"]) == (400, "unknown_host")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_being_told_to_stop_is_no_failure(tmp_path: Path, how: int) -> None:
    with serving(tmp_path) as server:
        assert server.stop(how) == 0
        assert server.complained == ""


def test_a_connection_that_stays_open_does_not_keep_it_from_stopping(tmp_path: Path) -> None:
    with serving(tmp_path) as server, server.client() as client:
        assert client.get("/health/live").status_code == 200
        assert server.stop() == 0


def test_the_first_administrator_is_shown_once_and_may_log_in_from_then_on(tmp_path: Path) -> None:
    with serving(tmp_path) as first, first.client() as client:
        password = password_shown(first.said)
        assert log_in(client, DEVELOPMENT_EMAIL, password) == 200
        first.stop()
        assert password not in first.complained
    with serving(tmp_path) as second, second.client() as client:
        assert DEVELOPMENT_EMAIL not in second.said
        assert log_in(client, DEVELOPMENT_EMAIL, password) == 200


def test_the_administrator_who_is_named_may_log_in_and_their_password_is_shown_nowhere(
    tmp_path: Path,
) -> None:
    named = {"BOOTSTRAP_ADMIN_EMAIL": "ann@example.com", "BOOTSTRAP_ADMIN_PASSWORD": "correct horse"}
    with (
        serving(tmp_path, **{**PRODUCTION, "HOSANNA_ENV": "", "NODE_ENV": "production"}, **named) as server,
        server.client(BY_HTTPS) as client,
    ):
        assert log_in(client, "ann@example.com", "correct horse") == 200
        server.stop()
        assert "correct horse" not in server.said + server.complained


def test_in_production_it_starts_without_an_administrator_and_says_how_to_make_one(tmp_path: Path) -> None:
    with serving(tmp_path, **PRODUCTION) as server, server.client(BY_HTTPS) as client:
        made = hosanna(
            tmp_path,
            *("admin", "create", "--email", "ann@example.com", "--name", "Ann", "--password-stdin"),
            given="correct horse\n",
            **PRODUCTION,
        )
        assert made.returncode == 0, made.stderr
        assert log_in(client, "ann@example.com", "correct horse") == 200
        server.stop()
        assert "hosanna admin create" in server.complained


def test_a_wrong_environment_is_refused_whole_with_exit_code_2(tmp_path: Path) -> None:
    refused = hosanna(tmp_path, "serve", PORT="http", JWT_SECRET="hush", REGISTRATION="maybe")
    assert refused.returncode == 2
    assert refused.stdout == ""
    assert all(name in refused.stderr for name in ("PORT", "JWT_SECRET", "REGISTRATION"))
    assert "hush" not in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_port_that_is_in_use_is_named_and_nothing_is_made(tmp_path: Path) -> None:
    with serving(tmp_path, "--memory") as server:
        port = server.url.rpartition(":")[2]
        refused = hosanna(tmp_path, "serve", PORT=port)
        assert refused.returncode == 1
        assert refused.stdout == ""
        assert port in refused.stderr
        assert "PORT" in refused.stderr
    assert not (tmp_path / "data").exists()


def test_another_secret_is_refused_with_what_to_do(tmp_path: Path) -> None:
    assert hosanna(tmp_path, *CREATE, given="correct horse", JWT_SECRET=SECRET).returncode == 0
    refused = hosanna(tmp_path, "serve", JWT_SECRET="t" * 40)
    assert refused.returncode == 1
    assert "JWT_SECRET_PREVIOUS" in refused.stderr
    assert "Traceback" not in refused.stderr


CREATE = ("admin", "create", "--email", "ann@example.com", "--name", "Ann", "--password-stdin")


def test_tokens_outlive_a_restart(tmp_path: Path) -> None:
    with serving(tmp_path) as server, server.client() as client:
        who = {"email": DEVELOPMENT_EMAIL, "password": password_shown(server.said)}
        token = client.post("/api/v1/auth/login", json=who).json()["access_token"]
    with serving(tmp_path) as server, server.client() as client:
        me = client.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {token}"})
        assert me.json()["email"] == DEVELOPMENT_EMAIL
