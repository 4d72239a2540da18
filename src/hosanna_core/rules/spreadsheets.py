"""Tables for spreadsheets: CSV (RFC 4180) in which no cell becomes a formula."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What spreadsheets calculate if it is how a cell begins."""


def sheet(header: Sequence[str], rows: Iterable[Sequence[str | float | None]]) -> str:
    r"""A table as CSV. Text that a spreadsheet would calculate is led by an apostrophe; numbers stay numbers.

    >>> sheet(["name", "hours"], [["=1+1", -2.5], ["Lee, Ann", None]])
    'name,hours\r\n\'=1+1,-2.5\r\n"Lee, Ann",\r\n'
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: str | float | None) -> str | float | None:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULAS) else value
