"""What is demanded of the real thing: secrets that nobody guesses, and nothing that is meant for finding faults."""

from __future__ import annotations

import os
import re
import sys
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from hosanna_web.checks import SHORTEST_SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator

FEWEST_CHARACTERS: Final = 10
"""Different ones: 32 random bytes have more in any common way of writing them."""
_PLACEHOLDER: Final = re.compile(
    "change(this|it|me)|replace(this|it|me)|placeholder|your(own|jwt|very|super)?(secret|key)|(my|super)secret"
)
_OFF: Final = frozenset({"", "0", "false", "no", "off"})


def weakness(secret: str) -> str | None:
    """Why a secret is none, None if nothing speaks against it.

    >>> weakness("changeme-in-production-please-0001")
    'is a placeholder'
    """
    if len(secret.split()) > 1 and len("".join(secret.split())) < SHORTEST_SECRET:
        return "is padded with blanks"
    if sum(ord(b) - ord(a) == 1 for a, b in pairwise(secret)) > len(secret) / 2:
        return "counts up"
    if len(set(secret)) < FEWEST_CHARACTERS:
        return f"has fewer than {FEWEST_CHARACTERS} different characters"
    if secret in (secret + secret)[1:-1]:
        return "repeats itself"
    letters = re.sub(r"[^a-z]", "", secret.lower())
    if _PLACEHOLDER.search(letters):
        return "is a placeholder"
    return None


def debug_settings() -> Iterator[tuple[str, str]]:
    """The variables that make this process tell or check more than a server should, and what to do about each."""
    if os.environ.get("LITESTAR_DEBUG", "").lower() not in _OFF:
        yield "LITESTAR_DEBUG", "is a debug setting: unset it in production"
    if os.environ.get("PYTHONASYNCIODEBUG"):
        yield "PYTHONASYNCIODEBUG", "is a debug setting: unset it in production"
    if sys.flags.dev_mode:
        yield "PYTHONDEVMODE", "is a debug setting, also as python -X dev: leave it away in production"
