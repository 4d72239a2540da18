"""Tables for spreadsheets: nothing becomes a formula, and nothing is lost."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hosanna_core.rules.sheets import lines


@pytest.mark.parametrize(
    "start",
    [
        "=",
        "+",
        "-",
        "@",
        "\t",
        "\r",
        "\n",
        "\uff1d",
        "\uff0b",
        "\uff0d",
        "\uff20",
        "  =",
        "\xa0@",
        "\u3000+",
        "\ufeff-",
        " \t\u200b=",
    ],
)
def test_no_text_of_a_sheet_becomes_a_formula(start):
    _, row = csv.reader(io.StringIO(lines([["name"], [f"{start}cmd|' /C calc'!A0"]]).decode(), newline=""))
    assert row == [f"'{start}cmd|' /C calc'!A0"]


@given(
    cells=st.lists(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00")), min_size=1)
)
def test_every_text_comes_back_from_a_sheet(cells):
    _, row = csv.reader(io.StringIO(lines([["x"] * len(cells), cells]).decode(), newline=""))
    assert [
        each.removeprefix("'") if each[1:] == cell else each for each, cell in zip(row, cells, strict=True)
    ] == cells
