"""The arithmetic of the operational report. Pure: the sums are asked of whoever has counted."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from hosanna_core.model.ids import DAY, MINUTE
from hosanna_core.model.schedule import Window
from hosanna_core.model.tally import QUARTER
from hosanna_core.rules.assignment.hours import days_of, joined
from hosanna_core.rules.tallies import length_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from hosanna_core.model.ids import Millis
    from hosanna_core.model.schedule import Availability
    from hosanna_core.model.tally import Sum

AGES: Final = (DAY, 7 * DAY, 30 * DAY, 90 * DAY)
"""Jobs are told apart by whether they are younger than these."""
MEDIAN: Final = 50
P90: Final = 90
_ALL: Final = 100
_AN_HOUR: Final = 4


class Piece(NamedTuple):
    """A stretch of slots of one width."""

    width: int
    since: int
    until: int


class Run(NamedTuple):
    """Days behind one another, each of *every* slots of *width*, the first of which begins with *since*."""

    dates: tuple[str, ...]
    width: int
    since: int
    every: int

    @property
    def until(self) -> int:
        """Where the last one ends."""
        return self.since + self.every * len(self.dates)


def whole_quarters(period: Window) -> Window:
    """The period, its ends moved outward to whole quarters of an hour.

    >>> whole_quarters(Window(1, 900_001))
    Window(start=0, end=1800000)
    """
    return Window(period.start // QUARTER * QUARTER, -(-period.end // QUARTER) * QUARTER)


def pieces(since: int, until: int, widths: Sequence[int]) -> Iterator[Piece]:
    """The quarters of an hour [since, until) as few stretches: the widest in the midst, narrower ones outside.

    >>> list(pieces(90, 300, (1, 96)))
    [Piece(width=96, since=1, until=3), Piece(width=1, since=90, until=96), Piece(width=1, since=288, until=300)]
    """
    if since >= until:
        return
    *narrower, widest = widths
    first, last = -(-since // widest), until // widest
    if first >= last:
        yield from pieces(since, until, narrower)
        return
    yield Piece(widest, first, last)
    yield from pieces(since, first * widest, narrower)
    yield from pieces(last * widest, until, narrower)


def runs(period: Window, timezone: str) -> Iterator[Run]:
    """The days of a period of whole quarters where the firm is; those of one length together, by hours if they can."""
    dates: list[str] = []
    since = until = every = 0
    for day in days_of(period.start, period.end, timezone):
        start = max(day.start, period.start) // QUARTER
        end = min(day.end, period.end) // QUARTER
        if dates and (start, end - start) == (until, every):
            dates.append(day.date.isoformat())
        else:
            if dates:
                yield _run(dates, since, every)
            dates, since, every = [day.date.isoformat()], start, end - start
        until = end
    if dates:
        yield _run(dates, since, every)


def _run(dates: Sequence[str], since: int, every: int) -> Run:
    width = _AN_HOUR if since % _AN_HOUR == every % _AN_HOUR == 0 else 1
    return Run(tuple(dates), width, since // width, every // width)


def histogram(sums: Iterable[Sum]) -> Mapping[str, Counter[int]]:
    """Of each key how many there are in each bucket."""
    found: dict[str, Counter[int]] = {}
    for each in sums:
        found.setdefault(each.key, Counter())[each.bucket] += each.n
    return found


def quantile(counts: Mapping[int, int], percent: int) -> Millis | None:
    """The length that *percent* of all do not exceed, by nearest rank, off by less than a hundredth; None of none.

    >>> quantile({}, 50), quantile({0: 3, 500: 1}, 50)
    (None, 0)
    """
    rank = -(-sum(counts.values()) * percent // _ALL)
    for bucket in sorted(counts):
        rank -= counts[bucket]
        if rank <= 0:
            return length_in(bucket)
    return None


def minutes(length: Millis | None) -> float | None:
    """To the tenth."""
    return None if length is None else round(length / MINUTE, 1)


def share(part: float, whole: float) -> float | None:
    """To the ten-thousandth; None of nothing."""
    return round(part / whole, 4) if whole else None


def available(
    availability: Availability, usual: Mapping[str, Sequence[tuple[int, int]]], period: Window
) -> Millis | None:
    """How much of *period* somebody works by their calendar, time off taken away.

    Who has set no hours has the firm's *usual* ones; None where there are none, for nobody knows then.
    """
    hours = availability.hours or usual
    if not hours:
        return None
    named = tuple((day, tuple(stretches)) for day, stretches in hours.items())
    shifts = joined(named, period.start, period.end, availability.timezone)
    off = _merged(availability.time_off)
    return sum(_left(_within(shift, period), off) for shift in shifts)


def _within(window: Window, period: Window) -> Window:
    start = min(max(window.start, period.start), period.end)
    return Window(start, max(start, min(window.end, period.end)))


def _left(window: Window, off: Sequence[Window]) -> Millis:
    taken = (_within(each, window) for each in off)
    return window.end - window.start - sum(each.end - each.start for each in taken)


def _merged(windows: Iterable[Window]) -> list[Window]:
    merged: list[Window] = []
    for window in sorted(windows):
        if merged and window.start <= merged[-1].end:
            merged[-1] = Window(merged[-1].start, max(merged[-1].end, window.end))
        else:
            merged.append(window)
    return merged
