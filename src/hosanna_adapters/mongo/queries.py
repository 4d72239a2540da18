"""What a list asks of the server: ordered stretches of indexes, bounded on both sides.

A stretch is a merge of equality streams (one per standing, and by window one per priority, too: `$in` on the index's
prefix). The server merges them without sorting only if every field before the sort is a point and none within it is: so
a field that is pinned to one value is left out of the sort, and a span over several priorities is a range, not a list.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from hosanna_adapters.mongo.schema import ORDERS, WORDS, list_index
from hosanna_core.model.ids import FAR_FUTURE
from hosanna_core.model.query import Position, Sort
from hosanna_core.model.status import Priority
from hosanna_core.rules.ordering import descending
from hosanna_core.rules.visibility import EVER_CONFIRMED, EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hosanna_adapters.mongo.schema import Document
    from hosanna_core.model.query import JobFilter
    from hosanna_core.rules.visibility import Scope

Span = dict[str, int]
"""Bounds of one field, in the server's words."""
_RANKS: Final = sorted(priority.rank for priority in Priority)
_LEAST_URGENT: Final = _RANKS[-1]


class Stretch(msgspec.Struct, frozen=True):
    """A part of a list, in order; the parts follow one another."""

    query: Document
    order: list[tuple[str, int]]
    index: str


class Driver(msgspec.Struct, frozen=True):
    """A condition that may be rare enough to begin with, and the index that finds it."""

    query: Document
    index: str


KEYS: Final[dict[Sort, tuple[str, ...]]] = {
    Sort.NEWEST: ORDERS["created"],
    Sort.OLDEST: ORDERS["created"],
    Sort.PRIORITY: ORDERS["priority"],
    Sort.WINDOW: ORDERS["window"],
}
"""The stored fields of `rules.ordering.Keys.of`, in its order."""


def position_in(sort: Sort, document: Document) -> Position:
    """Where a stored job stands in a list. The driver's 64-bit integers are a type that no cursor knows."""
    return Position(tuple(int(document[field]) for field in KEYS[sort]), document["_id"])


def stretches(scope: Scope, wanted: JobFilter, sort: Sort, after: Position | None) -> list[Stretch]:
    """The list after *after*, without what `beside` has to judge."""
    stream, points = _window_stream(scope, wanted) if sort is Sort.WINDOW else _stream(scope)
    if sort is Sort.WINDOW:
        order, parts = "window", _by_window(wanted, after)
    elif sort is Sort.PRIORITY:
        order, parts = "priority", _by_priority(wanted, after)
    else:
        order = "created" if wanted.priority is None else "priority"
        parts = [_by_time(_pinned(wanted), _created(wanted), after, sort)]
    direction = -1 if descending(sort) else 1
    return [
        Stretch(
            {**points, **part},
            [(key, direction) for key in (*KEYS[sort], "_id") if not isinstance(part.get(key), int)],
            list_index(stream, order),
        )
        for part in parts
    ]


def _stream(scope: Scope) -> tuple[str, Document]:
    return ("all", {}) if _sees_all(scope) else _standing_stream(scope)


def _window_stream(scope: Scope, wanted: JobFilter) -> tuple[str, Document]:
    if wanted.priority is None and _sees_all(scope):
        return "all", {}
    stream, points = _standing_stream(scope)
    ranks = _RANKS if wanted.priority is None else [wanted.priority.rank]
    return stream, {**points, "priority_rank": _one_of(ranks)}


def _sees_all(scope: Scope) -> bool:
    return scope.technician_id is None and scope.standings == EVERYTHING


def _standing_stream(scope: Scope) -> tuple[str, Document]:
    standing = {"standing": _one_of(sorted(standing.value for standing in scope.standings))}
    if scope.technician_id is None:
        return "standing", standing
    return "technician", {"technician_id": scope.technician_id, **standing}


def _one_of(values: list[Any]) -> object:
    return values[0] if len(values) == 1 else {"$in": values}


def _created(wanted: JobFilter) -> Span:
    return _span(wanted.created_from, wanted.created_to)


def _window(wanted: JobFilter) -> Span:
    """Whoever asks for a range of windows does not ask for jobs that have none."""
    if wanted.window_from is None and wanted.window_to is None:
        return {}
    return _span(
        wanted.window_from, FAR_FUTURE if wanted.window_to is None else min(wanted.window_to, FAR_FUTURE)
    )


