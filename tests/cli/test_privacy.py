"""`hosanna privacy`: handing out what is known of a person, and forgetting them."""

import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.cli.here import home, hosanna

from hosanna_core.model.customer import Customer
from hosanna_core.model.people import Actor, Role
from hosanna_core.rules.keys import customer_keys
from hosanna_core.usecases import jobs, users
from hosanna_core.usecases.acting import acting
from hosanna_core.usecases.judging import Unparsed
from hosanna_core.usecases.user_forms import UserForm
from hosanna_web.cli import main, privacy
from hosanna_web.composition import open_system
from hosanna_web.settings import load_settings

PASSWORD = "a long enough password"
ANN = {"name": "Ann Lee", "email": "Ann@Example.com", "phone": "+1 512 555 0100"}
ORDER = {
    "title": "Panel of Ann Lee",
    "site": {"street": "7 Secret Lane"},
    "priority": "NORMAL",
    "required_skills": [],
    "duration_minutes": 60,
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An Administrator, a Technician who has Ann's address, and three jobs, two of them Ann's."""
    home(tmp_path, monkeypatch)
    with open_system(load_settings()) as system:
        boss, tess = (
            UserForm(email=f"{name}@example.com", full_name=name, password=PASSWORD, role=role)
            for name, role in (("boss", Role.ADMINISTRATOR), ("tess", Role.TECHNICIAN))
        )
        actor = Actor(users.install_administrator(system.ports, boss).id, Role.ADMINISTRATOR)
        users.create_user(system.ports, actor, Unparsed.of({**tess.model_dump(), "role": "TECHNICIAN"}))
        for customer in (ANN, {"name": "A. Lee", "phone": "512-555-0100"}, {"name": "Bob Ray"}):
            jobs.create_job(system.ports, actor, Unparsed.of({**ORDER, "customer": customer}))
    return tmp_path


def test_an_export_holds_everything_and_is_for_its_owner_alone(folder: Path) -> None:
    done = hosanna("privacy", "export", "--phone", "(512) 555-0100", "--out", "ann.json", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["jobs"] == 2
    file = folder / "ann.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    held = json.loads(file.read_text(encoding="utf-8"))
    assert {each["job"]["customer"]["name"] for each in held["jobs"]} == {"Ann Lee", "A. Lee"}
    assert all(each["history"] for each in held["jobs"])


def test_who_had_a_job_before_it_was_edited_is_found_told_and_forgotten_and_the_job_lives(
    folder: Path,
) -> None:
    with open_system(load_settings()) as system:
        actor = acting(system.ports)
        (job,) = system.ports.store.jobs.of_customer(
            customer_keys(Customer("", None, ANN["email"]), system.ports.keys.customers), None, 9
        )
        patch = Unparsed.of({"customer": {"name": "Bob Ray", "email": "bob@example.com", "phone": None}})
        jobs.edit_job(system.ports, actor, job.id, patch, if_match=jobs.IfMatch(None))
    who = ("--email", "ann@example.com")
    assert hosanna("privacy", "export", *who, "--out", "ann.json").exit_code == 0
    text = (folder / "ann.json").read_text(encoding="utf-8")
    (told,) = json.loads(text)["jobs"]
    assert (told["job"]["version"], told["job"]["customer"]["name"]) == (1, "Ann Lee")
    assert "Bob Ray" not in text
    done = hosanna("privacy", "erase", *who, "--yes", "--json")
    assert json.loads(done.stdout) == {"accounts": 0, "jobs": 1}
    assert hosanna("privacy", "erase", *who, "--yes").exit_code == 1
    assert hosanna("audit", "verify").exit_code == 0
    assert hosanna("privacy", "export", "--email", "bob@example.com", "--out", "bob.json").exit_code == 0
    (living,) = json.loads((folder / "bob.json").read_text(encoding="utf-8"))["jobs"]
    assert living["job"]["customer"]["name"] == "Bob Ray"


def test_a_user_is_exported_with_what_the_audit_trail_says_of_them(folder: Path) -> None:
    done = hosanna("privacy", "export", "--email", "TESS@example.com", "--out", "tess.json")
    assert done.exit_code == 0
    assert "audit entries" in done.stdout
    held = json.loads((folder / "tess.json").read_text(encoding="utf-8"))
    assert held["user"]["account"]["email"] == "tess@example.com"
    assert held["user"]["audit"]


def test_erasing_leaves_nothing_to_be_found_and_every_chain_whole() -> None:
    done = hosanna(
        "privacy", "erase", "--email", "ann@example.com", "--phone", "512 555 0100", "--yes", "--json"
    )
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == {"accounts": 0, "jobs": 2}
    again = hosanna("privacy", "erase", "--email", "ann@example.com", "--yes")
    assert again.exit_code == 1
    assert "Nothing is known" in again.stderr
    assert hosanna("audit", "verify").exit_code == 0


def test_before_it_erases_it_shows_how_much_and_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal:
        stdin = type("Stdin", (), {"isatty": staticmethod(lambda: True)})

    monkeypatch.setattr(privacy, "sys", Terminal)
    for answer, code in (("n\n", 1), ("y\n", 0)):
        asked = CliRunner().invoke(main, ["privacy", "erase", "--email", "tess@example.com"], input=answer)
        assert asked.exit_code == code
        assert "accounts" in asked.stdout
        assert "Erase it?" in asked.stdout
        assert ("Nothing was erased" in asked.stderr) == (code == 1)


def test_where_nobody_can_be_asked_yes_must_be_said() -> None:
    for more in ((), ("--json",)):
        refused = hosanna("privacy", "erase", "--email", "tess@example.com", *more)
        assert refused.exit_code == 2
        assert "--yes" in refused.stderr


@pytest.mark.parametrize(
    "command", [("export", "--out", "x.json"), ("erase", "--yes")], ids=["export", "erase"]
)
def test_who_names_nobody_is_told_how(command: tuple[str, ...]) -> None:
    refused = hosanna("privacy", *command)
    assert refused.exit_code == 2
    assert "--phone" in refused.stderr


@pytest.mark.parametrize(
    "command", [("export", "--out", "x.json"), ("erase", "--yes")], ids=["export", "erase"]
)
def test_of_a_stranger_nothing_is_known_and_nothing_is_written(
    folder: Path, command: tuple[str, ...]
) -> None:
    refused = hosanna("privacy", *command, "--email", "nobody@example.com")
    assert refused.exit_code == 1
    assert "Nothing is known" in refused.stderr
    assert [path.name for path in folder.iterdir()] == ["store"]


def test_only_an_administrator_may_and_the_last_one_stays() -> None:
    as_tess = hosanna("privacy", "erase", "--email", "ann@example.com", "--yes", "--as", "tess@example.com")
    assert as_tess.exit_code == 1
    last = hosanna("privacy", "erase", "--email", "boss@example.com", "--yes")
    assert last.exit_code == 1
    assert "last active Administrator" in last.stderr
