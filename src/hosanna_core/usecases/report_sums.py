"""Asking for the sums of a period, over the jobs that somebody sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from hosanna_core.model.schedule import Window
from hosanna_core.model.tally import WIDTHS, Measure, Sought, slot_of
from hosanna_core.rules.operations import pieces, runs
from hosanna_core.rules.visibility import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hosanna_core.model.tally import Sum
    from hosanna_core.ports import Ports


class Asker(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, of which time. *period* is of whole quarters of an hour."""

    scope: Scope
    hidden: bool
    period: Window
    timezone: str
    """Where the firm is: that decides what a day is."""

    def asked(
        self, ports: Ports, by_day: Sequence[Measure], whole: Sequence[Measure]
    ) -> tuple[Mapping[str, list[Sum]], list[Sum]]:
        """What was counted of some measures on each day, by its date, and of others in all of the period.

        Days of nothing are there, too. Of the whole each sum comes once for each piece of the period.
        """
        days = tuple(runs(self.period, self.timezone))
        daily = [self._sought(by_day, day.width, day.since, day.until, day.every) for day in days]
        found = ports.store.tallies.sums([*daily, *self._pieces(whole)])
        dated: dict[str, list[Sum]] = {date: [] for day in days for date in day.dates}
        for day, sums in zip(days, found, strict=False):
            for each in sums:
                dated[day.dates[each.group]].append(each)
        return dated, [each for sums in found[len(days) :] for each in sums]

    def _pieces(self, measures: Sequence[Measure]) -> Iterator[Sought]:
        """Measures that are kept at the same widths are asked for together."""
        since, until = slot_of(self.period.start), slot_of(self.period.end)
        alike: dict[tuple[int, ...], list[Measure]] = {}
        for measure in measures:
            alike.setdefault(WIDTHS[measure], []).append(measure)
        for widths, together in alike.items():
            for piece in pieces(since, until, widths):
                yield self._sought(together, *piece)

    def _sought(
        self, measures: Sequence[Measure], width: int, since: int, until: int, every: int | None = None
    ) -> Sought:
        return Sought(
            measures=tuple(measures), since=since, until=until, hidden=self.hidden, width=width, every=every
        )
