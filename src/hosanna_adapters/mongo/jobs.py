"""Reading jobs."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from hosanna_adapters.mongo.batches import at_once
from hosanna_adapters.mongo.documents import OFF_THE_ROOT, claim_id, job_of
from hosanna_adapters.mongo.history import read_histories, read_history
from hosanna_adapters.mongo.numbers import Numbers
from hosanna_adapters.mongo.patience import in_time
from hosanna_adapters.mongo.queries import (
    KEYS,
    beside,
    driven,
    drivers,
    position_in,
    stretches,
)
from hosanna_adapters.mongo.rarity import Rarity
from hosanna_adapters.mongo.schema import CLAIMS, CUSTOMERS, JOBS
from hosanna_core.model.change import EXTERNAL_REF
from hosanna_core.model.place import Place
from hosanna_core.model.query import Page, Row, Sight
from hosanna_core.model.status import Standing
from hosanna_core.rules.words import words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from hosanna_adapters.mongo.archive import Archive
    from hosanna_adapters.mongo.queries import Driver, Stretch
    from hosanna_adapters.mongo.schema import Document
    from hosanna_core.model.entry import Entry
    from hosanna_core.model.ids import JobId
    from hosanna_core.model.job import Job
    from hosanna_core.model.query import JobFilter, JobPage, Position, Sort
    from hosanna_core.rules.visibility import Scope

BUDGET: Final = 2_000
"""The most jobs that a search begins with, and the most entries of an order that one page passes over."""
AT_ONCE: Final = 500
"""How many of them are looked at closer in one operation."""
_A_SIGHT: Final = {"version": 1, "standing": 1, "technician_id": 1, "body": 1}


def _admitted(scope: Scope) -> Document:
    """What is asked of a job's place so that the scope lets it in."""
    seen: Document = {"standing": {"$in": [standing.value for standing in scope.standings]}}
    if scope.technician_id is not None:
        seen["technician_id"] = scope.technician_id
    return seen


