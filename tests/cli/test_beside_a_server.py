"""The commands that look after a store work beside the server that runs on it."""

import json
from pathlib import Path

import pytest
from tests.cli.running import hosanna, password_shown, serving

from hosanna_web.first_administrator import DEVELOPMENT_EMAIL


@pytest.mark.deep
def test_the_trail_is_verified_exported_and_set_down_while_and_after_a_server_runs(tmp_path: Path) -> None:
    with serving(tmp_path) as server, server.client() as client:
        who = {"email": DEVELOPMENT_EMAIL, "password": password_shown(server.said)}
        assert client.post("/api/v1/auth/login", json=who).status_code == 200
        beside = hosanna(tmp_path, "audit", "verify", "--json")
        assert beside.returncode == 0, beside.stderr
        assert json.loads(beside.stdout)["checkpoints"] == 0
        exported = hosanna(tmp_path, "audit", "export", "--out", "trail.jsonl")
        assert exported.returncode == 0, exported.stderr
        reset = hosanna(
            *(tmp_path, "admin", "reset-password", "--email", DEVELOPMENT_EMAIL, "--password-stdin"),
            given="another good password\n",
        )
        assert reset.returncode == 0, reset.stderr
        assert client.post("/api/v1/auth/login", json=who).status_code == 401
        assert server.stop() == 0
    after = hosanna(tmp_path, "audit", "verify", "--json")
    assert json.loads(after.stdout)["checkpoints"] == 1


def test_a_server_that_signs_with_a_key_pair_serves_the_public_one(tmp_path: Path) -> None:
    with serving(tmp_path, JWT_ALGORITHM="EdDSA") as server, server.client() as client:
        keys = client.get("/.well-known/jwks.json").json()["keys"]
        assert [key["kty"] for key in keys] == ["OKP"]
        assert all("d" not in key for key in keys)
