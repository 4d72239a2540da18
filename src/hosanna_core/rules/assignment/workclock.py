"""A clock that stands still in the breaks: read by it, several shifts are one."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.model.planning import Slot, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hosanna_core.model.planning import Member

ALWAYS: Final = (Slot(-(10**15), 10**15),)
"""The slots of what may begin at any time."""


class WorkClock(msgspec.Struct, frozen=True):
    """A member's working time. It reads like the clock on the wall in the first span, and each break puts it behind.

    >>> clock = WorkClock((Span(8, 12), Span(13, 17)))
    >>> clock.reading(13), clock.reading(14), clock.instant(13), clock.instant(12), clock.instant(12, late=True)
    (12, 13, 14, 12, 13)
    """

    spans: tuple[Span, ...]

    @property
    def opens(self) -> int:
        """The reading when work may begin."""
        return self.spans[0].start

    @property
    def closes(self) -> int:
        """The reading when work must be over."""
        return self.reading(self.spans[-1].end)

    def reading(self, at: int) -> int:
        """What the clock reads at an instant; in a break, what it reads all through it."""
        behind = 0
        for before, after in pairwise(self.spans):
            if at <= before.end:
                break
            behind += min(at, after.start) - before.end
        return at - behind

    def instant(self, reading: int, *, late: bool = False) -> int:
        """When it reads so: where a break lies there its beginning, or its end if *late*."""
        behind = 0
        for before, after in pairwise(self.spans):
            end = before.end - behind
            if reading < end or (reading == end and not late):
                break
            behind += after.start - before.end
        return reading + behind

    def beginnings(self, slots: Sequence[Slot], duration: int) -> tuple[tuple[int, int, int], ...]:
        """When a service may begin so that it lies wholly inside one span: (first, last, what the clock is behind).

        One that takes no time begins before the span ends: so no two spans share a reading to begin at.

        >>> WorkClock((Span(8, 12), Span(13, 17))).beginnings((Slot(11, 20),), 1)
        ((11, 11, 0), (12, 15, 1))
        """
        found = []
        behind = 0
        for number, span in enumerate(self.spans):
            if number:
                behind += span.start - self.spans[number - 1].end
            for slot in slots or ALWAYS:
                first, last = max(slot.first, span.start), min(slot.last, span.end - max(duration, 1))
                if first <= last:
                    found.append((first - behind, last - behind, behind))
        return tuple(sorted(found))


def clock_of(member: Member) -> WorkClock | None:
    """The clock of a member's shifts and booked visits, those that touch joined; None for who has neither."""
    booked = (Span(visit.start, visit.start + visit.duration) for visit in member.booked)
    spans = _joined([*(span for span in member.shifts if span.start < span.end), *booked])
    return WorkClock(spans) if spans else None


def _joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return tuple(joined)
