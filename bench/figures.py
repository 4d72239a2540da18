"""A measured figure beside its yardstick, and the table of all of them."""

from __future__ import annotations

import json
import math
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True)
class Figure:
    """One row. *ratio* is figure to yardstick; *wanted* is what the project set itself, in words."""

    what: str
    figure: float
    unit: str
    yardstick: str
    yardstick_figure: float
    wanted: str

    @property
    def ratio(self) -> float:
        return self.figure / self.yardstick_figure if self.yardstick_figure else float("nan")


def rate(work: Callable[[], object], count: int, rounds: int = 3) -> float:
    """How often a second *work*, which does *count* things, does one: the best of *rounds*."""
    best = 0.0
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        best = max(best, count / (time.perf_counter() - start))
    return best


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which *share* of all lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def show(figures: Sequence[Figure], *, as_json: bool) -> None:
    """A table for people, JSON for programs."""
    if as_json:
        print(json.dumps([_row(figure) for figure in figures], indent=2))
        return
    table = Table(title="Hosanna, measured: ratios are figure / yardstick, both from this run")
    table.add_column("what")
    for column in ("figure", "yardstick", "ratio"):
        table.add_column(column, justify="right")
    table.add_column("yardstick is")
    table.add_column("wanted")
    for figure in figures:
        table.add_row(
            figure.what,
            f"{figure.figure:,.6g} {figure.unit}",
            f"{figure.yardstick_figure:,.6g} {figure.unit}",
            f"{figure.ratio:.3g}",
            figure.yardstick,
            figure.wanted,
        )
    Console(width=180).print(table)


def _row(figure: Figure) -> dict[str, object]:
    """For programs: JSON has no word for what is not known or without bounds, but null."""
    told = {**asdict(figure), "ratio": figure.ratio}
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in told.items()
    }
