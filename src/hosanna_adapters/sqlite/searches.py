"""The statements that find jobs by their words: which word to go by, and what it leads to.

Words are stored once for each audience (see `schema`), so that neither what a search finds nor how long it takes
depends on jobs that the one who searches may not see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from hosanna_adapters.sqlite.lists import Statement, admitted, residue, with_bodies
from hosanna_adapters.sqlite.walks import Order, order_of, spans_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_adapters.sqlite.walks import Value
    from hosanna_core.model.query import JobFilter, Position, Sort
    from hosanna_core.rules.visibility import Scope

_BEHIND_EVERY_WORD: Final = "\U0010ffff"
MOST_COUNTED: Final = 12
"""Words of one question among which the rarest is looked for; a job must have the others all the same."""
MOST_SIDE_BY_SIDE: Final = 8
"""Words with the asked prefix whose entries are merged; of more, all entries are sorted."""


class Search(NamedTuple):
    """Who searches, for what, and in whose words."""

    scope: Scope
    wanted: JobFilter
    audiences: tuple[int, ...]


class Driver(NamedTuple):
    """What a search can go by: the entries of one asked word, or of all words with the asked prefix."""

    condition: str
    values: tuple[str, ...]
    several: bool
    """Whether the same job may be among them more than once."""


def by_word(word: str) -> Driver:
    """A whole word as a driver."""
    return Driver("word = ?", (word,), several=False)


def drivers(wanted: JobFilter) -> list[Driver]:
    """The prefix and each asked word; of very many words only some, for they are counted."""
    found = [by_word(word) for word in wanted.words[:MOST_COUNTED]]
    if wanted.prefix is not None:
        behind = wanted.prefix + _BEHIND_EVERY_WORD
        found.append(Driver("word >= ? AND word < ?", (wanted.prefix, behind), several=True))
    return found


def tally(search: Search, driver: Driver, most: int) -> Statement:
    """How many entries a driver has, counted up to *most*."""
    entries = f"FROM words WHERE {_heard(search.audiences)} AND {driver.condition}"
    return Statement(f"SELECT count(*) FROM (SELECT 1 {entries} LIMIT ?)", (*driver.values, most))


def words_of(search: Search, driver: Driver) -> Statement:
    """The words that a driver goes by, up to one more than may stand side by side."""
    entries = f"FROM words WHERE {_heard(search.audiences)} AND {driver.condition}"
    return Statement(f"SELECT DISTINCT word {entries} LIMIT ?", (*driver.values, MOST_SIDE_BY_SIDE + 1))


def driven(
    search: Search, ways: Sequence[Driver], sort: Sort, after: Position | None, limit: int
) -> Statement:
    """The first *limit* of some drivers' jobs that are in scope and have all that is asked for: keys, id, body.

    In the order of creation a word's entries stand already, and no more of them are looked at than it takes. For
    other orders, and for a whole prefix (then the only way), all of them are sorted: there must be few.
    """
    order = order_of(sort)
    columns = ", ".join((*(f"{_column(key)} AS {key}" for key in order.keys), "j.id AS id", "j.n AS n"))
    conditions, values = _conditions(search, order, after)
    in_order = stands_in_order(sort) and not ways[0].several
    arms: list[str] = []
    bound: list[Value] = []
    for driver in ways:
        for heard in [(each,) for each in search.audiences] if in_order else [search.audiences]:
            unlike = "DISTINCT " if driver.several else ""
            entries = (
                f"SELECT {unlike}created_at, job FROM words WHERE {_heard(heard)} AND {driver.condition}"
            )
            joined = f"({entries}) AS w CROSS JOIN jobs AS j ON j.n = w.job"
            arms.append(f"SELECT {columns} FROM {joined} WHERE {' AND '.join(conditions)}")
            bound += [*driver.values, *values]
    # A job that has two of the words comes from two arms, one after the other in this order: UNION drops it.
    union = " UNION ALL " if len(ways) == 1 else " UNION "
    return Statement(
        with_bodies(f"{union.join(arms)} ORDER BY {order.clause} LIMIT ?", order), (*bound, limit)
    )


def stands_in_order(sort: Sort) -> bool:
    """Whether the entries of a word stand in the order of *sort*."""
    return order_of(sort).keys == ("created_at",)


def _conditions(search: Search, order: Order, after: Position | None) -> tuple[list[str], list[Value]]:
    """All that a driver's job must be."""
    scope, wanted, _ = search
    conditions, values = residue(wanted, order)
    own, bounds = spans_of(wanted)[order.time].conditions(_column(order.time))
    conditions += own
    values += bounds
    seen, whose = admitted(scope)
    conditions.append(seen)
    values += whose
    if wanted.priority is not None:
        conditions.append("j.priority_rank = ?")
        values.append(wanted.priority.rank)
    if after is not None:
        beyond = "<" if order.down else ">"
        keys = [*map(_column, order.keys), "j.id"]
        conditions.append(f"({', '.join(keys)}) {beyond} ({', '.join('?' * len(keys))})")
        values += [*after.keys, after.id]
        # Said again for the words' own order, which begins behind what was shown.
        conditions.append(f"{keys[0]} {beyond}= ?")
        values.append(after.keys[0])
    return conditions, values


def _column(key: str) -> str:
    return f"{'w' if key == 'created_at' else 'j'}.{key}"


def _heard(audiences: tuple[int, ...]) -> str:
    return f"audience IN ({', '.join(map(str, audiences))})"
