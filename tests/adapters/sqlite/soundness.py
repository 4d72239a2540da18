"""Looking at a file from below: is everything there that belongs to what is there, and nothing else?"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hosanna_adapters.sqlite.rows import (
    JobRow,
    customer_keys_from,
    entry_from,
    job_documents,
    job_from,
    job_row,
    own_audience,
)
from hosanna_adapters.sqlite.veils import InClear, Veil

IN_CLEAR = InClear()


def faults(path: Path, veil: Veil = IN_CLEAR) -> list[str]:
    """What does not fit together in the file; empty for a sound one."""
    db = sqlite3.connect(path)
    try:
        return [*_broken_pages(db), *_misfits(db, veil)]
    finally:
        db.close()


def _broken_pages(db: sqlite3.Connection) -> list[str]:
    return [line for (line,) in db.execute("PRAGMA integrity_check") if line != "ok"]


def _misfits(db: sqlite3.Connection, veil: Veil) -> Iterator[str]:
    jobs = {
        row[0]: JobRow(*row[1:]) for row in db.execute(f"SELECT n, {', '.join(JobRow._fields)} FROM jobs")
    }
    documents = {n: (doc, body) for n, doc, body in db.execute("SELECT job, doc, body FROM documents")}
    words = _by_job(db, "SELECT job, audience, word, created_at FROM words")
    customers = _by_job(db, "SELECT job, customer_key FROM customer_jobs")
    entries = _by_job(db, "SELECT job, version, sealed, open, hash FROM entries ORDER BY job, version")
    events = _by_job(db, "SELECT substr(key, 5, 36), key FROM feed WHERE key GLOB 'job|*' ORDER BY n")
    technicians = dict(db.execute("SELECT id, n FROM technicians"))
    for rows in (documents, words, customers, entries):
        yield from (f"rows of no job: {n}" for n in rows.keys() - jobs.keys())
    for n, row in jobs.items():
        shown = tuple(map(veil.show, documents[n], ("documents",) * 2, (row.id,) * 2, ("doc", "body")))
        job = job_from(veil, row.id, documents[n][0])
        history = [entry_from(veil, row.id, entry) for entry in entries[n]]
        checks = {
            "columns": row == job_row(job, veil),
            "documents": shown == job_documents(job, IN_CLEAR),
            "words": sorted(words[n]) == sorted(_spelled(row, technicians)),
            "customer keys": {key for (key,) in customers[n]} == set(customer_keys_from(row.customer_keys)),
            "versions": [entry.version for entry in history] == list(range(1, job.version + 1)),
            "chain": job.chain == history[-1].hash,
            "events": events[job.id] == [(f"job|{job.id}|{k}|0",) for k in range(1, job.version + 1)],
        }
        yield from (f"{job.id}: {name} do not fit" for name, fits in checks.items() if not fits)


def _spelled(row: JobRow, technicians: Mapping[str, int]) -> Iterator[tuple[int, str, int]]:
    for word in row.words.split():
        yield row.office, word, row.created_at
        if row.seen_by is not None:
            yield own_audience(technicians[row.seen_by]), word, row.created_at


def _by_job(db: sqlite3.Connection, sql: str) -> Mapping[Any, list[Any]]:
    found: dict[Any, list[Any]] = defaultdict(list)
    for job, *row in db.execute(sql):
        found[job].append(tuple(row))
    return found
