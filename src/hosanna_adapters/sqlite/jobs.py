"""Reading jobs."""

from __future__ import annotations

import json
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from hosanna_adapters.sqlite import lists
from hosanna_adapters.sqlite.numbering import Numbering
from hosanna_adapters.sqlite.rows import (
    FIELD,
    entry_from,
    job_from,
    office_audience,
    own_audience,
    sight_from,
)
from hosanna_adapters.sqlite.searches import (
    MOST_SIDE_BY_SIDE,
    Driver,
    Search,
    by_word,
    driven,
    drivers,
    stands_in_order,
    tally,
    words_of,
)
from hosanna_adapters.sqlite.walks import order_of, walk
from hosanna_core.model.query import Page, Position

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hosanna_adapters.sqlite.connections import Readers
    from hosanna_adapters.sqlite.veils import Veil
    from hosanna_adapters.sqlite.writer import Writer
    from hosanna_core.model.entry import Entry
    from hosanna_core.model.ids import JobId
    from hosanna_core.model.job import Job
    from hosanna_core.model.query import JobFilter, JobPage, Sight, Sort
    from hosanna_core.rules.visibility import Scope

_SIGHTS: Final = """
    SELECT j.id, j.version, j.standing, j.technician_id, d.body FROM json_each(?) AS r
    CROSS JOIN jobs AS j ON j.id = r.value CROSS JOIN documents AS d ON d.job = j.n
"""

_HISTORIES: Final = """
    SELECT j.id, e.version, e.sealed, e.open, e.hash FROM json_each(?) AS r
    CROSS JOIN jobs AS j ON j.id = r.value CROSS JOIN entries AS e ON e.job = j.n ORDER BY r.key, e.version
"""


