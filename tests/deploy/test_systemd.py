"""The systemd unit: what systemd says of it, and its command run for real."""

import shutil
import subprocess
from pathlib import Path

import pytest
from tests.cli.running import HOSANNA, PRODUCTION, serving
from tests.deploy.files import DEPLOY

from hosanna_web.cli.server import PATIENCE_AT_THE_END

UNIT = DEPLOY / "systemd" / "hosanna.service"
PREFIX = "/opt/hosanna/bin/"


def lines() -> list[tuple[str, str]]:
    text = UNIT.read_text(encoding="utf-8").splitlines()
    return [(line.partition("=")[0], line.partition("=")[2]) for line in text if line[:1].isalpha()]


def value(name: str) -> str:
    (only,) = (what for key, what in lines() if key == name)
    return only


def command(name: str) -> list[str | Path]:
    program, *rest = value(name).split()
    assert program.startswith(PREFIX)
    return [HOSANNA.with_name(program.removeprefix(PREFIX)), *rest]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here")
def test_systemd_finds_nothing_wrong_with_it(tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    # It wants to see the command where it will be.
    unit.write_text(UNIT.read_text(encoding="utf-8").replace(PREFIX, f"{HOSANNA.parent}/"))
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", unit],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = [line for line in verified.stderr.splitlines() if UNIT.name in line]
    assert (verified.returncode, said) == (0, [])


def test_its_commands_run_with_the_file_that_it_hands_over(tmp_path: Path) -> None:
    told = {name: what for name, what in PRODUCTION.items() if name != "HOSANNA_ENV"}
    handed = tmp_path / "env"
    handed.touch(mode=0o600)
    handed.write_text("".join(f"{name}={what}\n" for name, what in told.items()))
    settings = {"HOSANNA_ENV": "production", "HOSANNA_ENV_FILE": str(handed)}
    checked = subprocess.run(
        command("ExecStartPre"), env=settings, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    with serving(tmp_path, program=command("ExecStart"), **settings) as server:
        server.process.terminate()
        assert server.process.wait(30) == 0


def test_a_start_that_would_fail_is_refused_before(tmp_path: Path) -> None:
    checked = subprocess.run(
        command("ExecStartPre"),
        env={"HOSANNA_ENV": "production"},
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert str(checked.returncode) == value("RestartPreventExitStatus")


def test_secrets_come_as_a_credential_and_not_through_the_environment() -> None:
    told = " ".join(what for key, what in lines() if key == "Environment")
    assert "HOSANNA_ENV_FILE=%d/env" in told
    assert value("LoadCredential").startswith("env:")
    assert "SECRET" not in told


def test_it_is_given_longer_than_its_own_patience() -> None:
    assert value("KillSignal") == "SIGTERM"
    assert int(value("TimeoutStopSec")) > PATIENCE_AT_THE_END + 5


def test_it_is_hardened() -> None:
    told = dict(lines())
    assert told["User"] != "root"
    assert told["CapabilityBoundingSet"] == ""
    assert told["ProtectSystem"] == "strict"
    assert told["SystemCallFilter"] == "@system-service"
    for name in (
        "NoNewPrivileges",
        "ProtectHome",
        "PrivateTmp",
        "PrivateDevices",
        "RestrictSUIDSGID",
        "LockPersonality",
    ):
        assert told[name] == "yes"
