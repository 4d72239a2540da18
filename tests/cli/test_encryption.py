"""`hosanna encryption`: a store that is encrypted, and brought under another key."""

import json
from pathlib import Path

import pytest
from tests.cli.here import home, hosanna

from hosanna_core.model.people import Role
from hosanna_core.usecases.user_forms import UserForm
from hosanna_core.usecases.users import install_administrator, user_with
from hosanna_web.composition import open_system
from hosanna_web.settings import load_settings

KEYS = "HOSANNA_ENCRYPTION_KEYS"
SECRET = "hildegard@example.com"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(KEYS, raising=False)
    home(tmp_path, monkeypatch)
    with open_system(load_settings()) as system:
        form = UserForm(
            email=SECRET, full_name="Hildegard", password="a long enough password", role=Role.ADMINISTRATOR
        )
        install_administrator(system.ports, form)
    return tmp_path


def new_key(name: str) -> str:
    made = hosanna("encryption", "new-key", "--id", name)
    assert made.exit_code == 0
    return made.stdout.strip()


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in (folder / "store").iterdir())


def test_a_new_key_is_fresh_each_time_and_what_the_variable_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    made = {hosanna("encryption", "new-key").stdout for _ in range(3)}
    assert len(made) == 3
    monkeypatch.setenv(KEYS, ",".join(each.strip() for each in made))
    assert len(load_settings().ring) == 3


def test_a_name_that_cannot_be_is_a_usage_error() -> None:
    assert hosanna("encryption", "new-key", "--id", "a,b").exit_code == 2


def test_without_a_key_nothing_is_applied() -> None:
    refused = hosanna("encryption", "apply")
    assert refused.exit_code == 1
    assert "new-key" in refused.stderr


def test_a_store_is_encrypted_then_brought_under_another_key_and_the_old_one_dropped(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = new_key("old"), new_key("new")
    assert SECRET.encode() in everything(folder)
    monkeypatch.setenv(KEYS, old)
    assert hosanna("audit", "verify").exit_code == 1
    applied = hosanna("encryption", "apply", "--json")
    assert applied.exit_code == 0, applied.output
    assert json.loads(applied.stdout)["key"] == "old"
    assert SECRET.encode() not in everything(folder)

    monkeypatch.setenv(KEYS, f"{new},{old}")
    with open_system(load_settings()) as beside:
        assert hosanna("encryption", "apply").exit_code == 0
        assert user_with(beside.ports, SECRET).full_name == "Hildegard"
    monkeypatch.setenv(KEYS, new)
    with open_system(load_settings()) as system:
        assert user_with(system.ports, SECRET).full_name == "Hildegard"
    assert hosanna("audit", "verify").exit_code == 0
