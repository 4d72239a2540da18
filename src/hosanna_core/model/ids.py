"""Identifiers and instants. All are plain strings and integers, so that every store keeps them as they are."""

from __future__ import annotations

import re
from typing import Final

Id = str
"""A UUIDv7 in its canonical lower-case form: sorted by text is sorted by the time of minting."""
JobId = str
UserId = str
Millis = int
"""An instant: whole milliseconds since 1970-01-01T00:00:00Z (BSON keeps no finer)."""
Version = int
"""1 for what was just created, one more with each change."""

EARLIEST: Final[Millis] = 0
LATEST: Final[Millis] = 253_402_300_799_999
"""9999-12-31T23:59:59.999Z, the last instant of the calendar."""
FAR_FUTURE: Final[Millis] = LATEST + 1
"""The sort key of a job without a window: later than every instant, never null."""
MINUTE: Final[Millis] = 60_000
HOUR: Final[Millis] = 60 * MINUTE
DAY: Final[Millis] = 24 * HOUR

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def is_id(text: str) -> bool:
    """Whether *text* has the form of an id.

    >>> is_id("01890a5d-ac96-774b-bcce-b302099a8057"), is_id("J-000123")
    (True, False)
    """
    return _ID.fullmatch(text) is not None