def _span(start: int | None, end: int | None) -> Span:
    return {bound: value for bound, value in (("$gte", start), ("$lt", end)) if value is not None}


def _pinned(wanted: JobFilter) -> Document:
    return {} if wanted.priority is None else {"priority_rank": wanted.priority.rank}


def _by_time(pinned: Document, span: Span, after: Position | None, sort: Sort) -> Document:
    """From one time on, or back."""
    return _from(pinned, "created_at", span, after, backwards=descending(sort))


def _from(
    pinned: Document, key: str, span: Span, after: Position | None, *, backwards: bool = False
) -> Document:
    """The index is entered at the position's key; `$nor` passes over those of the same key that were seen."""
    if after is None:
        return {**pinned, key: span} if span else pinned
    value = after.keys[-1]
    bound = {"$lte": value} if backwards else {"$gte": max(value, span.get("$gte", value))}
    seen = {key: value, "_id": {"$gte" if backwards else "$lte": after.id}}
    return {**pinned, key: {**span, **bound}, "$nor": [seen]}


def _by_window(wanted: JobFilter, after: Position | None) -> list[Document]:
    """Jobs without a window share one key: among them the id alone leads on."""
    span = _window(wanted)
    if after is None or after.keys[0] < FAR_FUTURE:
        return [_from({}, "window_key", span, after)]
    return [] if span else [{"window_key": FAR_FUTURE, "_id": {"$gt": after.id}}]


def _by_priority(wanted: JobFilter, after: Position | None) -> list[Document]:
    """One stretch where the order runs through all priorities; where it begins within one, that one first."""
    span = _created(wanted)
    first = 0 if after is None else after.keys[0]
    if wanted.priority is None and not span:
        if after is None:
            return [{}]
        rest = [{"priority_rank": {"$gt": first}}] if first < _LEAST_URGENT else []
        return [_from({"priority_rank": first}, "created_at", span, after), *rest]
    ranks = range(first, _LEAST_URGENT + 1) if wanted.priority is None else [wanted.priority.rank]
    return [
        _from({"priority_rank": rank}, "created_at", span, after if rank == first else None)
        for rank in ranks
        if rank >= first
    ]


def beside(wanted: JobFilter, sort: Sort) -> list[Document]:
    """The conditions that the order does not settle: with any of them it may pass over many that are not wanted."""
    return [*_terms(wanted), *_crosswise(wanted, sort)]


def _terms(wanted: JobFilter) -> list[Document]:
    """The longest word first: it is likely to be the rarest."""
    terms: list[Document] = [{"words": word} for word in sorted(wanted.words, key=len, reverse=True)]
    if wanted.prefix is not None:
        terms.append({"words": {"$regex": f"^{re.escape(wanted.prefix)}"}})
    return terms


def _crosswise(wanted: JobFilter, sort: Sort) -> list[Document]:
    """A range over one time where another one is sorted by."""
    key, span = ("created_at", _created(wanted)) if sort is Sort.WINDOW else ("window_key", _window(wanted))
    return [{key: span}] if span else []


def drivers(scope: Scope, wanted: JobFilter, sort: Sort) -> Iterator[Driver]:
    """Where to begin if few jobs fulfil it. Within one technician's jobs words are not counted: they are few."""
    if scope.technician_id is None:
        confirmed = sorted({standing in EVER_CONFIRMED for standing in scope.standings})
        for term in _terms(wanted):
            yield Driver({"office": _one_of(confirmed), **term}, WORDS)
    for crosswise in _crosswise(wanted, sort):
        order = "created" if sort is Sort.WINDOW else "window"
        stream, points = _stream(scope) if sort is Sort.WINDOW else _window_stream(scope, wanted)
        yield Driver({**points, **crosswise}, list_index(stream, order))


def driven(stretch: Stretch, driver: Driver, others: list[Document]) -> Stretch:
    """A stretch that is found by *driver* and then sorted."""
    conditions = [driver.query, *(each for each in others if not each.items() <= driver.query.items())]
    return Stretch({**stretch.query, "$and": conditions}, stretch.order, driver.index)
