"""The statements that read lists of jobs, and how many entries one page may look at."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from hosanna_adapters.sqlite.schema import STANDING_CODES
from hosanna_adapters.sqlite.walks import Order, Span, Value, Walk, order_of, spans_of

if TYPE_CHECKING:
    from hosanna_core.model.query import JobFilter, Sort
    from hosanna_core.rules.visibility import Scope

BUDGET: Final = 2_000
"""Entries that one page looks at, at most, where not every one of them is a row of the page."""


class Statement(NamedTuple):
    """What is sent to SQLite."""

    sql: str
    values: tuple[Value, ...]


@lru_cache(maxsize=512)
def listing(walk: Walk, sort: Sort, limit: int) -> Statement:
    """The first *limit* jobs of a walk: keys, id, body."""
    return Statement(with_bodies(f"{walk.sql} LIMIT ?", order_of(sort)), (*walk.values, limit))


def sifted(walk: Walk, wanted: JobFilter, sort: Sort, limit: int) -> Statement:
    """The first *limit* among the walk's next `BUDGET` jobs that have what the walk itself does not look at."""
    order = order_of(sort)
    conditions, values = residue(wanted, order)
    looked_at = f"SELECT w.* FROM ({walk.sql} LIMIT ?) AS w CROSS JOIN jobs AS j ON j.n = w.n"
    return Statement(
        with_bodies(f"{looked_at} WHERE {' AND '.join(conditions)} LIMIT ?", order),
        (*walk.values, BUDGET, *values, limit),
    )


def edge(walk: Walk) -> Statement:
    """The job at which the budget of a walk ends, if the walk goes so far: keys, id, n."""
    return Statement(f"{walk.sql} LIMIT 1 OFFSET ?", (*walk.values, BUDGET - 1))


@lru_cache(maxsize=512)
def needs_sifting(wanted: JobFilter, sort: Sort) -> bool:
    """Whether a walk passes jobs that are not asked for."""
    return bool(residue(wanted, order_of(sort))[0])


def residue(wanted: JobFilter, order: Order) -> tuple[list[str], list[Value]]:
    """What is asked for beside scope, priority and the range of the sorted time, as conditions on `jobs AS j`."""
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


@lru_cache(maxsize=256)
def admitted(scope: Scope) -> tuple[str, tuple[Value, ...]]:
    """A scope as a condition on `jobs AS j`."""
    codes = sorted(STANDING_CODES[standing] for standing in scope.standings)
    seen = f"j.standing IN ({', '.join(map(str, codes))})"
    if scope.technician_id is None:
        return seen, ()
    return f"{seen} AND j.technician_id = ?", (scope.technician_id,)


def with_bodies(found: str, order: Order) -> str:
    """The keys of *order*, the id and the body of each job that a statement finds as n."""
    shown = ", ".join(f"m.{column}" for column in (*order.keys, "id"))
    # CROSS JOIN keeps the order of the loops, and so the order of the rows.
    return f"SELECT {shown}, d.body FROM ({found}) AS m CROSS JOIN documents AS d ON d.job = m.n"
