"""The operational report in pictures: what there is, what moves, how long it takes, and who has how much of it."""

from __future__ import annotations

import math
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from hosanna_web.drawing.svg import INK, LATE, PALE, Markup, box, line, picture, said, words
from hosanna_web.drawing.wording import COLOURS, lasting, short

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hosanna_core.model.operations import OperationsDocument

WIDTH: Final = 960
LEFT, RIGHT, TOP = 176, 140, 84
_ROW, _BAR, _FOOT = 32, 18, 56
_TALL: Final = 260
_MOST_ROWS: Final = 60
"""People who are drawn: of a larger crew those who are used most."""
_GRID: Final = "#d8d8d8"
_AGES: Final = ("#88ccee", "#44aa99", "#117733", "#332288", "#882255")
AGES: Final = ("under_1_day", "under_7_days", "under_30_days", "under_90_days", "older")
STEPS: Final = ("created", "confirmed", "completed", "billed", "cancelled")


class Bar(NamedTuple):
    """A row: its name, its parts from the left with what is said of each, and what stands behind it."""

    name: str
    parts: Sequence[tuple[float, str, str]]
    told: str


def pictures(report: OperationsDocument) -> Mapping[str, str]:
    """Every picture, by the name of its file."""
    return {
        "jobs": jobs(report),
        "throughput": throughput(report),
        "stages": stages(report),
        "technicians": technicians(report),
    }


def jobs(report: OperationsDocument) -> str:
    """How many jobs have which status now, the old ones in darker colours."""
    names = [age.replace("_", " ") for age in AGES]
    bars = [
        Bar(
            status.status,
            [
                (count, _AGES[n], f"{status.status}, {names[n]}: {count:,}")
                for n, count in enumerate(getattr(status, age) for age in AGES)
            ],
            f"{status.count:,}",
        )
        for status in report.jobs.statuses
    ]
    told = f"{report.jobs.total:,} at {report.at}, by status and by the time since they were created"
    return _bars("Jobs now", told, bars, list(zip(names, _AGES, strict=True)))


def stages(report: OperationsDocument) -> str:
    """How long jobs had each status: the median, and behind it the ninetieth percentile."""
    bars = []
    for stage in report.stages:
        median, p90 = stage.median_minutes or 0.0, stage.p90_minutes or 0.0
        long = f"median {lasting(60 * median)}, 90 % within {lasting(60 * p90)}"
        parts = [(median, COLOURS[0], long), (p90 - median, COLOURS[1], long)]
        bars.append(
            Bar(stage.status, parts, f"{lasting(60 * median)}, {lasting(60 * p90)}" if stage.count else "")
        )
    told = f"Of those that were left {_between(report)}: the length that half, and that 90 %, did not exceed"
    return _bars("Time in each stage", told, bars, [("median", COLOURS[0]), ("90th percentile", COLOURS[1])])


def technicians(report: OperationsDocument) -> str:
    """Hours of work over the hours of the calendar."""
    busiest = sorted(report.technicians, key=lambda each: -each.worked_hours)[:_MOST_ROWS]
    chosen = {each.technician_id for each in busiest}
    bars = []
    for each in (each for each in report.technicians if each.technician_id in chosen):
        have = each.worked_hours if each.available_hours is None else each.available_hours
        worked, free = min(each.worked_hours, have), max(have - each.worked_hours, 0.0)
        parts = [
            (worked, COLOURS[2], f"{each.worked_hours:,} h worked"),
            (each.worked_hours - worked, LATE, "beyond the calendar"),
            (free, _GRID, f"of {have:,} h by the calendar"),
        ]
        used = "" if each.utilisation is None else f", {each.utilisation:.0%}"
        bars.append(Bar(short(each.full_name), parts, f"{each.worked_hours:,.1f} h{used}"))
    legend = [("worked", COLOURS[2]), ("beyond the calendar", LATE), ("free", _GRID)]
    return _bars("Utilisation", f"Hours of work {_between(report)}, over those of the calendar", bars, legend)


