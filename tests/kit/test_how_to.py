"""The how-to is run as a stranger would run it: its code, copied into files of their own."""

import re
from pathlib import Path

import pytest

from hosanna_core.testing import contracts

pytest_plugins = ["pytester"]

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "test-your-own-adapter.md"
BLOCK = re.compile(r"^```python( conftest)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ALONE = ("-p", "no:randomly", "-p", "no:xdist", "-p", "no:cacheprovider", "-q")


def test_the_page_names_every_suite() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [suite for suite in contracts.__all__ if suite not in page] == []


@pytest.mark.deep
def test_a_strangers_adapters_and_lifecycle_pass_as_the_page_shows_them(pytester: pytest.Pytester) -> None:
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    pytester.makeconftest("\n".join(code for mark, code in blocks if mark))
    pytester.makepyfile(test_ours="\n\n".join(code for mark, code in blocks if not mark))
    outcomes = pytester.runpytest_inprocess(*ALONE).parseoutcomes()
    assert outcomes.get("passed", 0) > 150
    assert set(outcomes) <= {"passed", "skipped"}
