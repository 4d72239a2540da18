"""`hosanna export` writes what the API hands over, into a file for its owner alone."""

import csv
import json
import os
import stat
from pathlib import Path

import pytest
from tests.cli.here import home, hosanna

from hosanna_core.model.audit import AuditFilter
from hosanna_core.model.people import Actor, Role
from hosanna_core.usecases import jobs, users
from hosanna_core.usecases.judging import Unparsed
from hosanna_core.usecases.user_forms import UserForm
from hosanna_web.composition import open_system
from hosanna_web.settings import load_settings

ORDER = {
    "title": "=Panel",
    "customer": {"name": "Ann Lee", "email": "ann@example.com"},
    "site": {"street": "1 Main St"},
    "required_skills": [],
    "duration_minutes": 60,
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home(tmp_path, monkeypatch)
    with open_system(load_settings()) as system:
        form = UserForm(
            email="boss@example.com",
            full_name="B",
            password="a long enough password",
            role=Role.ADMINISTRATOR,
        )
        boss = Actor(users.install_administrator(system.ports, form).id, Role.ADMINISTRATOR)
        for priority in ("LOW", "HIGH"):
            jobs.create_job(system.ports, boss, Unparsed.of({**ORDER, "priority": priority}))
    return tmp_path


def test_jobs_go_into_a_file_by_the_filters_of_the_list(folder: Path) -> None:
    done = hosanna("export", "jobs", "--out", "jobs.csv", "--bom", "--where", "priority=HIGH")
    assert done.exit_code == 0, done.output
    file = folder / "jobs.csv"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    (row,) = csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines())
    assert (row["title"], row["priority"]) == ("'=Panel", "HIGH")
    with open_system(load_settings()) as system:
        (entry,) = system.ports.store.audits.entries(AuditFilter(action="work.exported"), None, 10)
        assert entry.actor_id is not None


def test_customers_and_completed_work_come_as_json_too(folder: Path) -> None:
    for what, count in (("customers", 1), ("completed", 0)):
        done = hosanna("export", what, "--out", f"{what}.json", "--format", "json")
        assert done.exit_code == 0, done.output
        assert len(json.loads((folder / f"{what}.json").read_text(encoding="utf-8"))["items"]) == count


@pytest.mark.parametrize("where", ["priority", "priority=SOON", "limit=1"])
def test_a_filter_that_is_none_writes_nothing(folder: Path, where: str) -> None:
    done = hosanna("export", "jobs", "--out", "jobs.csv", "--where", where)
    assert done.exit_code != 0
    assert list(folder.glob("*jobs.csv*")) == []


def test_a_device_is_not_replaced_by_a_file(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    refused = hosanna("export", "jobs", "--out", "pipe")
    assert (refused.exit_code, "pipe is no file" in refused.stderr) == (1, True)
    assert stat.S_ISFIFO((folder / "pipe").stat().st_mode)
    assert sorted(path.name for path in folder.iterdir()) == ["pipe", "store"]
