"""RFC 3339 on the way in and out; inside, an instant is whole milliseconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from hosanna_core.model.ids import EARLIEST, LATEST, Millis

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_FORM = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt]([01]\d:\d{2}:\d{2}|2[0-3]:\d{2}:\d{2})(?:\.(\d+))?([Zz]|[+-]\d{2}:[0-5]\d)",
    re.ASCII,
)


def to_millis(text: str) -> Millis:
    """Read an RFC 3339 time with an offset; finer than a millisecond is cut off.

    Raises ValueError, with words for the person who sent it, if *text* is not one or lies outside 1970 to 9999.

    >>> to_millis("2026-03-01T09:30:00+01:00")
    1772353800000
    """
    parts = _FORM.fullmatch(text)
    if parts is None:
        raise ValueError("must be an RFC 3339 time with an offset, such as 2026-03-01T09:30:00Z")
    day, clock, fraction, offset = parts.groups()
    micros = ((fraction or "") + "000000")[:6]
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}.{micros}{'+00:00' if offset in 'Zz' else offset}")
        millis = (moment - _EPOCH) // _MILLISECOND
    except (ValueError, OverflowError):
        raise ValueError("must be a day and time that exist in the calendar") from None
    if not EARLIEST <= millis <= LATEST:
        raise ValueError("must lie between 1970-01-01T00:00:00Z and 9999-12-31T23:59:59Z")
    return millis


def to_text(millis: Millis) -> str:
    """Write an instant as RFC 3339 in UTC with 'Z'; the fraction only where there is one.

    >>> to_text(1772353800000), to_text(1772353800250)
    ('2026-03-01T08:30:00Z', '2026-03-01T08:30:00.250Z')
    """
    seconds, rest = divmod(millis, 1000)
    text = (_EPOCH + timedelta(seconds=seconds)).isoformat()[:19]
    return f"{text}.{rest:03d}Z" if rest else f"{text}Z"


def text_or_none(millis: Millis | None) -> str | None:
    """The same of an instant that may not be there."""
    return None if millis is None else to_text(millis)
