"""The words by which a job is found, split the same way for storing and for asking."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from hosanna_core.model.job import number_text

if TYPE_CHECKING:
    from hosanna_core.model.job import Job

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
