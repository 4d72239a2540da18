"""`hosanna config check`: every mistake before anything starts, and what is weak."""

import base64
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.cli.here import hosanna
from tests.cli.running import PRODUCTION

from hosanna_web.settings import Settings, names_of

STRONG = {
    **PRODUCTION,
    "MAIL_URL": "smtps://ann:hush@mail.example.com:465",
    "SECOND_FACTOR_ROLES": "ADMINISTRATOR",
    "HOSANNA_ENCRYPTION_KEYS": f"a:{base64.b64encode(bytes(range(32))).decode()}",
}


@pytest.fixture(autouse=True)
def nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {name for field in Settings.model_fields for name in names_of(field)}
    for name in (names | {each for each in os.environ if each.startswith("HOSANNA_")}) & os.environ.keys():
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def checked(
    monkeypatch: pytest.MonkeyPatch, **environment: str
) -> tuple[int, dict[str, str], dict[str, str]]:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    result = hosanna("config", "check", "--json")
    answer: dict[str, Any] = json.loads(result.stdout)
    wrong, weak = (
        {row["variable"]: row["what"] for row in answer[part]} for part in ("mistakes", "warnings")
    )
    return result.exit_code, wrong, weak


def test_a_configuration_that_holds_is_exit_0_with_nothing_to_say(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checked(monkeypatch) == (0, {}, {})
    assert checked(monkeypatch, **STRONG) == (0, {}, {})


def test_every_mistake_is_named_at_once_with_exit_2(monkeypatch: pytest.MonkeyPatch) -> None:
    code, wrong, weak = checked(monkeypatch, HOSANNA_ENV="production", PORT="x", RATE_LIMIT="off")
    assert (code, weak) == (2, {})
    assert set(wrong) == {"PORT", "RATE_LIMIT", "JWT_SECRET", "PUBLIC_URL", "TRUSTED_PROXIES"}


def test_a_slip_in_a_name_is_told_beside_what_is_missing_for_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("JWT_SECERT=slip\n")
    (tmp_path / ".env").chmod(0o600)
    code, wrong, weak = checked(monkeypatch, HOSANNA_ENV="production")
    assert (code, "JWT_SECRET" in wrong, set(weak)) == (2, True, {"JWT_SECERT"})
    (tmp_path / ".env").write_text("no line of it\n")
    assert checked(monkeypatch)[0] == 2


@pytest.mark.parametrize(
    ("variable", "value", "package", "extra"),
    [
        ("MONGODB_URI", "mongodb://127.0.0.1/hosanna", "pymongo", "mongo"),
        ("REDIS_URL", "redis://127.0.0.1", "redis", "redis"),
        ("PUSH_CONTACT", "mailto:ops@example.com", "webpush", "push"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318", "opentelemetry", "tracing"),
    ],
)
def test_what_needs_a_package_that_is_not_there_is_a_mistake(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, package: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    code, wrong, _ = checked(monkeypatch, **{variable: value})
    assert (code, set(wrong)) == (2, {variable})
    assert f"pip install 'hosanna[{extra}]'" in wrong[variable]


def test_certificates_that_cannot_be_read_are_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    code, wrong, _ = checked(monkeypatch, TLS_CERT_FILE="cert.pem", TLS_KEY_FILE="key.pem")
    assert code == 2
    assert "cannot be read" in wrong["TLS_CERT_FILE"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REGISTRATION", "open"),
        ("SECOND_FACTOR_ROLES", ""),
        ("ACCESS_TOKEN_MINUTES", "61"),
        ("MAIL_URL", ""),
        ("HOSANNA_ENCRYPTION_KEYS", ""),
        ("JWT_SECRET_PREVIOUS", "x" * 40),
        ("CORS_ORIGIN", "http://office.example.com"),
        ("REDIS_URL", "redis://redis.example.com"),
        ("MONGODB_URI", "mongodb://127.0.0.1/hosanna"),
        ("MONGODB_URI", "mongodb://ann:hush@db.example.com/hosanna"),
        ("HOSANNA_DATE", "a slip of the finger"),
    ],
)
def test_what_is_weak_in_production_is_told_and_no_mistake(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    code, wrong, weak = checked(monkeypatch, **{**STRONG, name: value})
    assert (code, wrong, set(weak)) == (0, {}, {name})
    assert "hush" not in weak[name]
    assert hosanna("config", "check", "--strict").exit_code == 1


@pytest.mark.parametrize(
    "uri", ["mongodb+srv://ann:hush@db.example.com/x", "mongodb://ann:hush@db.example.com/x?tls=true"]
)
def test_a_database_far_away_with_a_user_and_tls_is_not_weak(
    monkeypatch: pytest.MonkeyPatch, uri: str
) -> None:
    assert checked(monkeypatch, **STRONG, MONGODB_URI=uri) == (0, {}, {})


def test_a_first_password_that_is_still_there_is_weak(monkeypatch: pytest.MonkeyPatch) -> None:
    first = {"BOOTSTRAP_ADMIN_EMAIL": "ann@example.com", "BOOTSTRAP_ADMIN_PASSWORD": "12345678"}
    assert set(checked(monkeypatch, **STRONG, **first)[2]) == {"BOOTSTRAP_ADMIN_PASSWORD"}


def test_a_file_that_others_may_read_or_that_says_more_than_we_know_is_weak(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("PORT=1\nPROT=2\nPORT=3\n")
    (tmp_path / ".env").chmod(0o644)
    code, _, weak = checked(monkeypatch)
    assert (code, set(weak)) == (0, {".env", "PROT", "PORT"})
    assert "line 2" in weak["PROT"]
    (tmp_path / ".env").chmod(0o600)
    (tmp_path / ".env").write_text("PORT=1\n")
    assert checked(monkeypatch) == (0, {}, {})


def test_a_person_gets_a_table_and_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    assert hosanna("config", "check").stdout == "The configuration holds.\n"
    monkeypatch.setenv("PORT", "x")
    refused = hosanna("config", "check")
    assert "must be a whole number" in refused.stdout
    assert "would not start" in refused.stderr


def test_where_a_value_comes_from_is_told_with_the_line(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("\nPORT=5005\n")
    rows = {row["variable"]: row for row in json.loads(hosanna("config", "--json").stdout)}
    assert rows["PORT"] == {"variable": "PORT", "value": 5005, "origin": ".env, line 2"}
