"""The example: in a firm, and as what it is, a distribution of its own that is installed beside Hosanna."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.running import environment, hosanna, password_shown, serving
from tests.cli.test_a_first_day import FIELD, JOB, OFFICE, people
from tests.plugins.brought import PluggedFirm

from hosanna_core.usecases.delivering import deliver_due
from hosanna_web.first_administrator import DEVELOPMENT_EMAIL
from hosanna_web.plugins.finding import made
from hosanna_web.plugins.hooks import Hooks
from hosanna_web.plugins.telling import Reader

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "hosanna-plugin-permits"
NAME = "hosanna-plugin-permits"
PANEL = {"required_skills": ["panel"], "description": None}
PATIENCE = 60


def lines(folder: Path, ledger: str) -> list[dict[str, Any]]:
    file = folder / f"{ledger}.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


@pytest.fixture
def firm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PluggedFirm]:
    """A firm with the example, from where it lies."""
    monkeypatch.syspath_prepend(str(EXAMPLE / "src"))
    import hosanna_permits  # noqa: PLC0415  # it is not installed here

    yield PluggedFirm(made("permits", hosanna_permits, {"HOSANNA_PLUGIN_PERMITS_FOLDER": str(tmp_path)}))
    for name in [each for each in sys.modules if each.partition(".")[0] == "hosanna_permits"]:
        del sys.modules[name]


def test_the_example_has_every_hook(firm: PluggedFirm) -> None:
    assert set(firm.plugins[0].implements) == {name for name in vars(Hooks) if name.startswith("hosanna_")}


def test_a_permit_goes_through_the_whole_firm(firm: PluggedFirm, tmp_path: Path) -> None:
    reader = Reader(firm.ports, firm.plugins[0])
    reader.once()
    skilled = {"timezone": "UTC", "skills": [{"name": "panel"}]}
    firm.ask("PUT", f"/technicians/{firm.ids['theo']}/availability", "admin", skilled)
    skilled["skills"] += [{"name": "master electrician"}]
    firm.ask("PUT", f"/technicians/{firm.ids['tess']}/availability", "admin", skilled)
    firm.ask("PATCH", "/auth/me", "tess", {"phone": "+1 512 555 0199"})
    job = firm.job("CONFIRMED", **PANEL)
    best = firm.ask("GET", f"/jobs/{job}/candidates", "admin").json["items"][0]
    assert best["technician"]["full_name"] == "Tess"
    assert best["scores"][-1]["why"] == "may sign for the permit"
    assert firm.move(job, "assign").status == 200
    refused = firm.move(job, "dispatch")
    assert (refused.status, refused.json["code"]) == (403, "plugin_refused")
    missing = firm.ask("GET", "/plugins/permits/missing?most=5", "office").json["items"]
    assert [each["id"] for each in missing] == [job]
    assert firm.ask("GET", "/plugins/permits/missing?most=0", "office").pointers == {"/most"}
    assert firm.ask("GET", "/plugins/permits/missing", "tess").status == 403
    permitted = {"description": "Permit E-2026-0042."}
    assert firm.ask("PATCH", f"/jobs/{job}", "admin", permitted, if_match='"3"').status == 200
    for action in ("dispatch", "start", "complete"):
        assert firm.move(job, action).status == 200
    urgent = firm.job(**PANEL, priority="EMERGENCY")
    while reader.once():
        pass
    deliver_due(firm.ports)
    number = firm.read(urgent).json["number"]
    assert [each["permit"] for each in lines(tmp_path, "inspections")] == ["E-2026-0042"]
    assert [each["job"] for each in lines(tmp_path, "applications")] == [number]
    assert [each["to"] for each in lines(tmp_path, "messages")] == ["+1 512 555 0199"]
    firm.job("CONFIRMED")
    planned = firm.ask("POST", "/plans", "admin", {"date": "2026-03-02", "planner": "permits.second-opinion"})
    assert planned.status == 201
    assert firm.condition()["mode"] == "ok"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that it is installed into, as any distribution is: built and unpacked, without network."""
    target = tmp_path_factory.mktemp("installed")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    offline = ("--no-deps", "--no-index", "--no-build-isolation", "--target", target)
    done = subprocess.run([*pip, *offline, EXAMPLE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


@pytest.mark.deep
def test_its_own_tests_pass_against_what_was_installed(installed: Path, tmp_path: Path) -> None:
    command = (
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-c",
        EXAMPLE / "pyproject.toml",
    )
    done = subprocess.run(
        [*command, EXAMPLE / "tests", "--rootdir", tmp_path],
        env=environment(tmp_path, {"PYTHONPATH": str(installed), "PYTHONDONTWRITEBYTECODE": "1"}),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.deep
def test_a_server_works_with_it_and_the_command_line_too(installed: Path, tmp_path: Path) -> None:
    ledgers = tmp_path / "permits"
    ledgers.mkdir()
    given = {"PYTHONPATH": str(installed), "HOSANNA_PLUGIN_PERMITS_FOLDER": str(ledgers)}
    shown = json.loads(hosanna(tmp_path, "plugins", "--json", **given).stdout)
    assert [(each["name"], each["distribution"], each["loaded"]) for each in shown] == [
        ("permits", f"{NAME} 1.0.0", True)
    ]
    assert "Electrical permits" in hosanna(tmp_path, "--help", **given).stdout
    assert "/api/v1/plugins/permits/missing" in hosanna(tmp_path, "routes", **given).stdout
    with serving(tmp_path, PLUGINS_REQUIRED="permits", **given) as server:
        admin = (DEVELOPMENT_EMAIL, password_shown(server.said))
        with people(server, admin) as (ada,):
            office = ada.post("/users", {**OFFICE, "role": "OFFICE_MANAGER"}, 201)
            tom = ada.post("/users", {**FIELD, "role": "TECHNICIAN"}, 201)
            job = ada.post("/jobs", {**JOB, **PANEL}, 201)["id"]
            ada.moves(job, "confirm")
            ada.moves(job, "assign", {"technician_id": tom["id"], "override": True})
            ada.post("/jobs", {**JOB, **PANEL, "priority": "EMERGENCY"}, 201)
            with people(server, (office["email"], OFFICE["password"])) as (olive,):
                assert olive.moves(job, "dispatch", expected=403)["plugin"] == "permits"
                assert [each["id"] for each in olive.get("/plugins/permits/missing")["items"]] == [job]
            ready = ada.client.get("/health/ready").json()
            assert {"name": "plugin:permits", "mode": "ok"} in ready["dependencies"]
            assert 'hosanna_plugin_loaded{plugin="permits"} 1.0' in ada.client.get("/metrics").text
            until = time.monotonic() + PATIENCE
            while not lines(ledgers, "applications") and time.monotonic() < until:
                time.sleep(0.1)
        assert len(lines(ledgers, "applications")) == 1
        said = hosanna(tmp_path, "permits", "missing", **given)
        assert said.stdout.splitlines()[-1] == "2 without a permit."
        assert server.stop() == 0


@pytest.mark.deep
def test_where_it_is_misconfigured_the_server_starts_without_it_unless_it_must_have_it(
    installed: Path, tmp_path: Path
) -> None:
    given = {"PYTHONPATH": str(installed)}
    with serving(tmp_path, **given) as server, server.client() as client:
        told = {each["name"]: each for each in client.get("/health/ready").json()["dependencies"]}
        assert told["plugin:permits"] == {
            "name": "plugin:permits",
            "mode": "degraded",
            "error": "Misconfigured",
        }
    refused = hosanna(tmp_path, "serve", PLUGINS_REQUIRED="permits", **given)
    assert refused.returncode == 1
    assert "HOSANNA_PLUGIN_PERMITS_FOLDER must name a folder" in refused.stderr
    assert "not loaded" in hosanna(tmp_path, "permits", "missing", **given).stderr
    assert hosanna(tmp_path, "permits", "missing", PLUGINS="off", **given).returncode == 1
