"""How a route says that it will go: since when it is discouraged, when it ends, and what takes its place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hosanna_web.replies import Header


@dataclass(frozen=True, slots=True, kw_only=True)
class Deprecation:
    """What every answer of a route that will go carries, refusals too; days begin at midnight UTC."""

    since: date
    """From this day on nobody should begin to use it."""
    sunset: date | None = None
    """From this day on it may be gone; None: nobody has decided that yet."""
    instead: str | None = None
    """The path of what takes its place."""

    def __post_init__(self) -> None:
        if self.sunset is not None and self.sunset < self.since:
            raise ValueError("a route does not end before it is deprecated (RFC 9745, 4)")

    @property
    def headers(self) -> tuple[Header, ...]:
        """`Deprecation` (RFC 9745), `Sunset` (RFC 8594), and a link to the successor.

        >>> Deprecation(since=date(2027, 1, 1)).headers
        ((b'deprecation', b'@1798761600'),)
        """
        found = [(b"deprecation", f"@{int(_midnight(self.since).timestamp())}".encode())]
        if self.sunset is not None:
            found.append((b"sunset", format_datetime(_midnight(self.sunset), usegmt=True).encode()))
        if self.instead is not None:
            found.append((b"link", f'<{self.instead}>; rel="successor-version"'.encode()))
        return tuple(found)

    @property
    def words(self) -> str:
        """The same for a person.

        >>> Deprecation(since=date(2027, 1, 1), sunset=date(2027, 7, 1), instead="/api/v1/new").words
        'Deprecated since 2027-01-01, may be gone from 2027-07-01 on. Use `/api/v1/new`.'
        """
        end = "" if self.sunset is None else f", may be gone from {self.sunset} on"
        instead = "" if self.instead is None else f" Use `{self.instead}`."
        return f"Deprecated since {self.since}{end}.{instead}"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
