"""The words by which a job is found, split the same way for storing and for asking."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from hosanna_core.model.job import number_text
from hosanna_core.rules.ordering import keys_of

if TYPE_CHECKING:
    from hosanna_core.model.job import Job
    from hosanna_core.model.query import JobFilter

LONGEST: Final = 40
"""Words are cut off here, on both sides."""
SHORTEST_PREFIX: Final = 2
_WORD = re.compile(r"j-\d+|\w+")


def split(text: str) -> list[str]:
    """The words of a text: compatibility-normalised, case folded, accents dropped.

    >>> split("Señor O'Neil, J-000123")
    ['senor', 'o', 'neil', 'j-000123']
    """
    plain = text if text.isascii() else _without_accents(text)
    return [word[:LONGEST] for word in _WORD.findall(plain.casefold())]


def _without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFKC", "".join(c for c in decomposed if not unicodedata.combining(c)))


def words_of(job: Job) -> frozenset[str]:
    """Every word of number, title, description, customer and street; the number with and without its zeros."""
    customer = job.customer
    number = number_text(job.number)
    parts = (job.title, job.description, customer.name, customer.phone, customer.email, job.site.street)
    return frozenset(
        (number.casefold(), number[2:], str(job.number), *split(" ".join(part for part in parts if part)))
    )


def asked(question: str) -> tuple[tuple[str, ...], str | None]:
    """The whole words of a question, and its last one as a prefix where it is long enough for that.

    >>> asked("panel upg"), asked("panel u"), asked("...")
    ((('panel',), 'upg'), (('panel', 'u'), None), ((), None))
    """
    words = split(question)
    if words and len(words[-1]) >= SHORTEST_PREFIX:
        return tuple(dict.fromkeys(words[:-1])), words[-1]
    return tuple(dict.fromkeys(words)), None


def matches(job: Job, wanted: JobFilter) -> bool:
    """Whether a job is what a filter asks for: the truth that the stores' queries are compared with."""
    keys = keys_of(job)
    in_window_range = wanted.window_from is None and wanted.window_to is None
    if not in_window_range and job.window is not None:
        in_window_range = _within(keys.window_key, wanted.window_from, wanted.window_to)
    return (
        (wanted.statuses is None or job.status in wanted.statuses)
        and wanted.technician_id in (None, job.technician_id)
        and wanted.priority in (None, job.priority)
        and _within(keys.created_at, wanted.created_from, wanted.created_to)
        and in_window_range
        and has_words(words_of(job), wanted)
    )


def has_words(words: frozenset[str], wanted: JobFilter) -> bool:
    """Whether every asked word is there, and one that begins with the asked prefix."""
    prefix = wanted.prefix
    return words.issuperset(wanted.words) and (
        prefix is None or any(word.startswith(prefix) for word in words)
    )


def _within(value: int, start: int | None, end: int | None) -> bool:
    return (start is None or start <= value) and (end is None or value < end)
