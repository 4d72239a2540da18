"""Histories: the newest entries lie in the root, older ones in segments of 32."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_adapters.mongo.batches import at_once
from hosanna_adapters.mongo.documents import entry_document, entry_of
from hosanna_adapters.mongo.forgetting import forget_segments, without_open_values
from hosanna_adapters.mongo.schema import JOBS, SEGMENTS
from hosanna_core.errors import StaleVersion
from hosanna_core.model.job import Job

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hosanna_adapters.mongo.archive import Archive
    from hosanna_adapters.mongo.schema import Document
    from hosanna_adapters.mongo.units import Unit
    from hosanna_core.model.change import AnyChange
    from hosanna_core.model.entry import Entry
    from hosanna_core.model.ids import JobId

IN_THE_ROOT: Final = 64
MOVED_AT_ONCE: Final = 32


def rewrites_history(change: AnyChange) -> bool:
    """Whether the entry is not simply appended.

    Whether the root may be full is told by the version, for one entry is added with each, without reading it.
    """
    if not isinstance(change.root, Job):
        return False
    version = change.root.version
    full = change.entry is not None and version > IN_THE_ROOT and version % MOVED_AT_ONCE == 1
    return full or change.forgets


def history_after(archive: Archive, unit: Unit, change: AnyChange) -> list[Document]:
    """What the root keeps of its history; the oldest entries move to a segment, and what is to be forgotten goes.

    The caller writes it to the root with its version, so that nobody can have come between.
    """
    job_id = change.root.id
    stored = archive[JOBS].find_one({"_id": job_id}, {"history": 1}, session=unit.session)
    if stored is None:
        raise StaleVersion
    entries: list[Document] = stored.get("history", [])
    if change.forgets:
        forget_segments(archive, unit, job_id)
        entries = [without_open_values(entry) for entry in entries]
    if change.entry is not None:
        entries = [*entries, entry_document(archive.veil, job_id, change.entry)]
    if len(entries) <= IN_THE_ROOT:
        return entries
    oldest, kept = entries[:MOVED_AT_ONCE], entries[MOVED_AT_ONCE:]
    segment = f"{job_id}|{oldest[0]['version']:06d}"
    unit.touch(SEGMENTS, segment)
    archive[SEGMENTS].insert_one({"_id": segment, "entries": oldest}, session=unit.session)
    return kept


def read_history(archive: Archive, job_id: JobId) -> Sequence[Entry]:
    """Every entry, oldest first. The root is read first: what moves meanwhile is then seen twice, never missed."""
    root = archive[JOBS].find_one({"_id": job_id}, {"history": 1})
    return [] if root is None else _whole(archive, root)


def read_histories(archive: Archive, job_ids: Sequence[JobId]) -> Mapping[JobId, Sequence[Entry]]:
    """Every entry of each, oldest first: those of a job that has segments are read beside."""
    roots = at_once(archive[JOBS].find({"_id": {"$in": list(job_ids)}}, {"history": 1}), len(job_ids))
    return {root["_id"]: _whole(archive, root) for root in roots}


def _whole(archive: Archive, root: Document) -> Sequence[Entry]:
    job_id, newest = root["_id"], root.get("history", [])
    if not newest or newest[0]["version"] == 1:
        return [entry_of(archive.veil, job_id, each) for each in newest]
    first = f"{job_id}|{newest[0]['version']:06d}"
    segments = archive[SEGMENTS].find({"_id": {"$gte": f"{job_id}|", "$lt": first}}).sort("_id", 1)
    older = [each for segment in segments for each in segment["entries"]]
    return [entry_of(archive.veil, job_id, each) for each in (*older, *newest)]
