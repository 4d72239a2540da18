"""The control map claims nothing that no test shows."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2]
PAGE = (HOUSE / "docs" / "reference" / "controls.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`((?:tests|src)/[\w/]+\.py)::([\w:]+)`", PAGE)))
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and "asked, in short" not in line]


@cache
def names_in(path: Path) -> frozenset[str]:
    """The names of a module's tests, those of a class behind its name; not what it inherits."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [(f"{node.name}::", node.body) for node in tree.body if isinstance(node, ast.ClassDef)]
    return frozenset(
        prefix + node.name
        for prefix, body in (("", tree.body), *found)
        for node in body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_every_test_that_is_named_is_there(path: str, name: str) -> None:
    assert name in names_in(HOUSE / path), (
        "renamed or moved? Name it in docs/reference/controls.md as it is now"
    )


def test_every_row_names_a_test() -> None:
    assert len(ROWS) > 100
    assert [row for row in ROWS if not re.search(r"`(?:tests|src)/[\w/]+\.py::\w+", row)] == []
