"""The order of a list as SQLite can walk it: a merge of index streams, one for each standing (and priority) in view.

`standing IN (…) ORDER BY created_at` would sort every visible job for each page. Instead each arm of a UNION ALL is an
equality on a prefix of its index, already in order, and SQLite merges the arms only as far as the page goes.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from hosanna_adapters.sqlite.schema import STANDING_CODES
from hosanna_core.model.ids import FAR_FUTURE
from hosanna_core.model.query import Sort
from hosanna_core.model.status import Priority
from hosanna_core.rules.ordering import descending
from hosanna_core.rules.visibility import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hosanna_core.model.ids import Millis
    from hosanna_core.model.query import JobFilter, Position
    from hosanna_core.rules.visibility import Scope

Value = int | str
_RANKS: Final = tuple(sorted(priority.rank for priority in Priority))


class Order(NamedTuple):
    """A sort as columns; the id follows them, in the same direction."""

    keys: tuple[str, ...]
    down: bool

    @property
    def time(self) -> str:
        """The time among the keys: a range over it bounds the walk."""
        return self.keys[-1]

    @property
    def clause(self) -> str:
        """For ORDER BY."""
        return ", ".join(f"{column}{' DESC' if self.down else ''}" for column in (*self.keys, "id"))


class Span(NamedTuple):
    """[low, high) of a time, None where it is open."""

    low: Millis | None = None
    high: Millis | None = None

    def conditions(self, column: str) -> tuple[list[str], list[Value]]:
        """The span as SQL."""
        found = [(f"{column} >= ?", self.low), (f"{column} < ?", self.high)]
        return (
            [text for text, value in found if value is not None],
            [value for _, value in found if value is not None],
        )


class Walk(NamedTuple):
    """A SELECT of sort keys, id and `n`, in order and without LIMIT, and its values."""

    sql: str
    values: tuple[Value, ...]


@cache
def order_of(sort: Sort) -> Order:
    """The columns of *sort*, in the order of `Keys.of`."""
    if sort is Sort.WINDOW:
        return Order(("window_key",), down=False)
    return Order(
        ("priority_rank", "created_at") if sort is Sort.PRIORITY else ("created_at",), descending(sort)
    )


def spans_of(wanted: JobFilter) -> dict[str, Span]:
    """The asked range of each time. A job without a window is in no range of windows."""
    windows = Span(wanted.window_from, wanted.window_to)
    if windows != Span():
        windows = Span(windows.low, min(FAR_FUTURE, FAR_FUTURE if windows.high is None else windows.high))
    return {"created_at": Span(wanted.created_from, wanted.created_to), "window_key": windows}


@lru_cache(maxsize=512)
def walk(scope: Scope, wanted: JobFilter, sort: Sort, after: Position | None) -> Walk | None:
    """All of *scope*, of the asked priority and in the asked range of the sorted time; None if nothing is left."""
    order = order_of(sort)
    by_rank = wanted.priority is not None or sort is Sort.PRIORITY
    by_window = sort is Sort.WINDOW
    # The bare indexes serve whoever sees everything; by window there is none behind a priority.
    whole = scope.technician_id is None and scope.standings == EVERYTHING and not (by_window and by_rank)
    ranked = by_rank or (by_window and not whole)
    owned = () if scope.technician_id is None else (("technician_id", scope.technician_id),)
    span = spans_of(wanted)[order.time]
    arms: list[str] = []
    values: list[Value] = []
    for rank in _ranks_left(wanted, sort, after) if ranked else (None,):
        begun_here = sort is not Sort.PRIORITY or after is None or rank == after.keys[0]
        conditions, limits = _stretch(order, span, after if begun_here else None)
        for standing in (
            (None,) if whole else sorted(STANDING_CODES[standing] for standing in scope.standings)
        ):
            equal = [*owned, *_given(("standing", standing), ("priority_rank", rank))]
            arms.append(" AND ".join([f"{column} = ?" for column, _ in equal] + conditions))
            values += [value for _, value in equal]
            values += limits
    whose = "technician_" if owned else "" if whole else "standing_"
    what = "window" if by_window else "urgent" if ranked else "created"
    return Walk(_merged(f"jobs_{whose}{what}", order, tuple(arms)), tuple(values)) if arms else None


def _given(*equal: tuple[str, int | None]) -> Iterator[tuple[str, Value]]:
    return ((column, value) for column, value in equal if value is not None)


def _ranks_left(wanted: JobFilter, sort: Sort, after: Position | None) -> tuple[int, ...]:
    ranks = _RANKS if wanted.priority is None else (wanted.priority.rank,)
    if sort is not Sort.PRIORITY or after is None:
        return ranks
    return tuple(rank for rank in ranks if rank >= after.keys[0])


def _stretch(order: Order, span: Span, after: Position | None) -> tuple[list[str], list[Value]]:
    """The part of an index that *span* leaves behind *after*: one condition where it begins, one where it ends."""
    if after is None:
        return span.conditions(order.time)
    reached = after.keys[-1]
    low, high = span
    if order.down:
        inside, span = high is None or reached < high, Span(low, None)
    else:
        inside, span = low is None or reached >= low, Span(None, high)
    if not inside:
        return Span(low, high).conditions(order.time)
    conditions, values = span.conditions(order.time)
    return [f"({order.time}, id) {'<' if order.down else '>'} (?, ?)", *conditions], [
        reached,
        after.id,
        *values,
    ]


@lru_cache(maxsize=512)
def _merged(index: str, order: Order, arms: tuple[str, ...]) -> str:
    columns = ", ".join((*order.keys, "id", "n"))
    selects = (
        f"SELECT {columns} FROM jobs INDEXED BY {index}{f' WHERE {arm}' if arm else ''}" for arm in arms
    )
    return f"{' UNION ALL '.join(selects)} ORDER BY {order.clause}"
