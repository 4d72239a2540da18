"""`hosanna import`, as somebody at a terminal meets it."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tests.cli.here import home, hosanna

from hosanna_core.model.people import Actor, Role
from hosanna_core.model.query import JobFilter, Sort
from hosanna_core.rules import history
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.usecases.judging import Unparsed
from hosanna_core.usecases.user_forms import UserForm
from hosanna_core.usecases.users import create_user, install_administrator
from hosanna_web.composition import open_system
from hosanna_web.settings import load_settings

REAL = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "austin_electrical_permits_2014.csv"
HEADER = "external_ref,title,customer.name,site.street\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return home(tmp_path, monkeypatch)


@pytest.fixture
def office() -> None:
    """An Administrator, another one, and a Technician."""
    with open_system(load_settings()) as system:
        first, second, technician = (
            UserForm(email=f"{name}@example.com", full_name=name, password="correct horse", role=role)
            for name, role in (
                ("first", Role.ADMINISTRATOR),
                ("second", Role.ADMINISTRATOR),
                ("tech", Role.TECHNICIAN),
            )
        )
        made = install_administrator(system.ports, first)
        install_administrator(system.ports, second)
        create_user(system.ports, Actor(made.id, made.role), Unparsed.of(technician.model_dump(mode="json")))


def rows(folder: Path, count: int, name: str = "jobs.csv") -> Path:
    path = folder / name
    path.write_text(
        HEADER + "".join(f"R-{n},Visit {n},Ann Lee,{n} Main St\n" for n in range(count)), encoding="utf-8"
    )
    return path


def imported(*arguments: object) -> dict[str, Any]:
    result = hosanna("import", *arguments, "--json")
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


@pytest.mark.usefixtures("office")
def test_the_end_of_an_import_is_a_table_for_people(folder: Path) -> None:
    result = hosanna("import", rows(folder, 3))
    assert result.exit_code == 0
    for words in ("rows read", "added", "already there", "rejected", "rows a second"):
        assert words in result.stdout


@pytest.mark.usefixtures("office")
def test_rejected_rows_do_not_make_an_import_fail(folder: Path) -> None:
    path = rows(folder, 2)
    path.write_text(path.read_text("utf-8") + "R-9,,Ann,1 Main St\n", encoding="utf-8")
    answer = imported(path)
    assert (answer["rows"], answer["added"], answer["rejected"]) == (3, 2, 1)
    assert Path(answer["rejects_file"]).name == "jobs.csv.rejects.csv"
    assert "title is required" in Path(answer["rejects_file"]).read_text("utf-8")


@pytest.mark.usefixtures("office")
def test_the_importer_is_the_oldest_administrator_or_who_is_named(folder: Path) -> None:
    imported(rows(folder, 1))
    path = folder / "other.csv"
    path.write_text(HEADER + "S-1,Visit,Ann,1 Main St\n", encoding="utf-8")
    imported(path, "--as", "SECOND@example.com")
    with open_system(load_settings()) as system:
        store = system.ports.store
        page = store.jobs.page(SEES_ALL, JobFilter(), Sort.OLDEST, None, 10)
        actors = [history.read(store.jobs.history(row.id)[0]).actor_id for row in page.rows]
        names = [user.email for id_ in actors if id_ and (user := store.users.get(id_))]
    assert names == ["first@example.com", "second@example.com"]


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    ("email", "told"), [("tech@example.com", "Create Jobs"), ("nobody@example.com", "no active user")]
)
def test_somebody_who_may_not_create_jobs_imports_nothing(folder: Path, email: str, told: str) -> None:
    result = hosanna("import", rows(folder, 1), "--as", email)
    assert result.exit_code == 1
    assert told in result.output


@pytest.mark.usefixtures("office")
def test_an_address_of_half_characters_is_a_wrong_option(folder: Path) -> None:
    result = hosanna("import", rows(folder, 1), "--as", "\udcff@example.com")
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_without_an_administrator_nothing_is_imported_and_the_way_out_is_told(folder: Path) -> None:
    result = hosanna("import", rows(folder, 1))
    assert result.exit_code == 1
    assert "hosanna admin create" in result.output


@pytest.mark.usefixtures("office")
def test_an_empty_file_is_read_to_its_end(folder: Path) -> None:
    for name in ("empty.csv", "empty.jsonl"):
        (folder / name).write_bytes(b"")
        assert imported(folder / name, *MAPS)["rows"] == 0


MAPS = ("--map", "external_ref=n", "--map", "title=t", "--map", "customer.name=c", "--map", "site.street=s")


@pytest.mark.usefixtures("office")
def test_a_file_that_is_not_there_a_folder_and_a_map_that_does_not_fit_are_wrong_usage(folder: Path) -> None:
    path = rows(folder, 1)
    for wrong in (
        [folder / "nothing.csv"],
        [folder],
        [path, "--map", "title=nothing"],
        [path, "--map", "nonsense=title"],
        [path, "--encoding", "klingon"],
        [path, "--rejects", path],
    ):
        result = hosanna("import", *wrong)
        assert result.exit_code == 2, result.output
        assert "Traceback" not in result.output


@pytest.mark.usefixtures("office")
def test_an_import_that_is_killed_half_way_is_completed_by_the_next_one(folder: Path) -> None:
    path = rows(folder, 3000)
    process = subprocess.Popen(
        [sys.executable, "-c", "from hosanna_web.cli import main; main()", "import", str(path)],
        stdout=subprocess.DEVNULL,
    )
    until(lambda: stored() > 0 or process.poll() is not None)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    before = stored()
    answer = imported(path)
    assert (answer["added"], answer["already_there"]) == (3000 - before, before)
    assert stored() == 3000
    assert imported(path)["added"] == 0


def stored() -> int:
    with open_system(load_settings()) as system:
        return len(system.ports.store.jobs.known_refs([f"R-{n}" for n in range(3000)]))


def until(condition: Any, patience: float = 60) -> None:
    end = time.monotonic() + patience
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)


@pytest.mark.usefixtures("office")
@pytest.mark.skipif(not REAL.is_file(), reason="the permits of 2014 are not beside the project")
def test_every_fortieth_permit_of_2014_is_imported_without_a_map_and_only_once(folder: Path) -> None:
    path = folder / "permits.csv"
    with REAL.open(encoding="utf-8", newline="") as real, path.open("w", encoding="utf-8", newline="") as few:
        csv.writer(few).writerows(row for n, row in enumerate(csv.reader(real)) if n % 40 == 0)
    first = imported(path)
    assert (first["rows"], first["added"], first["rejected"]) == (428, 428, 0)
    assert imported(path)["already_there"] == 428


@pytest.mark.deep
@pytest.mark.usefixtures("office")
@pytest.mark.skipif(not REAL.is_file(), reason="the permits of 2014 are not beside the project")
def test_every_permit_of_2014_is_imported_without_a_map_and_only_once(folder: Path) -> None:
    first = imported(REAL)
    assert (first["rows"], first["added"], first["rejected"]) == (17_145, 17_145, 0)
    assert imported(REAL)["already_there"] == 17_145
    assert not list(folder.glob("*.rejects.*"))
