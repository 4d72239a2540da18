"""`hosanna backup` and `hosanna restore`: one file, and all of it again elsewhere."""

import json
import os
import shutil
from pathlib import Path

import pytest
from tests.cli.here import home, hosanna

from hosanna_core.model.audit import AuditFilter
from hosanna_core.model.people import Role
from hosanna_core.model.query import JobFilter, Sort
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.usecases.user_forms import UserForm
from hosanna_core.usecases.users import install_administrator
from hosanna_web.composition import open_system
from hosanna_web.settings import load_settings

PERMITS = """permit_number,sub_type,work_type,permit_location,date_issued,work_description
2014-000001 EP,Residential,Remodel,1 MAIN ST,2014-01-02,Rewire the kitchen of Ottilie
2014-000002 EP,Commercial,New,2 MAIN ST,2014-01-03,A panel
"""
KEY = "a passphrase of some length"
VARIABLES = (
    "JWT_SECRET", "JWT_SECRET_PREVIOUS", "HOSANNA_BACKUP_KEY", "HOSANNA_BACKUP_KEY_FILE", "HOSANNA_ENCRYPTION_KEYS",
    "BACKUP_DIR", "BACKUP_EVERY", "BACKUP_KEEP",
)  # fmt: skip


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    home(tmp_path, monkeypatch)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def worked_on(folder: Path) -> None:
    """A store with somebody and something in it."""
    with open_system(load_settings()) as system:
        form = UserForm(
            email="ada@example.com",
            full_name="Ada",
            password="a long enough password",
            role=Role.ADMINISTRATOR,
        )
        install_administrator(system.ports, form)
    (folder / "permits.csv").write_text(PERMITS, encoding="utf-8")
    assert hosanna("import", str(folder / "permits.csv")).exit_code == 0


def elsewhere(monkeypatch: pytest.MonkeyPatch, folder: Path, name: str = "elsewhere") -> None:
    monkeypatch.setenv("HOSANNA_DATA", str(folder / name))


def backed_up(folder: Path, *options: str) -> Path:
    done = hosanna("backup", "--to", str(folder / "out"), *options)
    assert done.exit_code == 0, done.output
    return max((folder / "out").iterdir())


def listed() -> list[str]:
    with open_system(load_settings()) as system:
        page = system.ports.store.jobs.page(SEES_ALL, JobFilter(), Sort.OLDEST, None, 100)
        return [row.id for row in page.rows]


def actions() -> list[str]:
    with open_system(load_settings()) as system:
        found = system.ports.store.audits.entries(AuditFilter(), None, 100)
        return [entry.action for entry in found if entry.action.startswith("backup.")]


