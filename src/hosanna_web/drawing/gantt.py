"""A plan by hours: a row for each technician, with travel, waiting, visits, breaks and what customers were promised."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from hosanna_web.drawing.svg import INK, LATE, PALE, Markup, box, line, picture, said, tag, words
from hosanna_web.drawing.wording import clock, headline, lasting, look_of, moment, short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hosanna_core.usecases.plan_showing import PlanDocument, RouteDocument, StopDocument

LEFT, RIGHT, TOP = 200, 24, 92
ROW, BAR = 46, 20
"""The height of a row, and of a visit in it; above it is what was promised."""
WIDTH: Final = 1280
HOUR: Final = 3600
_FOOT: Final = 92
_BREAK, _ROAD = "#e3e3e3", "#8a8a8a"


def gantt(plan: PlanDocument) -> str:
    """The Gantt picture of a plan."""
    title, told = headline(plan)
    height = TOP + ROW * max(len(plan.routes), 1) + _FOOT
    return picture(WIDTH, height, f"Hours. {title}", told, _Gantt(plan).parts(title, told))


class _Gantt:
    def __init__(self, plan: PlanDocument) -> None:
        self._plan = plan
        self._positions = {each.id: number for number, each in enumerate(plan.crew)}
        begins = [moment(route.leaving) for route in plan.routes]
        ends = [moment(route.back) for route in plan.routes]
        begins += [moment(route.stops[0].start) for route in plan.routes]
        start, end = min(begins, default=moment(plan.start)), max(ends, default=moment(plan.end))
        self._start = start - start % HOUR
        self._end = max(end + -end % HOUR, self._start + HOUR)
        self._bottom = TOP + ROW * max(len(plan.routes), 1)

    def _x(self, at: float) -> float:
        share = (at - self._start) / (self._end - self._start)
        return LEFT + min(max(share, 0.0), 1.0) * (WIDTH - LEFT - RIGHT)

    def parts(self, title: str, told: str) -> Iterator[str]:
        yield words(24, 30, title, size=20, font_weight="600")
        yield words(24, 50, told, size=13, fill=PALE)
        yield from self._hours()
        for number, route in enumerate(self._plan.routes):
            yield from self._row(TOP + ROW * number, route)
        if not self._plan.routes:
            yield words(LEFT + 12, TOP + ROW / 2, "Nobody has anything to do.", size=14)
        yield from self._legend(self._bottom + 30)

    def _hours(self) -> Iterator[Markup]:
        hours = int((self._end - self._start) // HOUR)
        step = 1 if hours <= 18 else 2
        for number in range(0, hours + 1, step):
            at = self._start + number * HOUR
            x = self._x(at)
            yield line(x, TOP - 6, x, self._bottom, stroke="#d8d8d8")
            yield words(x, TOP - 12, clock(at, self._plan.timezone), size=11, text_anchor="middle", fill=PALE)

    def _row(self, y: float, route: RouteDocument) -> Iterator[Markup]:
        look = look_of(self._positions[route.technician_id])
        name = short(self._plan.crew[self._positions[route.technician_id]].full_name)
        yield line(24, y + ROW, WIDTH - RIGHT, y + ROW, stroke="#d8d8d8")
        yield box(24, y + 14, 5, BAR + 4, fill=look.colour)
        yield words(36, y + 24, name, size=13)
        told = f"{len(route.stops)} visits, {lasting(route.travel_seconds)} on the road"
        yield words(36, y + 38, told, size=10, fill=PALE)
        bar = y + 18
        yield from self._breaks(bar, route)
        yield from self._roads(bar, route)
        for number, stop in enumerate(route.stops):
            yield from self._promise(y + (6 if number % 2 else 11), stop)
            yield from self._visit(bar, stop, look.colour, look.on_it)

    def _breaks(self, y: float, route: RouteDocument) -> Iterator[Markup]:
        """The time between two shifts, and what lies before the first and behind the last."""
        for before, after in pairwise(route.shifts):
            x, end = self._x(moment(before.end)), self._x(moment(after.start))
            if end > x:
                told = said(f"Break until {clock(moment(after.start), self._plan.timezone)}")
                yield box(x, y - 2, end - x, BAR + 4, told, fill=_BREAK)
                yield tag(
                    "path", d=f"M{x:.1f} {y + BAR + 2}L{end:.1f} {y - 2}", stroke="#b5b5b5", stroke_width=1
                )

    def _roads(self, y: float, route: RouteDocument) -> Iterator[Markup]:
        middle = y + BAR / 2
        free = moment(route.leaving)
        for stop in route.stops:
            arrival, start = moment(stop.arrival), moment(stop.start)
            for begin, end in _without_breaks(free, arrival, route):
                told = said(f"On the road, {lasting(stop.travel_seconds)}")
                yield box(self._x(begin), middle - 2.5, self._x(end) - self._x(begin), 5, told, fill=_ROAD)
            for begin, end in _without_breaks(max(arrival, free), start, route):
                yield self._waiting(middle, begin, end)
            free = max(free, moment(stop.end))
        for begin, end in _without_breaks(free, moment(route.back), route):
            told = said("On the road back")
            yield box(self._x(begin), middle - 2.5, self._x(end) - self._x(begin), 5, told, fill=_ROAD)

    def _waiting(self, y: float, begin: float, end: float) -> Markup:
        return line(self._x(begin), y, self._x(end), y, stroke=INK, stroke_width=1.2, stroke_dasharray="2 3")

    def _promise(self, y: float, stop: StopDocument) -> Iterator[Markup]:
        """A bracket over the time that was promised."""
        if stop.promised is None:
            return
        x, end = self._x(moment(stop.promised.start)), self._x(moment(stop.promised.end))
        colour = LATE if stop.minutes_late else INK
        zone = self._plan.timezone
        times = " to ".join(clock(moment(at), zone) for at in (stop.promised.start, stop.promised.end))
        yield tag(
            "path",
            said(f"{stop.number} was promised for {times}"),
            d=f"M{x:.1f} {y + 4}v-4H{end:.1f}v4",
            stroke=colour,
            stroke_width=1.2,
            fill="none",
        )

    def _visit(self, y: float, stop: StopDocument, colour: str, on_it: str) -> Iterator[Markup]:
        begin, end = moment(stop.start), moment(stop.end)
        x, wide = self._x(begin), max(self._x(end) - self._x(begin), 1.0)
        zone = self._plan.timezone
        marks = [
            "in the calendar already" if stop.booked else "",
            "pinned" if stop.pinned else "",
            f"{stop.minutes_late} min late" if stop.minutes_late else "",
        ]
        told = ", ".join(
            filter(
                None, [f"{stop.number}, {stop.street}, {clock(begin, zone)} to {clock(end, zone)}", *marks]
            )
        )
        late = stop.minutes_late > 0
        yield box(
            x,
            y,
            wide,
            BAR,
            said(told),
            rx=2,
            fill="#ffffff" if stop.booked else colour,
            stroke=LATE if late else colour if stop.booked else "#ffffff",
            stroke_width=2 if late or stop.booked else 0.8,
        )
        label = _fitting(stop.number, wide)
        ink = INK if stop.booked else on_it
        if label:
            yield words(x + wide / 2, y + 13.5, label, size=10, text_anchor="middle", fill=ink)
        if stop.pinned:
            yield tag("path", said("Pinned"), d=f"M{x + 1:.1f} {y - 1}h8l-4 6z", fill=INK)
        if late:
            yield words(
                x + wide / 2, y + BAR + 7, f"+{stop.minutes_late}", size=8, text_anchor="middle", fill=LATE
            )

    def _legend(self, y: float) -> Iterator[Markup]:
        x = 24.0
        marks = (
            (box(0, -11, 26, 14, rx=2, fill="#332288"), "visit"),
            (
                box(0, -11, 26, 14, rx=2, fill="#ffffff", stroke="#332288", stroke_width=2),
                "in the calendar already",
            ),
            (box(0, -7, 26, 5, fill=_ROAD), "on the road"),
            (line(0, -4, 26, -4, stroke_width=1.2, stroke_dasharray="2 3"), "waiting"),
            (box(0, -11, 26, 14, fill=_BREAK), "break"),
            (tag("path", d="M0 -4v-4h26v4", stroke=INK, stroke_width=1.2, fill="none"), "promised for"),
            (tag("path", d="M8 -10h10l-5 8z", fill=INK), "pinned"),
            (
                box(1, -11, 24, 14, rx=2, fill="#ffffff", stroke=LATE, stroke_width=2),
                "late, by so many minutes",
            ),
        )
        for mark, told in marks:
            yield tag("g", mark, words(34, 0, told, size=11), transform=f"translate({x:.0f} {y})")
            x += 34 + 6.4 * len(told) + 22
        yield words(24, y + 30, f"Times are those of {self._plan.timezone}.", size=11, fill=PALE)


def _without_breaks(begin: float, end: float, route: RouteDocument) -> Iterator[tuple[float, float]]:
    """A stretch of time without the breaks in it."""
    for before, after in pairwise(route.shifts):
        off, on = moment(before.end), moment(after.start)
        if begin < off < end:
            yield begin, off
        if begin < on and off < end:
            begin = max(begin, min(on, end))
    if begin < end:
        yield begin, end


def _fitting(number: str | None, wide: float) -> str:
    """As much of a job's number as there is room for."""
    number = number or "?"
    brief = number.removeprefix("J-").lstrip("0") or number
    for label in (number, brief):
        if 6.2 * len(label) + 4 <= wide:
            return label
    return ""
