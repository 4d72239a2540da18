"""The environment, judged at the start."""

import os
from pathlib import Path

import pytest

from hosanna_core.usecases.access import Registration
from hosanna_web.settings import Environment, Misconfigured, Settings, load_settings

LONG_ENOUGH = "s" * 32
OURS = {
    "ACCESS_TOKEN_MINUTES",
    "BOOTSTRAP_ADMIN_EMAIL",
    "BOOTSTRAP_ADMIN_PASSWORD",
    "CORS_ORIGIN",
    "HOSANNA_DATA",
    "HOSANNA_ENV",
    "HOSANNA_HOST",
    "JWT_SECRET",
    "JWT_SECRET_PREVIOUS",
    "MONGODB_URI",
    "NODE_ENV",
    "PORT",
    "REGISTRATION",
}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in OURS & os.environ.keys():
        monkeypatch.delenv(name)


def loaded(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return load_settings()


def mistakes(monkeypatch: pytest.MonkeyPatch, **environment: str) -> dict[str, str]:
    with pytest.raises(Misconfigured) as refusal:
        loaded(monkeypatch, **environment)
    assert all(
        name in str(refusal.value) and what in str(refusal.value) for name, what in refusal.value.mistakes
    )
    return dict(refusal.value.mistakes)


def test_nothing_needs_to_be_set() -> None:
    settings = load_settings()
    assert settings.env is Environment.DEVELOPMENT
    assert settings.mongodb_uri is None
    assert settings.data == Path("hosanna-data")
    assert settings.jwt_secret is None
    assert (settings.host, settings.port) == ("127.0.0.1", 5000)
    assert settings.cors_origins == ()
    assert settings.registration is Registration.APPROVAL
    assert settings.access_token_minutes == 60


def test_one_message_names_every_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    found = mistakes(
        monkeypatch,
        HOSANNA_ENV="staging",
        MONGODB_URI="postgres://db",
        JWT_SECRET="short",
        JWT_SECRET_PREVIOUS="shorter",
        PORT="65536",
        HOSANNA_HOST="  ",
        CORS_ORIGIN="https://ok.example,*",
        REGISTRATION="maybe",
        ACCESS_TOKEN_MINUTES="1441",
        BOOTSTRAP_ADMIN_EMAIL="nobody",
        BOOTSTRAP_ADMIN_PASSWORD="1234567",
    )
    assert set(found) == OURS - {"HOSANNA_DATA", "NODE_ENV"}


def test_an_empty_variable_counts_as_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = Settings()
    assert loaded(monkeypatch, **dict.fromkeys(OURS, "")) == nothing


def test_hosanna_env_wins_over_node_env(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not loaded(monkeypatch, HOSANNA_ENV="development", NODE_ENV="production").production


@pytest.mark.parametrize("name", ["HOSANNA_ENV", "NODE_ENV"])
def test_either_name_makes_it_production(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert loaded(monkeypatch, JWT_SECRET=LONG_ENOUGH, **{name: "production"}).production


def test_an_empty_hosanna_env_leaves_the_word_to_node_env(monkeypatch: pytest.MonkeyPatch) -> None:
    assert loaded(monkeypatch, HOSANNA_ENV="", NODE_ENV="production", JWT_SECRET=LONG_ENOUGH).production


def test_a_mistake_is_reported_under_the_name_that_was_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(mistakes(monkeypatch, NODE_ENV="test")) == {"NODE_ENV"}


@pytest.mark.parametrize("secret", ["", "s" * 31])
def test_production_needs_a_secret_of_32_bytes(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    assert set(mistakes(monkeypatch, HOSANNA_ENV="production", JWT_SECRET=secret)) == {"JWT_SECRET"}


def test_a_secret_is_measured_in_bytes_not_in_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    assert loaded(monkeypatch, JWT_SECRET="é" * 16).jwt_secret is not None


def test_a_secret_that_is_no_utf_8_is_a_mistake_and_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(mistakes(monkeypatch, JWT_SECRET="s" * 32 + "\udcff")) == {"JWT_SECRET"}


@pytest.mark.parametrize(
    "half",
    [{"BOOTSTRAP_ADMIN_EMAIL": "ann@example.com"}, {"BOOTSTRAP_ADMIN_PASSWORD": "12345678"}],
    ids=lambda half: next(iter(half)),
)
def test_the_first_administrator_is_given_whole_or_not_at_all(
    monkeypatch: pytest.MonkeyPatch, half: dict[str, str]
) -> None:
    assert set(mistakes(monkeypatch, **half)) == {"BOOTSTRAP_ADMIN_PASSWORD"}


def test_no_message_and_no_repr_shows_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Misconfigured) as refusal:
        loaded(
            monkeypatch,
            JWT_SECRET="hush-1",
            BOOTSTRAP_ADMIN_PASSWORD="hush-2",
            MONGODB_URI="mongo:hush-3",
            PORT="no",
        )
    assert "hush" not in str(refusal.value)
    settings = loaded(
        monkeypatch,
        JWT_SECRET="hush" * 8,
        BOOTSTRAP_ADMIN_EMAIL="ann@example.com",
        BOOTSTRAP_ADMIN_PASSWORD="hush" * 2,
        MONGODB_URI="mongodb://ann:hush@db",
        PORT="1",
    )
    assert "hush" not in repr(settings)


def test_origins_are_listed_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = loaded(monkeypatch, CORS_ORIGIN="https://A.example/, http://localhost:3000,,").cors_origins
    assert listed == ("https://a.example", "http://localhost:3000")


@pytest.mark.parametrize("origin", ["*", "null", "office.example.com", "https://a.example/page", "ftp://a"])
def test_what_no_browser_sends_as_an_origin_is_a_mistake(
    monkeypatch: pytest.MonkeyPatch, origin: str
) -> None:
    assert origin in mistakes(monkeypatch, CORS_ORIGIN=origin)["CORS_ORIGIN"]


@pytest.mark.parametrize("name", ["port", "env", "data", "Port"])
def test_only_the_exact_names_count(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert loaded(monkeypatch, **{name: "not one of ours"}) == Settings()
