"""The page on what breaks names the tests that show it, and every such test is on it."""

import re
from pathlib import Path

HOUSE = Path(__file__).parents[2]


def test_every_row_names_a_test_that_is_there_and_no_test_is_left_out() -> None:
    page = (HOUSE / "docs" / "explanation" / "when-something-breaks.md").read_text(encoding="utf-8")
    rows = page.partition("## What breaks")[2].partition("## ")[0].split("\n|")[3:]
    named = [re.findall(r"`(test_\w+\.py)`", row) for row in rows]
    assert all(named)
    there = {each.name for each in (HOUSE / "tests" / "broken").glob("test_*.py")}
    assert {name for names in named for name in names} == there
