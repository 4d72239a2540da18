"""Adding up what is counted: what was gathered, and what the roots of jobs still carry, in one snapshot."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from hosanna_adapters.mongo.counting import AT_ONCE, UNTOLD, gather, untold_in
from hosanna_adapters.mongo.documents import entry_of
from hosanna_adapters.mongo.history import read_history
from hosanna_adapters.mongo.patience import in_time
from hosanna_adapters.mongo.schema import AUDIT, BY_TIME, JOBS, REASONED, TALLIES, list_index
from hosanna_core.model.status import Standing
from hosanna_core.model.tally import Measure, Reason, Sum, Tally, slot_of
from hosanna_core.rules.history import read
from hosanna_core.rules.tallies import SIGNED_IN, at_every_width

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


class MongoTallies:
    """The tallies of a `MongoStore`."""

    def __init__(self, archive: Archive, units: Units) -> None:
        self._archive = archive
        self._units = units
        self._jobs = archive[JOBS]

    @in_time()
    def sums(self, sought: Sought) -> Sequence[Sum]:
        while self._jobs.count_documents(UNTOLD, limit=_MANY) == _MANY:
            gather(self._archive, self._units, AT_ONCE)
        found: Counter[tuple[Measure, str, int, int]] = Counter()

        def add(unit: Unit) -> None:
            found.clear()
            for tally, count in self._told(sought, unit):
                group = (tally.slot - sought.since) // sought.every if sought.every else 0
                found[tally.measure, tally.key, tally.bucket, group] += count

        self._units.run(add)
        return [Sum(*names, count) for names, count in found.items() if count]

    def _told(self, sought: Sought, unit: Unit) -> Iterator[tuple[Tally, int]]:
        wanted: Document = {
            "measure": {"$in": [str(measure) for measure in sought.measures]},
            "width": sought.width,
            "slot": {"$gte": sought.since, "$lt": sought.until},
        }
        if not sought.hidden:
            wanted["office"] = True
        for each in self._archive[TALLIES].find(wanted, session=unit.session):
            names = Measure(each["measure"]), each["width"], each["slot"], each["office"], each["key"]
            for bucket, count in each["n"].items():
                yield Tally(*names, int(bucket)), count
        untold = untold_in(self._jobs.find(UNTOLD, {"untold": 1}, session=unit.session))
        for tally, count in at_every_width(untold).items():
            if (
                tally.measure in sought.measures
                and tally.width == sought.width
                and sought.since <= tally.slot < sought.until
                and (tally.office or sought.hidden)
            ):
                yield tally, count

    @in_time()
    def standing(self, scope: Scope, since: Sequence[Millis]) -> Mapping[Standing, Sequence[int]]:
        by_age = list_index("standing", "created")
        found: dict[Standing, list[int]] = {}
        for standing in sorted(scope.standings):
            # How many there are from each instant on, then what lies between.
            running = [
                self._jobs.count_documents(
                    {"standing": standing.value, "created_at": {"$gte": cut}}, hint=by_age
                )
                for cut in (*since, 0)
            ]
            found[standing] = [now - before for before, now in zip((0, *running), running, strict=False)]
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
            for root in roots.limit(limit)
            for each in root["reasoned"]
            if period.start <= each["at"] < period.end
        ]
        found.sort(key=lambda each: (each[0], each[1]["_id"]), reverse=True)
        return [self._reason(at, root, version) for at, root, version in found[:limit]]

    def _reason(self, at: Millis, root: Document, version: int) -> Reason:
        job_id = root["_id"]
        held = next((each for each in root["history"] if each["version"] == version), None)
        entry = (
            read_history(self._archive, job_id)[version - 1]
            if held is None
            else entry_of(self._archive.veil, job_id, held)
        )
        return Reason(job_id, at, read(entry).action, entry.open.get("reason"))

    @in_time()
    def sign_ins(self, period: Window) -> Sequence[Sum]:
        wanted: Document = {
            "at": {"$gte": period.start, "$lt": period.end},
            "action": SIGNED_IN,
            "outcome": "success",
            "actor_id": {"$ne": None},
        }
        entries = self._archive[AUDIT].find(wanted, {"actor_id": 1, "at": 1}).hint(BY_TIME)
        found = Counter((each["actor_id"], slot_of(each["at"])) for each in entries)
        return [Sum(Measure.ACTED, user_id, 0, slot, count) for (user_id, slot), count in found.items()]
