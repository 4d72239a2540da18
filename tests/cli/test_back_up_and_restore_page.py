"""The page for whoever loses everything is typed as it stands."""

import re
import subprocess
from pathlib import Path

import pytest
from tests.cli.running import HOSANNA, environment, hosanna

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "back-up-and-restore.md"
TYPED = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.deep
def test_an_operator_with_the_page_alone_loses_everything_and_has_it_again(tmp_path: Path) -> None:
    given = {"HOSANNA_DATA": "hosanna-data"}
    made = hosanna(
        *(tmp_path, "admin", "create", "--email", "ada@example.com", "--name", "Ada", "--password-stdin"),
        given="a long enough password\n",
        **given,
    )
    assert made.returncode == 0, made.stderr
    typed = TYPED.findall(PAGE.read_text(encoding="utf-8"))
    assert len(typed) == 4
    variables = environment(tmp_path, given)
    variables["PATH"] = f"{HOSANNA.parent}:{variables['PATH']}"
    done = subprocess.run(
        ["/bin/sh", "-e"],
        input="\n".join(typed),
        env=variables,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Nobody has meddled with them") == 2
    assert done.stdout.count("is as it was written") == 2