def test_a_store_is_written_into_one_file_and_is_all_there_elsewhere(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked_on(folder)
    before = listed()
    file = backed_up(folder)
    assert [each.name for each in (folder / "out").iterdir()] == [file.name]
    shutil.rmtree(folder / "store")
    elsewhere(monkeypatch, folder)
    restored = hosanna("restore", str(file))
    assert restored.exit_code == 0, restored.output
    assert listed() == before
    assert actions() == ["backup.restored", "backup.begun"]
    assert hosanna("audit", "verify").exit_code == 0
    assert hosanna("import", str(folder / "permits.csv"), "--json").exit_code == 0
    assert listed() == before, "their references are still taken"


def test_without_a_folder_it_goes_into_that_of_the_settings(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked_on(folder)
    assert hosanna("backup").exit_code == 0
    (file,) = (folder / "store" / "backups").iterdir()
    monkeypatch.setenv("BACKUP_DIR", str(folder / "disk"))
    assert hosanna("backup").exit_code == 0
    (other,) = (folder / "disk").iterdir()
    assert file.name < other.name


def test_what_was_written_is_told_to_people_and_to_programs(folder: Path) -> None:
    worked_on(folder)
    told = hosanna("backup", "--to", str(folder / "out"))
    assert "in clear" in told.stdout
    report = json.loads(hosanna("backup", "--to", str(folder / "out"), "--json").stdout)
    assert report["counts"]["job"] == 2
    assert (report["made_of"], report["encrypted"]) == ("SQLite", False)
    verified = json.loads(hosanna("backup", "verify", report["file"], "--json").stdout)
    assert verified == {"good": True, **report}


def test_a_store_with_anything_in_it_is_left_as_it_is(folder: Path) -> None:
    worked_on(folder)
    file, before = backed_up(folder), listed()
    refused = hosanna("restore", str(file))
    assert refused.exit_code == 1
    assert "nothing was changed" in refused.stderr
    assert listed() == before


def test_other_files_in_the_folder_do_not_matter(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worked_on(folder)
    file = backed_up(folder)
    elsewhere(monkeypatch, folder)
    (folder / "elsewhere").mkdir()
    (folder / "elsewhere" / "notes.txt").write_text("mine")
    assert hosanna("restore", str(file)).exit_code == 0
    assert (folder / "elsewhere" / "notes.txt").read_text() == "mine"


def test_a_damaged_file_is_refused_before_anything_is_changed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked_on(folder)
    file = backed_up(folder)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    assert hosanna("backup", "verify", str(file)).exit_code == 1
    broken = json.loads(hosanna("backup", "verify", str(file), "--json").stdout)
    assert broken["good"] is False
    elsewhere(monkeypatch, folder)
    refused = hosanna("restore", str(file))
    assert refused.exit_code == 1
    assert "damaged" in refused.stderr
    assert listed() == []


def test_a_file_that_is_not_there_is_a_usage_error(folder: Path) -> None:
    assert hosanna("restore", str(folder / "none")).exit_code == 2
    assert hosanna("backup", "verify", str(folder / "none")).exit_code == 2


def test_an_empty_name_of_a_folder_is_not_taken_for_the_current_one(folder: Path) -> None:
    worked_on(folder)
    refused = hosanna("backup", "--to", "")
    assert refused.exit_code == 2
    assert "It is empty" in refused.output
    assert not list(folder.rglob("*.backup"))


def test_where_nothing_can_be_written_it_says_so(folder: Path) -> None:
    worked_on(folder)
    (folder / "in the way").write_text("")
    refused = hosanna("backup", "--to", str(folder / "in the way" / "out"))
    assert refused.exit_code == 1
    assert "None was made" in refused.stderr
    assert actions()[:2] == ["backup.made", "backup.begun"]


@pytest.mark.parametrize("by", ["variable", "file"])
def test_a_key_encrypts_the_file_and_opens_it_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    worked_on(folder)
    (folder / "key").write_text(f"{KEY}\nand a remark\n")
    variable, value = {
        "variable": ("HOSANNA_BACKUP_KEY", KEY),
        "file": ("HOSANNA_BACKUP_KEY_FILE", str(folder / "key")),
    }[by]
    monkeypatch.setenv(variable, value)
    file, before = backed_up(folder), listed()
    assert b"Ottilie" not in file.read_bytes()
    elsewhere(monkeypatch, folder)
    monkeypatch.delenv(variable)
    refused = hosanna("restore", str(file))
    assert refused.exit_code == 1
    assert "HOSANNA_BACKUP_KEY" in refused.stderr
    monkeypatch.setenv("HOSANNA_BACKUP_KEY", KEY + "?")
    assert "another key" in hosanna("restore", str(file)).stderr
    monkeypatch.setenv("HOSANNA_BACKUP_KEY", KEY)
    assert hosanna("restore", str(file)).exit_code == 0
    assert listed() == before


def test_a_key_that_is_too_short_or_given_twice_is_a_mistake_of_the_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSANNA_BACKUP_KEY", "short")
    assert hosanna("backup").exit_code == 2
    monkeypatch.setenv("HOSANNA_BACKUP_KEY", KEY)
    monkeypatch.setenv("HOSANNA_BACKUP_KEY_FILE", str(folder / "key"))
    assert hosanna("backup").exit_code == 2
    monkeypatch.delenv("HOSANNA_BACKUP_KEY")
    assert "cannot be read" in hosanna("backup").stderr
    (folder / "key").write_text("short\n")
    assert "at least 16" in hosanna("backup").stderr


def ring(name: str) -> str:
    made = hosanna("encryption", "new-key", "--id", name)
    return made.stdout.strip()


def test_an_encrypted_store_wants_an_encrypted_backup_and_is_encrypted_again_under_other_keys(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSANNA_ENCRYPTION_KEYS", ring("here"))
    worked_on(folder)
    refused = hosanna("backup", "--to", str(folder / "out"))
    assert refused.exit_code == 1
    assert "--allow-clear" in refused.stderr
    assert not (folder / "out").exists()
    monkeypatch.setenv("HOSANNA_BACKUP_KEY", KEY)
    file, before = backed_up(folder), listed()
    elsewhere(monkeypatch, folder)
    monkeypatch.setenv("HOSANNA_ENCRYPTION_KEYS", ring("there"))
    assert hosanna("restore", str(file)).exit_code == 0
    assert listed() == before
    assert b"ada@example.com" not in (folder / "elsewhere" / "hosanna.db").read_bytes()
    with open_system(load_settings()) as system:
        assert system.ports.store.users.by_email("ada@example.com") is not None
        found = system.ports.store.jobs.page(SEES_ALL, JobFilter(prefix="ottil"), Sort.OLDEST, None, 9)
        assert len(found.rows) == 1


def test_an_encrypted_store_is_backed_up_in_clear_where_somebody_means_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSANNA_ENCRYPTION_KEYS", ring("here"))
    worked_on(folder)
    file, before = backed_up(folder, "--allow-clear"), listed()
    monkeypatch.delenv("HOSANNA_ENCRYPTION_KEYS")
    elsewhere(monkeypatch, folder)
    assert hosanna("restore", str(file)).exit_code == 0
    assert listed() == before


def test_under_another_secret_it_says_which_to_give_and_goes_with_that(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = "first secret of at least 32 bytes.", "other secret of at least 32 bytes."
    monkeypatch.setenv("JWT_SECRET", first)
    worked_on(folder)
    file = backed_up(folder)
    elsewhere(monkeypatch, folder)
    monkeypatch.setenv("JWT_SECRET", second)
    refused = hosanna("restore", str(file))
    assert refused.exit_code == 1
    assert "JWT_SECRET_PREVIOUS" in refused.stderr
    assert listed() == []
    shutil.rmtree(folder / "elsewhere")
    monkeypatch.setenv("JWT_SECRET_PREVIOUS", first)
    assert hosanna("restore", str(file)).exit_code == 0
    monkeypatch.delenv("JWT_SECRET_PREVIOUS")
    assert hosanna("audit", "verify").exit_code == 0
    assert len(listed()) == 2


def test_a_store_that_opened_nothing_is_restored_into_after_a_refusal(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked_on(folder)
    file = backed_up(folder)
    good = file.read_bytes()
    elsewhere(monkeypatch, folder)
    file.write_bytes(good[:-1])
    assert hosanna("restore", str(file)).exit_code == 1
    file.write_bytes(good)
    assert hosanna("restore", str(file)).exit_code == 0


def test_if_due_makes_one_and_no_second_and_keeps_no_more_than_it_should(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKUP_DIR", str(folder / "disk"))
    stepped_back: list[int] = []
    # Else all that is tested in this process after it would stand back, too.
    monkeypatch.setattr(os, "nice", stepped_back.append)
    assert "due" in hosanna("backup", "--if-due").stdout
    worked_on(folder)
    for _ in range(3):
        assert hosanna("backup").exit_code == 0
    assert hosanna("backup", "--if-due", "--json").stdout.strip() == "null"
    assert [step > 0 for step in stepped_back] == [True, True]
    assert len(list((folder / "disk").iterdir())) == 3


def test_every_way_of_saying_how_often(monkeypatch: pytest.MonkeyPatch) -> None:
    for text, length in (("24h", 86_400_000), ("30m", 1_800_000), ("7D", 604_800_000), ("off", 0)):
        monkeypatch.setenv("BACKUP_EVERY", text)
        assert load_settings().backup_every == length
    for text in ("24", "0h", "30s", "1000d", "h", "-1h", "1.5h"):
        monkeypatch.setenv("BACKUP_EVERY", text)
        assert hosanna("config").exit_code == 2, text
