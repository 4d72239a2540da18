"""No password, token or secret is found in anything that outlives the request: output, logs, files, answers, trail."""

import base64
import email
import logging
from pathlib import Path

import httpx
import pytest
from tests.cli.running import serving
from tests.web.firm import PASSWORD, Firm

from hosanna_core.rules.second_factors import STEP, code_at

SECRET = "canary-secret-0123456789-abcdefghijklmnop"
FIRST = "canary-bootstrap-password"
TYPED = "canary-typed-into-the-wrong-field"
NEW = "canary-new-password"
CHOSEN = "canary-reset-password"


def everything_below(folder: Path) -> dict[Path, bytes]:
    """All files but the letters, which are there to be read."""
    return {
        path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and "mail" not in path.parts
    }


def test_a_server_that_is_shown_secrets_leaves_none_of_them_behind(tmp_path: Path) -> None:
    planted = {SECRET, FIRST, TYPED, NEW, CHOSEN}
    given = {
        "BOOTSTRAP_ADMIN_EMAIL": "ada@example.com",
        "BOOTSTRAP_ADMIN_PASSWORD": FIRST,
        "JWT_SECRET": SECRET,
    }
    with serving(tmp_path, **given) as server, server.client() as client:

        def post(path: str, body: object, token: str = "") -> httpx.Response:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            return client.post(f"/api/v1{path}", json=body, headers=headers)

        login = {"email": "ada@example.com", "password": FIRST}
        tokens = post("/auth/login", login).json()
        planted |= {tokens["access_token"], tokens["refresh_token"]}
        renewed = post("/auth/refresh", {"refresh_token": tokens["refresh_token"]}).json()
        planted |= {renewed["access_token"], renewed["refresh_token"]}
        # What goes wrong is told, and not told back.
        answers = [
            post("/auth/login", {"email": TYPED, "password": TYPED}),
            post("/auth/login", {"email": "ada@example.com", "password": TYPED, "unknown": TYPED}),
            post("/auth/login", TYPED),
            post("/auth/refresh", {"refresh_token": TYPED}),
            post("/auth/register", {"email": "no address", "password": TYPED[:5], "full_name": ""}),
            post("/auth/password/reset", {"token": TYPED, "password": "short"}),
            client.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {TYPED}"}),
            client.get(f"/api/v1/jobs?access_token={TYPED}"),
            client.get(
                "/api/v1/jobs?access_token=x", headers={"Authorization": f"Bearer {renewed['access_token']}"}
            ),
            client.post("/api/v1/auth/login", content=f'{{"password": "{TYPED}'.encode()),
        ]
        assert {answer.status_code for answer in answers} <= {400, 401, 415, 422}
        changed = post(
            "/auth/password/change", {"current_password": FIRST, "new_password": NEW}, renewed["access_token"]
        )
        planted |= {changed.json()["access_token"], changed.json()["refresh_token"]}
        begun = post("/auth/second-factor", {"password": NEW}, changed.json()["access_token"]).json()
        planted.add(begun["secret"])
        post("/auth/password/forgot", {"email": "ada@example.com"})
        (letter,) = (tmp_path / "data" / "mail").glob("*.eml")

        text = email.message_from_bytes(letter.read_bytes()).get_payload(decode=True).decode()  # type: ignore[union-attr]
        reset = text.partition("#token=")[2].split()[0]
        planted.add(reset)
        assert post("/auth/password/reset", {"token": reset, "password": CHOSEN}).status_code == 204
        token = post("/auth/login", {"email": "ada@example.com", "password": CHOSEN}).json()["access_token"]
        planted.add(token)
        trail = client.get("/api/v1/audit?limit=200", headers={"Authorization": f"Bearer {token}"}).text
        assert server.stop() == 0
    told = {answer.text for answer in answers} | {server.said, server.complained, trail}
    for canary in planted:
        assert not any(canary in each for each in told), canary
        found = [path for path, held in everything_below(tmp_path).items() if canary.encode() in held]
        assert not found, canary


def test_no_logger_is_told_a_secret_at_any_level(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    firm = Firm()
    planted = {PASSWORD, TYPED, *firm.tokens.values()}
    tokens = firm.ask("POST", "/auth/login", None, {"email": "tess@example.com", "password": PASSWORD}).json
    header = {"authorization": f"Bearer {tokens['access_token']}"}
    begun = firm.ask("POST", "/auth/second-factor", None, {"password": PASSWORD}, **header).json
    code = code_at(base64.b32decode(begun["secret"]), firm.clock.now() // STEP)
    codes = firm.ask("POST", "/auth/second-factor/confirm", None, {"code": code}, **header).json[
        "recovery_codes"
    ]
    planted |= {tokens["access_token"], tokens["refresh_token"], begun["secret"], *codes}
    firm.ask("POST", "/auth/login", None, {"email": TYPED, "password": TYPED})
    firm.ask("POST", "/auth/refresh", None, {"refresh_token": tokens["refresh_token"]})
    firm.ask("POST", "/auth/password/forgot", None, {"email": "tess@example.com"})
    planted.add(firm.ports.mailer.letters[-1].text.partition("#token=")[2].split()[0])  # type: ignore[attr-defined]
    firm.ask("GET", f"/jobs?token={TYPED}", None)
    trail = firm.ask("GET", "/audit?limit=200", "admin").body.decode()
    for canary in planted:
        assert canary not in caplog.text
        assert canary not in trail
