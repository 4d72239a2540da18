"""What the how-to about planning says to type, typed against a real server with real permits, or some like them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from tests.web.test_first_day import BLOCK, HOUSE, PASSWORD, served

PAGE = HOUSE / "docs" / "how-to" / "plan-a-day.md"
REAL = HOUSE.parent / "shared" / "data" / "austin_electrical_permits_2014.csv"
HEAD = "permit_number,sub_type,work_type,permit_location,date_issued,work_description,status,contractor,lat,lng\n"
ROW = '2014-{n:06d} EP,R- 435 Renovations,Remodel,{n} NAVAJO PATH,01/{day:02d}/2014,"Kitchen",Final,B,30.{lat},-97.7\n'


@pytest.mark.deep
def test_the_how_to_plans_a_real_day_as_it_is_written(tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("this machine has no curl")
    permits = REAL
    if not REAL.is_file():
        permits = tmp_path / "permits.csv"
        rows = [ROW.format(n=n, day=1 + (n % 5 == 0), lat=20 + n) for n in range(30)]
        permits.write_text(HEAD + "".join(rows), encoding="utf-8")
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
            env={**os.environ, "HOSANNA_DATA": str(tmp_path / "data"), "COLUMNS": "160"},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout
    assert "Plan for 2035-03-05 (America/Chicago)" in said
    assert "does not hold: high voltage." in said
    assert "pinned: ['1 Main St']" in said
    assert said.split()[-3:] == ["PARTLY_APPLIED", "APPLIED", "ASSIGNED"]
    for name in ("map", "hours"):
        assert ET.parse(tmp_path / "pictures" / f"plan-2035-03-05-{name}.svg").getroot().get("role") == "img"
