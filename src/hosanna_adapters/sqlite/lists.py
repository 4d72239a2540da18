"""The statements that read lists of jobs, and how many entries one page may look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from hosanna_adapters.sqlite.rows import office_bit
from hosanna_adapters.sqlite.schema import STANDING_CODES
from hosanna_adapters.sqlite.walks import Order, Span, Value, Walk, order_of, spans_of

if TYPE_CHECKING:
    from hosanna_core.model.query import JobFilter, Position, Sort
    from hosanna_core.rules.visibility import Scope

BUDGET: Final = 2_000
"""Entries that one page looks at, at most, where not every one of them is a row of the page."""
_BEHIND_EVERY_WORD: Final = "\U0010ffff"


class Statement(NamedTuple):
    """What is sent to SQLite."""

    sql: str
    values: tuple[Value, ...]


class Driver(NamedTuple):
    """What a search can be driven by: the words that match one asked word, or its prefix."""

    condition: str
    values: tuple[str, ...]
    several: bool
    """Whether it may find the same job by more than one word."""


def listing(walk: Walk, limit: int) -> Statement:
    """The first *limit* jobs of a walk: keys, id, n, body."""
    return Statement(_with_bodies(f"{walk.sql} LIMIT ?"), (*walk.values, limit))


def sifted(walk: Walk, wanted: JobFilter, sort: Sort, limit: int) -> Statement:
    """The first *limit* among the walk's next `BUDGET` jobs that have what the walk itself does not look at."""
    conditions, values = _residue(wanted, order_of(sort))
    looked_at = f"SELECT w.* FROM ({walk.sql} LIMIT ?) AS w CROSS JOIN jobs AS j ON j.n = w.n"
    return Statement(
        _with_bodies(f"{looked_at} WHERE {' AND '.join(conditions)} LIMIT ?"),
        (*walk.values, BUDGET, *values, limit),
    )


def edge(walk: Walk) -> Statement:
    """The job at which the budget of a walk ends, if the walk goes so far: keys, id, n."""
    return Statement(f"{walk.sql} LIMIT 1 OFFSET ?", (*walk.values, BUDGET - 1))


def needs_sifting(wanted: JobFilter, sort: Sort) -> bool:
    """Whether a walk passes jobs that are not asked for."""
    return bool(_residue(wanted, order_of(sort))[0])


def drivers(wanted: JobFilter) -> list[Driver]:
    """Each asked word, and the prefix."""
    found = [Driver("word = ?", (word,), several=False) for word in wanted.words]
    if wanted.prefix is not None:
        found.append(
            Driver(
                "word >= ? AND word < ?", (wanted.prefix, wanted.prefix + _BEHIND_EVERY_WORD), several=True
            )
        )
    return found


def tally(scope: Scope, driver: Driver, most: int) -> Statement:
    """How many entries a driver has among the words that *scope* may search, counted up to *most*."""
    return Statement(
        f"SELECT count(*) FROM (SELECT 1 FROM words WHERE {_office(scope)} AND {driver.condition} LIMIT ?)",
        (*driver.values, most),
    )


def driven(
    scope: Scope, wanted: JobFilter, sort: Sort, after: Position | None, driver: Driver, limit: int
) -> Statement:
    """The first *limit* of a driver's jobs that are in *scope* and have all that is asked for: keys, id, n, body.

    They are sorted for each page: only for a driver of few jobs, and for a scope of anybody's jobs.
    """
    order = order_of(sort)
    conditions, values = _residue(wanted, order)
    own_conditions, own_values = spans_of(wanted)[order.time].conditions(order.time)
    conditions += own_conditions
    values += own_values
    codes = ", ".join(str(code) for code in sorted(STANDING_CODES[standing] for standing in scope.standings))
    conditions.append(f"standing IN ({codes})")
    if wanted.priority is not None:
        conditions.append("priority_rank = ?")
        values.append(wanted.priority.rank)
    if after is not None:
        keys = ", ".join((*order.keys, "id"))
        conditions.append(f"({keys}) {'<' if order.down else '>'} ({', '.join('?' * (len(order.keys) + 1))})")
        values += [*after.keys, after.id]
    unlike = "DISTINCT " if driver.several else ""
    found = f"SELECT {unlike}job FROM words WHERE {_office(scope)} AND {driver.condition}"
    return Statement(
        _with_bodies(
            f"SELECT {', '.join(order.keys)}, id, n FROM ({found}) AS f CROSS JOIN jobs AS j ON j.n = f.job "
            f"WHERE {' AND '.join(conditions)} ORDER BY {order.clause} LIMIT ?"
        ),
        (*driver.values, *values, limit),
    )


def _residue(wanted: JobFilter, order: Order) -> tuple[list[str], list[Value]]:
    """What is asked for beside scope, priority and the range of the sorted time."""
    conditions: list[str] = []
    values: list[Value] = []
    for column, span in spans_of(wanted).items():
        if column != order.time and span != Span():
            texts, bounds = span.conditions(f"j.{column}")
            conditions += texts
            values += bounds
    # Stored words stand between spaces: a whole word has one on both sides, a prefix only before it.
    parts = [f" {word} " for word in wanted.words] + ([] if wanted.prefix is None else [f" {wanted.prefix}"])
    return conditions + ["instr(j.words, ?)"] * len(parts), values + parts


def _office(scope: Scope) -> str:
    bits = sorted({office_bit(standing) for standing in scope.standings})
    return f"office IN ({', '.join(str(bit) for bit in bits)})"


def _with_bodies(found: str) -> str:
    # CROSS JOIN keeps the order of the loops, and so the order of the rows.
    return f"SELECT m.*, d.body FROM ({found}) AS m CROSS JOIN documents AS d ON d.job = m.n"
