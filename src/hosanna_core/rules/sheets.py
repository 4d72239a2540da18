"""Tables for other people's spreadsheets: CSV after RFC 4180, in which nothing is taken for a formula."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

BOM: Final = b"\xef\xbb\xbf"
"""Without it, a well-known spreadsheet takes UTF-8 for something else."""
Cell = str | int | float | None
_FORMULA: Final = re.compile(
    r"[\t\r\n]|[\s\x00-\x1f\u200b-\u200f\u2060\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]"
)
"""How a cell begins that spreadsheets calculate; in East Asia also with the signs in full width.

What cannot be seen before a sign is passed over by some of them, as blanks are where somebody types. One that begins
with a tab or the end of a line is led to the next cell by others, whatever follows.
"""


def neutral(text: str) -> str:
    r"""Text that no spreadsheet takes for a formula: a title may come from whoever called.

    >>> neutral('=HYPERLINK("https://evil.example/")'), neutral("Panel"), neutral("+1 512 555 0100")
    ('\'=HYPERLINK("https://evil.example/")', 'Panel', "'+1 512 555 0100")
    >>> neutral("  =1+1"), neutral("a = 1")
    ("'  =1+1", 'a = 1')
    """
    return f"'{text}" if _FORMULA.match(text) else text


def lines(rows: Iterable[Sequence[Cell]]) -> bytes:
    r"""Rows as CSV. Numbers stay as they are; nothing is an empty cell.

    >>> lines([["title", "n"], ["-1+1", -1], [None, 2.5]])
    b"title,n\r\n'-1+1,-1\r\n,2.5\r\n"
    """
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    for row in rows:
        writer.writerow([neutral(cell) if isinstance(cell, str) else cell for cell in row])
    return written.getvalue().encode()
