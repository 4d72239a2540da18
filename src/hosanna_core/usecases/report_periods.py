"""The time that a report looks at, and the people in it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from hosanna_core.errors import Flaw, Invalid
from hosanna_core.model.ids import DAY, EARLIEST, HOUR, LATEST
from hosanna_core.model.schedule import Window
from hosanna_core.rules.assignment.dayplan.day import day_of
from hosanna_core.rules.assignment.hours import local_day
from hosanna_core.usecases.page_by_page import users_by_page

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hosanna_core.model.ids import Millis, UserId
    from hosanna_core.model.people import User
    from hosanna_core.model.query import UserFilter
    from hosanna_core.ports import Ports
    from hosanna_core.usecases.report_forms import PeriodQuery


def period_of(ports: Ports, asked: PeriodQuery, usual: int, longest: int) -> Window:
    """What is asked for.

    Where one end is left out it is *usual* days from the other; where both are, the time is those days up to today.
    Raises Invalid for a time that is empty, or longer than *longest* days.
    """
    timezone = ports.store.firms.get().company.timezone
    start, end = (_instant(each, timezone) for each in (asked.since, asked.until))
    if end is None:
        today = local_day(ports.outside.now(), timezone)
        end = day_of(today, timezone).end if start is None else min(start + usual * DAY, LATEST)
    if start is None:
        start = max(end - usual * DAY, EARLIEST)
    # An hour more: in autumn a day has one.
    if not start < end <= start + longest * DAY + HOUR:
        raise Invalid((Flaw("/to", f"must be later than from, by at most {longest} days"),))
    return Window(start, end)


def _instant(moment: Millis | date | None, timezone: str) -> Millis | None:
    return day_of(moment, timezone).start if isinstance(moment, date) else moment


def active_and(ports: Ports, wanted: UserFilter, others: set[UserId]) -> Iterator[Sequence[User]]:
    """The wanted users, who are many, a page at a time, and then those of *others* that are not among them."""
    left = set(others)
    for page in users_by_page(ports, wanted):
        left.difference_update(user.id for user in page)
        yield page
    found = ports.store.users.get_many(tuple(left)) if left else {}
    yield [found[user_id] for user_id in sorted(found)]
