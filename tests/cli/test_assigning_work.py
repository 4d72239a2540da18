"""What the how-to about assigning says to type, typed against a real server with real permits."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.web.test_first_day import BLOCK, HOUSE, PASSWORD, served

PAGE = HOUSE / "docs" / "how-to" / "assign-work.md"
REAL = HOUSE.parent / "shared" / "data" / "austin_electrical_permits_2014.csv"
HEAD = "permit_number,sub_type,work_type,permit_location,date_issued,work_description,status,contractor,lat,lng\n"
MADE_UP = (
    HEAD
    + '2013-120898 EP,R- 435 Renovations,Remodel,4502 NAVAJO PATH,01/01/2014,"Kitchen",Final,B,30.23,-97.77\n'
)


@pytest.mark.deep
def test_the_how_to_assigns_a_real_permit_as_it_is_written(tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("this machine has no curl")
    permits = REAL
    if not REAL.is_file():
        permits = tmp_path / "permits.csv"
        permits.write_text(MADE_UP, encoding="utf-8")
    hosanna = str(Path(sys.executable).with_name("hosanna"))
    with served(tmp_path / "data") as address:
        script = "\n".join(BLOCK.findall(PAGE.read_text(encoding="utf-8")))
        for written, here in (
            ("http://127.0.0.1:5000", address),
            ("permits.csv", str(permits)),
            ("the password that the server showed", PASSWORD),
            (".venv/bin/hosanna", hosanna),
        ):
            assert written in script
            script = script.replace(written, here)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=tmp_path,
            env={**os.environ, "HOSANNA_DATA": str(tmp_path / "data")},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    said = done.stdout
    asked = said.partition("yes")[2]
    assert asked.split("\n")[0].endswith("Ann Volt")
    for line in (
        "      not overlap: free from 14:10, needed from 13:30",
        "      not skills: does not hold journeyman >= 4 (held at level 3)",
        "so: Every technician breaks skills: 2 of 2.",
        "so: Ben Watt would have to hold journeyman >= 4 (held at level 3)",
    ):
        assert line in said.splitlines(), said
    assert '"code":"double_booking"' in said
    assert '"code":"no_candidate"' in said
    assert "Chosen automatically: the only one who fits." in said
