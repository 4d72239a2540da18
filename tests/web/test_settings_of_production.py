"""What production asks of the environment that development does not."""

import re

import pytest
from tests.web.surroundings import HOUSE, REAL, loaded, mistakes, nothing_set

from hosanna_web.production import weakness

__all__ = ["nothing_set"]

pytestmark = pytest.mark.usefixtures("nothing_set")


def test_production_demands_what_a_server_on_the_internet_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(mistakes(monkeypatch, HOSANNA_ENV="production")) == set(REAL) - {"HOSANNA_ENV"}


def test_tls_of_its_own_makes_a_proxy_needless(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"TLS_CERT_FILE": "cert.pem", "TLS_KEY_FILE": "key.pem"}
    assert loaded(monkeypatch, **{**REAL, "TRUSTED_PROXIES": ""}, **files).production


def test_half_of_the_tls_files_is_one_mistake_and_not_two(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {**REAL, "TRUSTED_PROXIES": "", "TLS_CERT_FILE": "cert.pem"}
    assert set(mistakes(monkeypatch, **given)) == {"TLS_KEY_FILE"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("JWT_SECRET", "s" * 31),
        ("JWT_SECRET", "s" * 40),
        ("JWT_SECRET", "changeme" * 5),
        ("JWT_SECRET", "0123456789abcdef0123456789abcdef"),
        ("JWT_SECRET", "please-change-me-before-production-1"),
        ("PUBLIC_URL", "http://hosanna.example.com"),
        ("PASSWORD_RESET_URL", "http://hosanna.example.com/reset"),
        ("RATE_LIMIT", "off"),
        ("MAIL_URL", "console:"),
        ("MAIL_URL", "file:mail"),
        ("LITESTAR_DEBUG", "1"),
        ("PYTHONASYNCIODEBUG", "1"),
    ],
)
def test_production_refuses_what_only_development_may(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    found = mistakes(monkeypatch, **{**REAL, name: value})
    assert set(found) == {name}
    assert "production" in found[name] or "bytes" in found[name]


def test_debug_settings_are_named_beside_other_mistakes(monkeypatch: pytest.MonkeyPatch) -> None:
    found = mistakes(monkeypatch, **{**REAL, "PORT": "x", "LITESTAR_DEBUG": "true"})
    assert set(found) == {"PORT", "LITESTAR_DEBUG"}


def test_development_may_do_all_of_that(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (
        loaded(
            monkeypatch,
            JWT_SECRET="s" * 40,
            RATE_LIMIT="off",
            MAIL_URL="console:",
            LITESTAR_DEBUG="1",
            PUBLIC_URL="http://localhost:8080/",
        ).base_url
        == "http://localhost:8080"
    )


def test_no_secret_of_the_documentation_is_one() -> None:
    pages = [*(HOUSE / "docs").rglob("*.md"), HOUSE / "README.md"]
    written = {
        value
        for page in pages
        for value in re.findall(
            r"JWT_SECRET(?:_PREVIOUS)?=[\"']?([^\s\"'$`]{16,})", page.read_text(encoding="utf-8")
        )
    }
    assert {value for value in written if weakness(value) is None} == set()


def test_a_secret_of_few_different_characters_is_weak_though_it_neither_repeats_nor_means_anything() -> None:
    nine = "aaaabbbbccccddddeeeeffffgggghhhhi"
    assert "different characters" in (weakness(nine) or "")
    assert weakness(nine + "j") is None


def test_letters_go_nowhere_in_production_unless_a_server_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert loaded(monkeypatch, **REAL).mail is None
    settings = loaded(monkeypatch, MAIL_URL="smtp://ann:hush@mail.example.com:587")
    assert settings.mail == "smtp://ann:hush@mail.example.com:587"
    assert settings.sender == "hosanna@hosanna.example.com"


@pytest.mark.parametrize(
    "url", ["smtp://", "smtp://host:99999", "http://host", "file:", "console:x", "smtps://host/x?y", "mail"]
)
def test_where_no_letter_can_go_is_a_mistake(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    assert set(mistakes(monkeypatch, MAIL_URL=url)) == {"MAIL_URL"}