def throughput(report: OperationsDocument) -> str:
    """How many jobs took each step on each day, as lines."""
    title, told = "Throughput", f"Steps a day, {_between(report)}"
    legend = [(step, COLOURS[n]) for n, step in enumerate(STEPS)]
    body = [*_head(title, told), *_lines(report), *_legend(TOP + _TALL + 44, legend)]
    return picture(WIDTH, TOP + _TALL + _FOOT + 12, title, told, body)


def _lines(report: OperationsDocument) -> Iterator[Markup]:
    days = report.throughput.days
    most = max((getattr(day, step) for day in days for step in STEPS), default=0)
    # Jobs are counted whole, so each line of the grid stands at a whole number.
    scale, wide = max(math.ceil(most / 4), 1) * 4, (WIDTH - LEFT - RIGHT) / max(len(days), 1)
    for quarter in range(5):
        y = TOP + _TALL * (1 - quarter / 4)
        yield line(LEFT, y, WIDTH - RIGHT, y, stroke=_GRID)
        yield words(LEFT - 8, y + 4, f"{scale // 4 * quarter:,}", fill=PALE, text_anchor="end")
    every = max(len(days) // 8, 1)
    for number, day in enumerate(days):
        middle = LEFT + wide * (number + 0.5)
        if number % every == 0:
            yield words(middle, TOP + _TALL + 18, day.date, size=10, fill=PALE, text_anchor="middle")
        told = said(f"{day.date}: " + ", ".join(f"{step} {getattr(day, step):,}" for step in STEPS))
        yield box(LEFT + wide * number, TOP, wide, _TALL, told, fill="#ffffff", fill_opacity="0")
    for n, step in enumerate(STEPS):
        points = [
            (LEFT + wide * (number + 0.5), TOP + _TALL * (1 - getattr(day, step) / scale))
            for number, day in enumerate(days)
        ]
        for (x1, y1), (x2, y2) in pairwise(points):
            yield line(x1, y1, x2, y2, stroke=COLOURS[n], stroke_width=1.8)
        if len(points) == 1:
            yield box(points[0][0] - 3, points[0][1] - 3, 6, 6, fill=COLOURS[n])


def _bars(title: str, told: str, bars: Sequence[Bar], legend: Sequence[tuple[str, str]]) -> str:
    height = TOP + _ROW * max(len(bars), 1) + _FOOT
    most = max((sum(size for size, _, _ in bar.parts) for bar in bars), default=0.0) or 1.0
    body = [*_head(title, told)]
    for number, bar in enumerate(bars):
        body += _row(TOP + _ROW * number, bar, (WIDTH - LEFT - RIGHT) / most)
    if not bars:
        body.append(words(LEFT, TOP + 20, "There is nothing to show.", size=14))
    body += _legend(height - 24, legend)
    return picture(WIDTH, height, title, told, body)


def _row(y: float, bar: Bar, scale: float) -> Iterator[Markup]:
    yield words(LEFT - 10, y + 14, bar.name, size=12, text_anchor="end")
    ends = list(accumulate(size * scale for size, _, _ in bar.parts))
    for (size, colour, told), end in zip(bar.parts, ends, strict=True):
        if size > 0:
            yield box(LEFT + end - size * scale, y, size * scale, _BAR, said(told), fill=colour)
    yield words(LEFT + (ends[-1] if ends else 0) + 8, y + 14, bar.told, fill=INK)


def _head(title: str, told: str) -> Iterator[Markup]:
    yield words(24, 32, title, size=20, font_weight="600")
    yield words(24, 54, told, size=13, fill=PALE)


def _legend(y: float, legend: Sequence[tuple[str, str]]) -> Iterator[Markup]:
    for number, (name, colour) in enumerate(legend):
        x = LEFT + 150 * number
        yield box(x, y - 10, 12, 12, fill=colour)
        yield words(x + 18, y, name, fill=PALE)


def _between(report: OperationsDocument) -> str:
    return f"from {report.since} to {report.until}"
