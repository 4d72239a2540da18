"""What a filter asks for: the truth that the stores' queries are compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosanna_core.rules.words import words_of

if TYPE_CHECKING:
    from hosanna_core.model.ids import Millis
    from hosanna_core.model.job import Job
    from hosanna_core.model.query import JobFilter


def matches(job: Job, wanted: JobFilter) -> bool:
    """Whether a job is what a filter asks for."""
    return fits(job, wanted) and has_words(words_of(job), wanted)


def fits(job: Job, wanted: JobFilter) -> bool:
    """Whether a job is what a filter asks for beside its words. A job without a window is in no range of windows."""
    return (
        (wanted.statuses is None or job.status in wanted.statuses)
        and wanted.technician_id in (None, job.technician_id)
        and wanted.priority in (None, job.priority)
        and _within(job.created_at, wanted.created_from, wanted.created_to)
        and _within(None if job.window is None else job.window.start, wanted.window_from, wanted.window_to)
    )


def has_words(words: frozenset[str], wanted: JobFilter) -> bool:
    """Whether every asked word is there, and one that begins with the asked prefix."""
    prefix = wanted.prefix
    return words.issuperset(wanted.words) and (
        prefix is None or any(word.startswith(prefix) for word in words)
    )


def _within(value: Millis | None, start: Millis | None, end: Millis | None) -> bool:
    if value is None:
        return start is None and end is None
    return (start is None or start <= value) and (end is None or value < end)
