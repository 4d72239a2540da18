"""Counting without a document that everybody writes: each job carries what it adds until somebody gathers it.

What a change adds is pushed into the job's root by the same atomic update (`untold`). Now and then, after so many
commits, whoever writes gathers the oldest of it into `tallies`, in a transaction of its own; whoever reads takes both
in one snapshot. So no transition waits for another that counts the same thing.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import pymongo

from hosanna_adapters.mongo.documents import entry_of
from hosanna_adapters.mongo.history import read_history
from hosanna_adapters.mongo.schema import JOBS, META, TALLIES
from hosanna_core.model.job import Job
from hosanna_core.model.tally import Measure, Tally
from hosanna_core.rules.tallies import account_from, account_of, at_every_width

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hosanna_adapters.mongo.archive import Archive
    from hosanna_adapters.mongo.schema import Document
    from hosanna_adapters.mongo.units import Unit, Units
    from hosanna_core.model.change import AnyChange
    from hosanna_core.model.entry import Entry
    from hosanna_core.model.ids import Millis
    from hosanna_core.model.tally import Account

GATHERED_EVERY: Final = 128
"""After so many changes of jobs a process gathers what they and others have added."""
AT_ONCE: Final = 500
"""Roots from which is gathered in one transaction: more than one process adds meanwhile."""
UNTOLD: Final[Document] = {"untold_at": {"$gte": 0}}
COUNTED: Final = "counted"
"""The document of `meta` that says that all older jobs have been counted."""
_PAGE: Final = 500
_IN: Final = 60.0
"""Seconds for a page of older jobs."""


def pushed(archive: Archive, change: AnyChange) -> Document:
    """What counting sets and pushes with the update of a root."""
    if not isinstance(change.root, Job):
        return {}
    job_id = change.root.id
    account = account_of(change, lambda: read_history(archive, job_id))
    if not account.tallies:
        return {}
    push = {name: {"$each": held} for name, held in _fields(account).items()}
    return {"$set": {"untold_at": change.root.updated_at}, "$push": push}


def counted_first(change: AnyChange) -> Document:
    """What the document of a root that did not exist carries of it."""
    if not isinstance(change.root, Job):
        return {}
    return counted(account_of(change, tuple), change.root.updated_at)


def counted(account: Account, at: Millis) -> Document:
    """What the root of a job carries that is counted as a whole."""
    return {COUNTED: True, "untold_at": at, **_fields(account)}


def loaded(account: Account) -> Document:
    """The same where its tallies have been written already."""
    fields = _fields(account)
    fields.pop("untold", None)
    return {COUNTED: True, **fields}


def _fields(account: Account) -> Document:
    """Where there is nothing there is no field: empty arrays would be entries of an index, too."""
    held = {
        "untold": [[str(tally.measure), *tally[1:], count] for tally, count in account.tallies.items()],
        "reasoned": [{"at": each.at, "version": each.version} for each in account.reasons],
    }
    return {name: values for name, values in held.items() if values}


def untold_in(documents: Iterable[Document]) -> Mapping[Tally, int]:
    """What roots carry, together."""
    found: Counter[Tally] = Counter()
    for document in documents:
        for measure, *names, count in document.get("untold", ()):
            found[Tally(Measure(measure), *names)] += count
    return found


def gather(archive: Archive, units: Units, limit: int = AT_ONCE) -> int:
    """Move what *limit* roots at most carry to where it is added up; answers how many roots that were."""
    found: list[Document] = []

    def writes(unit: Unit) -> None:
        roots = archive[JOBS].find(UNTOLD, {"untold": 1}, session=unit.session)
        found[:] = roots.sort("untold_at", 1).limit(limit)
        for each in found:
            unit.touch(JOBS, each["_id"])
        empty = {"$unset": {"untold": "", "untold_at": ""}}
        archive.update_each(JOBS, [({"_id": each["_id"]}, empty) for each in found], session=unit.session)
        add_tallies(archive, unit, untold_in(found))

    units.run(writes)
    return len(found)


def add_tallies(archive: Archive, unit: Unit, tallies: Mapping[Tally, int]) -> None:
    """Add so many to each, at every width. The buckets of a slot and key lie in one document."""
    histograms: dict[tuple[Any, ...], Document] = {}
    for tally, count in at_every_width(tallies).items():
        names = (str(tally.measure), tally.width, tally.slot, tally.office, tally.key)
        histograms.setdefault(names, {})[f"n.{tally.bucket}"] = count
    updates: list[tuple[Document, Document]] = []
    for (measure, width, slot, office, key), counts in histograms.items():
        name = f"{measure}|{width}|{slot}|{office:d}|{key}"
        unit.touch(TALLIES, name)
        fields = {"measure": measure, "width": width, "slot": slot, "office": office, "key": key}
        updates.append(({"_id": name}, {"$inc": counts, "$setOnInsert": fields}))
    archive.update_each(TALLIES, updates, upsert=True, session=unit.session)


def count_older(archive: Archive, units: Units) -> None:
    """Count the jobs that were stored when nobody counted. Any number of processes may do so at once."""
    if archive[META].find_one({"_id": COUNTED}) is not None:
        return
    uncounted: Document = {COUNTED: {"$exists": False}}
    while archive[JOBS].find_one(uncounted, {"_id": 1}) is not None:
        _count_them(archive, units, uncounted)
    archive[META].update_one({"_id": COUNTED}, {"$set": {"value": True}}, upsert=True)


def _count_them(archive: Archive, units: Units, uncounted: Document) -> None:
    """One walk; who is changed meanwhile is left for the next."""
    older = archive[JOBS].find(uncounted, {"history": 1, "version": 1, "updated_at": 1})
    while page := list(islice(older, _PAGE)):
        with pymongo.timeout(_IN):
            archive.update_each(
                JOBS,
                [
                    (
                        {"_id": each["_id"], "version": each["version"], **uncounted},
                        {"$set": counted(account_from(_history(archive, each)), each["updated_at"])},
                    )
                    for each in page
                ],
            )
            gather(archive, units, 2 * _PAGE)


def _history(archive: Archive, root: Document) -> Iterable[Entry]:
    entries = root.get("history", [])
    if entries and entries[0]["version"] == 1:
        return [entry_of(archive.veil, root["_id"], each) for each in entries]
    return read_history(archive, root["_id"])
