"""Asking for the sums of a period, over the jobs that somebody sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from hosanna_core.model.schedule import Window
from hosanna_core.model.tally import WIDTHS, Measure, Sought, slot_of
from hosanna_core.rules.operations import pieces, runs
from hosanna_core.rules.visibility import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hosanna_core.model.tally import Sum
    from hosanna_core.ports import Ports


class Asker(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, of which time. *period* is of whole quarters of an hour."""

    scope: Scope
    hidden: bool
    period: Window
    timezone: str
    """Where the firm is: that decides what a day is."""

    def whole(self, ports: Ports, *measures: Measure) -> list[Sum]:
        """What was counted in all of the period; each sum comes once for each piece of it."""
        since, until = slot_of(self.period.start), slot_of(self.period.end)
        return [
            each
            for piece in pieces(since, until, WIDTHS[measures[0]])
            for each in ports.store.tallies.sums(
                Sought(
                    measures=measures,
                    since=piece.since,
                    until=piece.until,
                    hidden=self.hidden,
                    width=piece.width,
                )
            )
        ]

    def by_day(self, ports: Ports, *measures: Measure) -> Mapping[str, list[Sum]]:
        """What was counted on each day, by its date; days of nothing are there, too."""
        found: dict[str, list[Sum]] = {}
        for run in runs(self.period, self.timezone):
            found.update({date: [] for date in run.dates})
            sought = Sought(
                measures=measures,
                since=run.since,
                until=run.until,
                hidden=self.hidden,
                width=run.width,
                every=run.every,
            )
            for each in ports.store.tallies.sums(sought):
                found[run.dates[each.group]].append(each)
        return found