class MongoJobs:
    """The jobs of a `MongoStore`."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._veil = archive.veil
        self._jobs = archive[JOBS]
        self._numbers = Numbers(archive)
        self._rarity = Rarity(self._are_few)

    @in_time()
    def get(self, job_id: JobId, scope: Scope) -> Job | None:
        document = self._jobs.find_one({"_id": job_id, **_admitted(scope)}, OFF_THE_ROOT)
        return None if document is None else job_of(self._veil, document)

    @in_time()
    def get_many(self, job_ids: Sequence[JobId], scope: Scope) -> Mapping[JobId, Job]:
        wanted = {"_id": {"$in": list(job_ids)}, **_admitted(scope)}
        found = at_once(self._jobs.find(wanted, OFF_THE_ROOT), len(job_ids)) if job_ids else ()
        return {document["_id"]: job_of(self._veil, document) for document in found}

    @in_time()
    def sights(self, job_ids: Sequence[JobId]) -> Mapping[JobId, Sight]:
        wanted = {"_id": {"$in": list(job_ids)}}
        found = at_once(self._jobs.find(wanted, _A_SIGHT), len(job_ids)) if job_ids else ()
        return {document["_id"]: self._sight(document) for document in found}

    @in_time()
    def page(
        self, scope: Scope, wanted: JobFilter, sort: Sort, after: Position | None, limit: int
    ) -> JobPage:
        page = self._page(scope, self._veil.asked(wanted), sort, after, limit)
        if wanted.prefix is not None and self._veil.cut(wanted.prefix):
            return Page(self._beginning(page.rows, wanted.prefix), page.next)
        return page

    def _page(
        self, scope: Scope, wanted: JobFilter, sort: Sort, after: Position | None, limit: int
    ) -> JobPage:
        parts = stretches(scope, wanted, sort, after)
        others = beside(wanted, sort)
        if not others:
            return self._read(parts, sort, limit)
        driver = self._rare(drivers(scope, wanted, sort))
        if driver is not None:
            return self._read([driven(part, driver, others) for part in parts], sort, limit)
        return self._walk(parts, others, sort, limit)

    @in_time()
    def history(self, job_id: JobId) -> Sequence[Entry]:
        return read_history(self._archive, job_id)

    @in_time()
    def histories(self, job_ids: Sequence[JobId]) -> Mapping[JobId, Sequence[Entry]]:
        return read_histories(self._archive, job_ids) if job_ids else {}

    @in_time()
    def of_customer(self, keys: Sequence[bytes], after: JobId | None, limit: int) -> Sequence[Job]:
        theirs: Document = {"customer_keys": {"$in": list(keys)}}
        if after is not None:
            theirs["_id"] = {"$gt": after}
        in_order = self._jobs.find(theirs, OFF_THE_ROOT).hint(CUSTOMERS).sort("_id", 1)
        return [job_of(self._veil, document) for document in at_once(in_order, limit)]

    @in_time()
    def claim_numbers(self, count: int) -> Sequence[int]:
        return self._numbers.claim(count)

    @in_time()
    def known_refs(self, refs: Sequence[str]) -> frozenset[str]:
        by_id = {claim_id(EXTERNAL_REF, ref): ref for ref in refs}
        found = self._archive[CLAIMS].find({"_id": {"$in": list(by_id)}}, {"_id": 1})
        return frozenset(by_id[document["_id"]] for document in found)

    def _read(self, parts: Sequence[Stretch], sort: Sort, limit: int) -> JobPage:
        """One row more than asked for tells whether the list goes on."""
        found: list[Document] = []
        fields = dict.fromkeys((*KEYS[sort], "body"), 1)
        for part in parts:
            cursor = self._jobs.find(part.query, fields).sort(part.order).hint(part.index)
            found += at_once(cursor, limit + 1 - len(found))
            if len(found) > limit:
                break
        rows = tuple(self._row(document) for document in found[:limit])
        return Page(rows, position_in(sort, found[limit - 1]) if len(found) > limit else None)

    def _rare(self, candidates: Iterable[Driver]) -> Driver | None:
        """The first of *candidates* that few enough jobs fulfil."""
        return next((driver for driver in candidates if self._rarity.is_rare(driver)), None)

    def _are_few(self, driver: Driver) -> bool:
        return self._jobs.count_documents(driver.query, limit=BUDGET + 1, hint=driver.index) <= BUDGET

    def _walk(self, parts: Sequence[Stretch], others: list[Document], sort: Sort, limit: int) -> JobPage:
        """Follow the order by the index alone, and look closer at some hundreds at a time."""
        rows: list[Row] = []
        looked = 0
        for part in parts:
            for spots in self._spots(part, sort, BUDGET - looked):
                bodies = self._bodies(part, others, spots)
                for spot in spots:
                    looked += 1
                    if spot["_id"] in bodies:
                        rows.append(self._row(bodies[spot["_id"]]))
                    if len(rows) == limit or looked == BUDGET:
                        return Page(tuple(rows), position_in(sort, spot))
        return Page(tuple(rows), None)

    def _spots(self, part: Stretch, sort: Sort, most: int) -> Iterator[list[Document]]:
        fields = dict.fromkeys(("_id", *KEYS[sort]), 1)
        with self._jobs.find(part.query, fields).sort(part.order).hint(part.index) as cursor:
            entries = iter(cursor.limit(most).batch_size(AT_ONCE))
            while spots := list(islice(entries, AT_ONCE)):
                yield spots

    def _bodies(self, part: Stretch, others: list[Document], spots: list[Document]) -> dict[str, Document]:
        """The documents of those that are wanted, and that have not moved away meanwhile."""
        ids = [spot["_id"] for spot in spots]
        found = self._jobs.find({**part.query, "_id": {"$in": ids}, "$and": others}, {"body": 1})
        return {document["_id"]: document for document in at_once(found, len(ids))}

    def _row(self, document: Document) -> Row:
        return Row(document["_id"], self._body(document))

    def _sight(self, document: Document) -> Sight:
        place = Place(Standing(document["standing"]), document["technician_id"])
        return Sight(document["_id"], document["version"], place, self._body(document))

    def _body(self, document: Document) -> bytes:
        return self._veil.show_body(document["_id"], document["body"])

    def _beginning(self, rows: Sequence[Row], prefix: str) -> tuple[Row, ...]:
        """Those of *rows* that have a word which begins so: they were found by the beginning of *prefix* alone."""
        if not rows:
            return ()
        found = at_once(self._jobs.find({"_id": {"$in": [row.id for row in rows]}}, OFF_THE_ROOT), len(rows))
        jobs = [job_of(self._veil, document) for document in found]
        fit = {job.id for job in jobs if any(word.startswith(prefix) for word in words_of(job))}
        return tuple(row for row in rows if row.id in fit)
