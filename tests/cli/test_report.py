"""`hosanna report workload`: a table for people, JSON for programs."""

import json
from pathlib import Path

import pytest
from tests.cli.here import home, hosanna

from hosanna_core.model.people import Actor, Role
from hosanna_core.usecases import fieldwork, jobs, users
from hosanna_core.usecases.judging import Unparsed
from hosanna_core.usecases.user_forms import UserForm
from hosanna_web.composition import open_system
from hosanna_web.settings import load_settings

JOB = {
    "title": "Panel",
    "customer": {"name": "Ann Lee"},
    "site": {"street": "1 Main St"},
    "priority": "NORMAL",
    "required_skills": [],
    "duration_minutes": 60,
    "window": {"start": "2026-03-02T08:00:00Z", "end": "2026-03-02T10:30:00Z"},
}


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A firm of Ada and Tess, who has one visit."""
    home(tmp_path, monkeypatch)
    with open_system(load_settings()) as system:
        ports = system.ports
        form = UserForm(
            email="ada@example.com", full_name="Ada", role=Role.ADMINISTRATOR, password="long enough one"
        )
        ada = Actor(users.install_administrator(ports, form).id, Role.ADMINISTRATOR)
        tess = {"email": "tess@example.com", "full_name": "Tess Ohm", "role": "TECHNICIAN"}
        hired = users.create_user(ports, ada, Unparsed.of({**tess, "password": "long enough one"}))
        job = jobs.create_job(ports, ada, Unparsed.of(JOB))
        fieldwork.transition_job(ports, ada, job.id, "confirm", Unparsed.of({}))
        fieldwork.transition_job(ports, ada, job.id, "assign", Unparsed.of({"technician_id": hired.id}))


@pytest.mark.usefixtures("office")
def test_a_person_reads_a_table_and_a_program_json() -> None:
    asked = ("report", "workload", "--from", "2026-03-01", "--to", "2026-03-08")
    shown = hosanna(*asked)
    assert shown.exit_code == 0, shown.output
    assert "Tess Ohm" in shown.output
    assert "2.50" in shown.output
    assert "Hours: 2.50 in the mean" in shown.output
    assert "2 ways to or from a place without coordinates" in shown.output
    assert "2026-03-02 " not in shown.output
    assert "2026-03-02" in hosanna(*asked, "--days").output
    told = json.loads(hosanna(*asked, "--json", "--as", "ada@example.com").output)
    assert [(each["full_name"], each["hours"]) for each in told["technicians"]] == [("Tess Ohm", 2.5)]


@pytest.mark.usefixtures("office")
def test_what_is_wrong_is_said_in_words() -> None:
    long = hosanna("report", "workload", "--from", "2026-01-01", "--to", "2026-12-31")
    assert long.exit_code == 1
    assert "to must be later than from, by at most 62 days" in long.output
    assert "there is no" in hosanna("report", "workload", "--as", "bo@example.com").output.lower()
    denied = hosanna("report", "workload", "--as", "tess@example.com")
    assert denied.exit_code == 1
    assert "See Reports" in denied.output


def test_without_anybody_there_is_nobody_to_report_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home(tmp_path, monkeypatch)
    refused = hosanna("report", "workload")
    assert refused.exit_code == 1
    assert "no Administrator yet" in refused.output


@pytest.mark.usefixtures("office")
def test_a_person_reads_how_the_work_goes_and_a_program_too(tmp_path: Path) -> None:
    shown = hosanna("report", "operations", "--days")
    assert shown.exit_code == 0, shown.output
    for words in (
        "ASSIGNED",
        "throughput",
        "time in stage",
        "Starts of field work: 0",
        "Tess Ohm",
        "sign-ins",
    ):
        assert words in shown.output
    told = json.loads(hosanna("report", "operations", "--json").output)
    assert (told["jobs"]["total"], told["throughput"]["total"]["confirmed"]) == (1, 1)
    sheet = hosanna("report", "operations", "--csv").output.splitlines()
    assert sheet[0] == "section,name,detail,figure,value"
    assert "throughput,total,,confirmed,1" in sheet


@pytest.mark.usefixtures("office")
def test_the_operations_are_drawn_into_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "pictures" / "of today"
    done = hosanna("report", "operations", "--svg", str(folder))
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in folder.iterdir()) == [
        "jobs.svg", "stages.svg", "technicians.svg", "throughput.svg",
    ]  # fmt: skip
    (tmp_path / "a file").touch()
    refused = hosanna("report", "operations", "--svg", str(tmp_path / "a file" / "x"))
    assert refused.exit_code == 1
    assert "cannot be written" in refused.output


@pytest.mark.usefixtures("office")
def test_what_is_wrong_with_a_question_about_operations_is_said_in_words() -> None:
    long = hosanna("report", "operations", "--from", "2024-01-01", "--to", "2026-12-31")
    assert long.exit_code == 1
    assert "to must be later than from, by at most 366 days" in long.output
    assert hosanna("report", "operations", "--json", "--csv").exit_code == 2
