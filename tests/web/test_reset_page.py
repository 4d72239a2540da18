"""The page where a new password is chosen, and the keys that verify tokens elsewhere."""

import re

import pytest
from tests.web.asgi import Ask
from tests.web.firm import Firm

from hosanna_web.app import WebSettings


@pytest.fixture(scope="module")
def firm() -> Firm:
    return Firm()


def test_the_page_loads_its_own_files_and_nothing_else(firm: Firm) -> None:
    page = firm.send(Ask("GET", "/password/reset"))
    html = page.body.decode()
    assert page.status == 200
    assert page.header("content-type") == "text/html; charset=utf-8"
    assert "://" not in html
    assert re.findall(r'(?:src|href)="([^"]+)"', html) == ["data:,", "reset.css", "reset.js"]
    for name, kind in (("reset.css", "text/css"), ("reset.js", "text/javascript")):
        file = firm.send(Ask("GET", f"/password/{name}"))
        assert file.status == 200
        assert (file.header("content-type") or "").startswith(kind)
        assert "://" not in file.body.decode()


def test_nothing_of_the_page_is_inline_so_that_its_policy_allows_nothing_inline(firm: Firm) -> None:
    page = firm.send(Ask("GET", "/password/reset"))
    html = page.body.decode()
    policy = page.header("content-security-policy") or ""
    assert re.search(r"<script(?![^>]* src=)|<style|\bstyle=|\bon\w+=", html) is None
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    for part in ("script-src 'self'", "connect-src 'self'", "form-action 'none'", "frame-ancestors 'none'"):
        assert part in policy


def test_the_page_is_the_one_that_the_letters_lead_to(firm: Firm) -> None:
    firm.ask("POST", "/auth/password/forgot", None, {"email": "tess@example.com"})
    (letter,) = firm.ports.mailer.letters  # type: ignore[attr-defined]  # the kit's letterbox
    assert "/password/reset#token=" in letter.text


def test_what_the_page_sends_is_what_the_api_takes(firm: Firm) -> None:
    script = firm.send(Ask("GET", "/password/reset.js")).body.decode()
    assert '"../api/v1/auth/password/reset"' in script
    answer = firm.ask(
        "POST", "/auth/password/reset", None, {"token": "x", "password": "a long enough password"}
    )
    assert answer.status == 401
    assert answer.json["detail"]


@pytest.mark.parametrize("name", ["reset.html", "__init__.py", "..%2fapp.py", "nothing"])
def test_the_page_has_no_other_files(firm: Firm, name: str) -> None:
    assert firm.send(Ask("GET", f"/password/{name}")).status == 404


def test_public_keys_are_served_to_everybody_and_kept_for_minutes() -> None:
    key = {"kty": "OKP", "crv": "Ed25519", "kid": "k", "x": "AAAA", "use": "sig", "alg": "EdDSA"}
    firm = Firm(web=WebSettings(public_keys=(key,)))
    answer = firm.send(Ask("GET", "/.well-known/jwks.json"))
    assert answer.status == 200
    assert answer.json == {"keys": [key]}
    assert answer.header("cache-control") == "public, max-age=300"


def test_where_only_the_secret_verifies_tokens_the_set_is_empty(firm: Firm) -> None:
    assert firm.send(Ask("GET", "/.well-known/jwks.json")).json == {"keys": []}
