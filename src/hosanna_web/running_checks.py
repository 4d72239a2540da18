"""What the variables of those who run a server may say."""

from __future__ import annotations

import re
from typing import Final

DAILY: Final = 0
"""A file that is put away when a day is over."""
LEAST: Final = 1_000_000
_SIZE: Final = re.compile(r"(\d{1,6})(mb|gb)", re.ASCII)
_UNITS: Final = {"mb": 1_000_000, "gb": 1_000_000_000}


def rotation(given: object) -> object:
    """`daily`, or a size in bytes.

    >>> rotation("daily"), rotation("100MB")
    (0, 100000000)
    """
    if not isinstance(given, str):
        return given
    text = given.strip().lower()
    if text == "daily":
        return DAILY
    said = _SIZE.fullmatch(text)
    size = int(said[1]) * _UNITS[said[2]] if said else 0
    if size < LEAST:
        raise ValueError("must be daily, or a size such as 100MB or 1GB")
    return size


def rotation_shown(most: int) -> str:
    """As the variable says it.

    >>> rotation_shown(0), rotation_shown(100_000_000)
    ('daily', '100MB')
    """
    return "daily" if most == DAILY else f"{most // _UNITS['mb']}MB"
