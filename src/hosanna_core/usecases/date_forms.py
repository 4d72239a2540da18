"""Dates in what people ask for."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_FIRST, _LAST = date(1970, 1, 2), date(9998, 12, 30)
REACH: Final = f"from {_FIRST} to {_LAST}"
"""The days that are whole in every time zone, in words."""


def is_date(text: str) -> bool:
    """Whether it is written as a date, on whatever day.

    >>> is_date("2026-02-30"), is_date("2026-03-01T00:00:00Z")
    (True, False)
    """
    return _DATE.fullmatch(text) is not None


def day_of(text: str) -> date | None:
    """The day of a date; None where the calendar has no such day."""
    try:
        return date.fromisoformat(text) if is_date(text) else None
    except ValueError:
        return None


def in_reach(day: date) -> bool:
    """Whether it is one of the days of `REACH`."""
    return _FIRST <= day <= _LAST
