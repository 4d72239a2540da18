"""Adding up what is counted: what was gathered, and what the roots of jobs still carry, in one snapshot."""

from __future__ import annotations

from collections import Counter
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from hosanna_adapters.mongo.batches import at_once
from hosanna_adapters.mongo.counting import AT_ONCE, UNTOLD, gather, untold_in
from hosanna_adapters.mongo.documents import entry_of
from hosanna_adapters.mongo.history import read_histories
from hosanna_adapters.mongo.patience import in_time
from hosanna_adapters.mongo.schema import AUDIT, BY_TIME, JOBS, REASONED, TALLIES, list_index
from hosanna_core.model.status import Standing
from hosanna_core.model.tally import Measure, Reason, Sum, Tally, slot_of
from hosanna_core.rules.history import read
from hosanna_core.rules.tallies import SIGNED_IN, added_up, at_every_width

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hosanna_adapters.mongo.archive import Archive
    from hosanna_adapters.mongo.schema import Document
    from hosanna_adapters.mongo.units import Unit, Units
    from hosanna_core.model.ids import Millis
    from hosanna_core.model.schedule import Window
    from hosanna_core.model.tally import Sought
    from hosanna_core.rules.visibility import Scope

_MANY: Final = 2_000
"""Roots that may carry something untold while a report is made: with more, it is gathered first."""
_ROWS: Final = 10_000
"""Sums that the first answer holds: a year of a firm's is fewer."""
_MOST_ENTRIES: Final = 100_000
"""Sign-ins that the first answer holds."""


class MongoTallies:
    """The tallies of a `MongoStore`."""

    def __init__(self, archive: Archive, units: Units) -> None:
        self._archive = archive
        self._units = units
        self._jobs = archive[JOBS]

    @in_time()
    def sums(self, wanted: Sequence[Sought]) -> Sequence[Sequence[Sum]]:
        if not wanted:
            return []
        while True:
            found: list[list[Sum]] = []
            self._units.run(partial(self._add, wanted, found))
            if found:
                return found
            gather(self._archive, self._units, AT_ONCE)

    def _add(self, wanted: Sequence[Sought], found: list[list[Sum]], unit: Unit) -> None:
        """Add up what is gathered and what is not, as one snapshot has both; nothing where too much is not."""
        roots = self._jobs.find(UNTOLD, {"untold": 1}, session=unit.session)
        carried = list(at_once(roots, _MANY))
        if len(carried) < _MANY:
            told = chain(self._told(wanted, unit), at_every_width(untold_in(carried)).items())
            found[:] = added_up(told, wanted)

    def _told(self, wanted: Sequence[Sought], unit: Unit) -> Iterator[tuple[Tally, int]]:
        rows = self._archive[TALLIES].find({"$or": [_rows_of(each) for each in wanted]}, session=unit.session)
        for each in rows.batch_size(_ROWS):
            names = Measure(each["measure"]), each["width"], each["slot"], each["office"], each["key"]
            for bucket, count in each["n"].items():
                yield Tally(*names, int(bucket)), count

    @in_time()
    def standing(self, scope: Scope, since: Sequence[Millis]) -> Mapping[Standing, Sequence[int]]:
        found = {standing: [0] * (len(since) + 1) for standing in scope.standings}
        ages = [{"case": {"$gte": ["$created_at", cut]}, "then": number} for number, cut in enumerate(since)]
        age: Any = {"$switch": {"branches": ages, "default": len(since)}} if ages else {"$literal": 0}
        counted: list[Document] = [
            {"$match": {"standing": {"$in": [standing.value for standing in scope.standings]}}},
            {"$group": {"_id": {"standing": "$standing", "age": age}, "n": {"$sum": 1}}},
        ]
        # From the index alone.
        for each in self._jobs.aggregate(counted, hint=list_index("standing", "created"), batchSize=_ROWS):
            found[Standing(each["_id"]["standing"])][each["_id"]["age"]] = each["n"]
        return found

    @in_time()
    def reasons(self, scope: Scope, period: Window, limit: int) -> Sequence[Reason]:
        span = {"$gte": period.start, "$lt": period.end}
        wanted: Document = {
            "reasoned": {"$elemMatch": {"at": span}},
            "standing": {"$in": [standing.value for standing in scope.standings]},
        }
        roots = self._jobs.find(wanted, {"reasoned": 1, "history": 1}).hint(REASONED).sort("reasoned.at", -1)
        found = [
            (each["at"], root, each["version"])
            for root in at_once(roots, limit)
            for each in root["reasoned"]
            if period.start <= each["at"] < period.end
        ]
        found.sort(key=lambda each: (each[0], each[1]["_id"]), reverse=True)
        return list(self._reasons(found[:limit]))

    def _reasons(self, given: Sequence[tuple[Millis, Document, int]]) -> Iterator[Reason]:
        """Most entries lie in the roots that were read; those that do not are read together."""
        held = [_held(root, version) for _, root, version in given]
        moved = {root["_id"] for (_, root, _), entry in zip(given, held, strict=True) if entry is None}
        older = read_histories(self._archive, sorted(moved)) if moved else {}
        for (at, root, version), document in zip(given, held, strict=True):
            job_id = root["_id"]
            entry = (
                older[job_id][version - 1]
                if document is None
                else entry_of(self._archive.veil, job_id, document)
            )
            yield Reason(job_id, at, read(entry).action, entry.open.get("reason"))

    @in_time()
    def sign_ins(self, period: Window) -> Sequence[Sum]:
        wanted: Document = {
            "at": {"$gte": period.start, "$lt": period.end},
            "action": SIGNED_IN,
            "outcome": "success",
            "actor_id": {"$ne": None},
        }
        # In one answer up to 16 MB of the entries' few fields: the slots are told apart here.
        entries = self._archive[AUDIT].find(wanted, {"_id": 0, "actor_id": 1, "at": 1}).hint(BY_TIME)
        found = Counter((each["actor_id"], slot_of(each["at"])) for each in entries.batch_size(_MOST_ENTRIES))
        return [Sum(Measure.ACTED, user_id, 0, slot, count) for (user_id, slot), count in found.items()]


def _rows_of(sought: Sought) -> Document:
    wanted: Document = {
        "measure": {"$in": [str(measure) for measure in sought.measures]},
        "width": sought.width,
        "slot": {"$gte": sought.since, "$lt": sought.until},
    }
    return wanted if sought.hidden else {**wanted, "office": True}


def _held(root: Document, version: int) -> Document | None:
    """The entry where it lies in the root."""
    return next((each for each in root["history"] if each["version"] == version), None)
