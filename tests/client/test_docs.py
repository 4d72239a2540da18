"""What the how-to tells to write is written and run against a real server, and the reference names all there is."""

import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from tests.client.devices import until
from tests.web.firm import Firm

import hosanna_web.client

DOCS = Path(__file__).resolve().parents[2] / "docs"
HOW_TO = DOCS / "how-to" / "keep-a-device-in-step.md"
REFERENCE = (DOCS / "reference" / "python-client.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OPEN_ENDED = {"ClientError", "Shelf"}
"""What has no calls of its own to name."""


def test_the_how_to_works_as_it_is_written(
    firm: Firm, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    mine, other = firm.job("DISPATCHED"), firm.job("ASSIGNED", title="Porch lamp")
    names: dict[str, Any] = {}
    for number, block in enumerate(BLOCK.findall(HOW_TO.read_text(encoding="utf-8"))):
        if "follower.stop()" in block:
            firm.move(other, "dispatch")
            until(lambda: other in names["copy"].jobs)
            firm.move(other, "recall")
            until(lambda: other not in names["copy"].jobs)
        code = block.replace("127.0.0.1:5000", f"127.0.0.1:{port}")
        exec(compile(code, f"block {number}", "exec"), names)
    said = capsys.readouterr().out.splitlines()
    assert said[:2] == ["Tess", "1 jobs were fetched"]
    for line in (
        "J-000001 DISPATCHED Replace main panel",
        "New for you: Porch lamp",
        f"No longer yours: {other}",
        "1 jobs",
    ):
        assert line in said, said
    assert not [line for line in said if line.startswith("Refused")]
    assert firm.read(mine).json["status"] == "COMPLETED"


def members(kind: type) -> set[str]:
    return {name for name in vars(kind) if not name.startswith("_")}


@pytest.mark.parametrize("name", sorted(hosanna_web.client.__all__))
def test_the_reference_names_every_class_and_every_call(name: str) -> None:
    kind = getattr(hosanna_web.client, name)
    assert f"`{name}" in REFERENCE
    if name not in OPEN_ENDED:
        missing = {member for member in members(kind) if not re.search(rf"\b{member}\b", REFERENCE)}
        assert missing <= {"url", "listen", "said", "demand"}, missing


@pytest.mark.parametrize("name", ["Session", "Follower"])
def test_the_reference_shows_the_arguments_and_what_they_are_if_left_out(name: str) -> None:
    parameters = inspect.signature(getattr(hosanna_web.client, name)).parameters.values()
    for each in parameters:
        shown = each.name if each.default is inspect.Parameter.empty else f"{each.name}={each.default!r}"
        assert shown.replace("'", '"') in REFERENCE, shown
