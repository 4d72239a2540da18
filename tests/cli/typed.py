"""What a how-to says to type, typed against a real server, with permits of the shape that the page asks for."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.web.test_first_day import BLOCK, HOUSE, PASSWORD, served

HEAD = "permit_number,sub_type,work_type,permit_location,date_issued,work_description,status,contractor,lat,lng\n"
PERMIT = (
    '{number} EP,R- 435 Renovations,Remodel,{street},{day}/2014,"Kitchen",Final,B,{latitude},{longitude}\n'
)


def typed(page: str, folder: Path, permits: str, *, patience: float = 120) -> str:
    """All that the commands of a page answer; they must all succeed, in that folder."""
    if shutil.which("curl") is None:
        pytest.skip("this machine has no curl")
    (folder / "permits.csv").write_text(HEAD + permits, encoding="utf-8")
    script = "\n".join(BLOCK.findall((HOUSE / "docs" / "how-to" / page).read_text(encoding="utf-8")))
    with served(folder / "data") as address:
        for written, here in (
            ("http://127.0.0.1:5000", address),
            ("the password that the server showed", PASSWORD),
            (".venv/bin/hosanna", str(Path(sys.executable).with_name("hosanna"))),
        ):
            assert written in script
            script = script.replace(written, here)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=folder,
            env={**os.environ, "HOSANNA_DATA": str(folder / "data"), "COLUMNS": "160"},
            capture_output=True,
            text=True,
            timeout=patience,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