class SqliteJobs:
    """`Jobs` on SQLite."""

    def __init__(self, readers: Readers, writer: Writer, veil: Veil) -> None:
        self._readers = readers
        self._veil = veil
        self._numbering = Numbering(writer)

    def get(self, job_id: JobId, scope: Scope) -> Job | None:
        seen, values = lists.admitted(scope)
        # A document is read only once the scope has let the job in: a hidden one costs what an absent one does.
        row = self._readers.row(
            f"""
            SELECT j.id, d.doc FROM jobs AS j CROSS JOIN documents AS d ON d.job = j.n WHERE j.id = ? AND {seen}
            """,
            (job_id, *values),
        )
        return None if row is None else job_from(self._veil, *row)

    def get_many(self, job_ids: Sequence[JobId], scope: Scope) -> Mapping[JobId, Job]:
        seen, values = lists.admitted(scope)
        rows = self._readers.rows(
            f"""
            SELECT j.id, d.doc FROM json_each(?) AS r
            CROSS JOIN jobs AS j ON j.id = r.value AND {seen} CROSS JOIN documents AS d ON d.job = j.n
            """,
            (json.dumps(list(job_ids)), *values),
        )
        return {row[0]: job_from(self._veil, *row) for row in rows}

    def sights(self, job_ids: Sequence[JobId]) -> Mapping[JobId, Sight]:
        rows = self._readers.rows(_SIGHTS, (json.dumps(list(job_ids)),))
        return {row[0]: sight_from(self._veil, row) for row in rows}

    def page(
        self, scope: Scope, wanted: JobFilter, sort: Sort, after: Position | None, limit: int
    ) -> JobPage:
        if wanted.words or wanted.prefix is not None:
            wanted = self._veil.asked(wanted)
            search = Search(scope, wanted, self._audiences(scope))
            driver, count = self._rarest(search)
            if count == 0:
                return Page((), None)
            if count <= lists.BUDGET:
                ways = self._ways(search, driver, sort)
                return self._page(self._rows(driven(search, ways, sort, after, limit + 1)), sort, limit, None)
        way = walk(scope, wanted, sort, after)
        if way is None:
            return Page((), None)
        if not lists.needs_sifting(wanted, sort):
            return self._page(self._rows(lists.listing(way, sort, limit + 1)), sort, limit, None)
        rows = self._rows(lists.sifted(way, wanted, sort, limit + 1))
        edge = self._rows(lists.edge(way)) if len(rows) <= limit else []
        return self._page(rows, sort, limit, Position(edge[0][:-2], edge[0][-2]) if edge else None)

    def history(self, job_id: JobId) -> Sequence[Entry]:
        rows = self._readers.rows(
            """
            SELECT version, sealed, open, hash FROM entries
            WHERE job = (SELECT n FROM jobs WHERE id = ?) ORDER BY version
            """,
            (job_id,),
        )
        return tuple(entry_from(self._veil, job_id, row) for row in rows)

    def histories(self, job_ids: Sequence[JobId]) -> Mapping[JobId, Sequence[Entry]]:
        found: dict[JobId, list[Entry]] = {}
        for row in self._readers.rows(_HISTORIES, (json.dumps(list(dict.fromkeys(job_ids))),)):
            found.setdefault(row[0], []).append(entry_from(self._veil, row[0], row[1:]))
        return found

    def of_customer(self, keys: Sequence[bytes], after: JobId | None, limit: int) -> Sequence[Job]:
        marks = ", ".join("?" * len(keys))
        # All that a customer has are sorted: nobody has more jobs than can be.
        rows = self._readers.rows(
            f"""
            SELECT j.id, d.doc FROM (SELECT DISTINCT job FROM customer_jobs WHERE customer_key IN ({marks})) AS c
            CROSS JOIN jobs AS j ON j.n = c.job CROSS JOIN documents AS d ON d.job = c.job
            WHERE j.id > ? ORDER BY j.id LIMIT ?
            """,
            (*keys, after or "", limit),
        )
        return tuple(job_from(self._veil, *row) for row in rows)

    def claim_numbers(self, count: int) -> Sequence[int]:
        return self._numbering.claim(count)

    def known_refs(self, refs: Sequence[str]) -> frozenset[str]:
        rows = self._readers.rows(
            "SELECT j.external_ref FROM json_each(?) AS r CROSS JOIN jobs AS j ON j.external_ref = r.value",
            (json.dumps(list(refs)),),
        )
        return frozenset(ref for (ref,) in rows)

    def _rows(self, statement: lists.Statement) -> list[Any]:
        return self._readers.rows(*statement)

    def _audiences(self, scope: Scope) -> tuple[int, ...]:
        """In whose words a search is made; none for a technician who never had a job in the field."""
        if scope.technician_id is None or not scope.standings <= FIELD:
            return tuple(sorted({office_audience(standing) for standing in scope.standings}))
        number = self._readers.row("SELECT n FROM technicians WHERE id = ?", (scope.technician_id,))
        return () if number is None else (own_audience(number[0]),)

    def _rarest(self, search: Search) -> tuple[Driver, int]:
        """The driver with the fewest entries; beyond the budget they are not counted."""
        counted: list[tuple[Driver, int]] = []
        most = lists.BUDGET + 1
        for driver in drivers(search.wanted):
            ((count,),) = self._rows(tally(search, driver, most))
            counted.append((driver, count))
            most = min(most, count)
            if count == 0:
                break
        return min(counted, key=itemgetter(1))

    def _ways(self, search: Search, driver: Driver, sort: Sort) -> list[Driver]:
        """A prefix as the few words that begin so, where the entries of each stand in the order of the list."""
        if not driver.several or not stands_in_order(sort):
            return [driver]
        words = self._rows(words_of(search, driver))
        return [driver] if len(words) > MOST_SIDE_BY_SIDE else [by_word(word) for (word,) in words]

    def _page(self, rows: list[Any], sort: Sort, limit: int, edge: Position | None) -> JobPage:
        """The first *limit* of *rows* (keys, id, body); *edge* is where a walk went on looking when they are fewer."""
        # In order already, as SQLite runs these statements; SQL promises it only for an ORDER BY around everything.
        rows.sort(reverse=order_of(sort).down)
        shown = tuple(self._veil.listed(rows[:limit]))
        return Page(shown, Position(rows[limit - 1][:-2], shown[-1].id) if len(rows) > limit else edge)
