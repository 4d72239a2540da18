"""What README and tutorial tell a new user to type, typed against a real server."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

HOUSE = Path(__file__).parents[2]
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PASSWORD = "a password for one test"


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """`hosanna serve` on an empty store, on any port that is free."""
    hosanna = Path(sys.executable).with_name("hosanna")
    env = {
        "PATH": os.environ["PATH"], "HOSANNA_DATA": str(folder), "PORT": "0",
        "BOOTSTRAP_ADMIN_EMAIL": "admin@hosanna.localhost", "BOOTSTRAP_ADMIN_PASSWORD": PASSWORD,
    }  # fmt: skip
    with subprocess.Popen([hosanna, "serve"], env=env, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            found = re.search(r"http://\S+:\d+", server.stdout.readline())
            assert found is not None
            yield found[0]
        finally:
            server.terminate()
            server.wait(timeout=30)
    assert server.returncode == 0


def typed(page: Path, address: str, folder: Path) -> list[dict[str, Any]]:
    """Run what a page says to type; the answers that were JSON objects."""
    blocks = [
        block
        for block in BLOCK.findall(page.read_text(encoding="utf-8"))
        if "curl" in block or "call" in block
    ]
    script = "\n".join(blocks).replace("http://127.0.0.1:5000", address)
    script = script.replace("the password from the terminal", PASSWORD)
    done = subprocess.run(
        ["bash", "-eu", "-c", script], cwd=folder, capture_output=True, text=True, timeout=60, check=True
    )
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


@pytest.mark.deep
@pytest.mark.parametrize("page", ["README.md", "docs/tutorial/first-day.md"])
def test_a_new_user_takes_a_job_from_the_call_to_the_invoice(page: str, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("this machine has no curl")
    with served(tmp_path / "data") as address:
        answers = typed(HOUSE / page, address, tmp_path)
        refused = [answer for answer in answers if "code" in answer]
        assert "permission_denied" in {answer["code"] for answer in refused}
        assert {answer["status"] for answer in refused} <= {403, 404}
        history = answers[-1]["items"]
        steps = [entry["action"] for entry in history if entry["action"] not in ("hold", "resume")]
        assert steps == ["create", "confirm", "assign", "dispatch", "start", "complete", "bill"]
        assert history[-1]["to"] == "BILLED"
