"""The file that stands in for the environment."""

import os
from pathlib import Path

import pytest

from hosanna_web.env_file import read_env_file
from hosanna_web.settings import Misconfigured, Settings, load_settings

NAMES = ("HOSANNA_ENV", "NODE_ENV", "HOSANNA_ENV_FILE", "PORT", "REGISTRATION", "MAIL_URL", "JWT_SECRET")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def mistakes() -> dict[str, str]:
    with pytest.raises(Misconfigured) as refusal:
        load_settings()
    return dict(refusal.value.mistakes)


def test_what_the_environment_does_not_say_is_read_from_the_file_of_the_working_folder(folder: Path) -> None:
    (folder / ".env").write_text("# ours\n\nexport PORT=5005   # http\nREGISTRATION='closed'\n")
    settings = load_settings()
    assert (settings.port, settings.registration.value) == (5005, "closed")


def test_the_real_environment_wins_and_an_empty_variable_says_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".env").write_text("PORT=5005\nREGISTRATION=closed\n")
    monkeypatch.setenv("PORT", "5006")
    monkeypatch.setenv("REGISTRATION", "")
    settings = load_settings()
    assert (settings.port, settings.registration.value) == (5006, "closed")


def test_a_file_that_is_named_takes_the_place_of_the_usual_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".env").write_text("PORT=5005\nREGISTRATION=closed\n")
    (folder / "other").write_text("PORT=5007\n")
    monkeypatch.setenv("HOSANNA_ENV_FILE", "other")
    settings = load_settings()
    assert (settings.port, settings.registration.value) == (5007, "approval")


def test_a_file_that_is_named_has_to_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSANNA_ENV_FILE", "nowhere/env")
    found = mistakes()
    assert set(found) == {"HOSANNA_ENV_FILE"}
    assert "nowhere/env" in found["HOSANNA_ENV_FILE"]


def test_no_file_is_no_mistake_and_a_folder_of_that_name_is_none(folder: Path) -> None:
    assert load_settings() == Settings()
    (folder / ".env").mkdir()
    assert load_settings() == Settings()


def test_a_mistake_is_told_with_the_file_and_the_line_and_without_the_value(folder: Path) -> None:
    (folder / ".env").write_text("\n# one\nPORT=hush\n\nJWT_SECRET=hush\nhush hush\n")
    found = mistakes()
    assert set(found) == {"PORT", "JWT_SECRET", ".env, line 6"}
    assert found["PORT"].endswith("(.env, line 3)")
    assert found["JWT_SECRET"].endswith("(.env, line 5)")
    assert not any("hush" in each for each in found.values())


def test_a_mistake_of_the_environment_is_not_blamed_on_the_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".env").write_text("PORT=5005\n")
    monkeypatch.setenv("PORT", "x")
    assert ".env" not in mistakes()["PORT"]


def test_production_that_is_said_in_the_file_is_production(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".env").write_text("HOSANNA_ENV=production\n")
    monkeypatch.setenv("LITESTAR_DEBUG", "1")
    assert {"JWT_SECRET", "PUBLIC_URL", "LITESTAR_DEBUG"} <= mistakes().keys()


def test_hosanna_env_wins_over_node_env_wherever_each_is_said(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".env").write_text("NODE_ENV=production\n")
    monkeypatch.setenv("HOSANNA_ENV", "development")
    assert not load_settings().production


def test_a_dollar_in_a_password_is_a_dollar(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORD", "spoilt")
    (folder / ".env").write_text("MAIL_URL=smtp://ann:a${WORD}b@mail.example.com:587\n")
    assert load_settings().mail == "smtp://ann:a${WORD}b@mail.example.com:587"


def test_what_is_no_text_is_one_mistake(folder: Path) -> None:
    (folder / ".env").write_bytes(b"PORT=\xff\n")
    assert mistakes() == {".env": "is not UTF-8 text"}


def test_the_file_changes_nothing_for_anybody_else_in_this_process(folder: Path) -> None:
    (folder / ".env").write_text("PORT=5005\n")
    load_settings()
    assert "PORT" not in os.environ
    assert read_env_file().place("PORT") == ".env, line 1"
