"""Which request a line of the log, or a span, belongs to: every request has an id, its own or one of ours."""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar
from itertools import count
from typing import Final

HEADER: Final = b"x-request-id"
_SANE: Final = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")
_OURS: Final = secrets.token_hex(6)
"""Two processes never mint the same."""
_NUMBERS: Final = count(1)


class Asking:
    """One request, as far as the log may tell of it."""

    __slots__ = ("actor_id", "request_id", "route", "span_id", "trace_id")

    def __init__(self, given: bytes | None = None) -> None:
        """*given* is what whoever asks calls it: believed where it is short and plain, else it gets another name.

        >>> Asking(b"9c1f-7").request_id, Asking(b'a" b').request_id != 'a" b'
        ('9c1f-7', True)
        """
        sane = given is not None and _SANE.fullmatch(given) is not None
        self.request_id = given.decode() if sane and given is not None else f"{_OURS}-{next(_NUMBERS):x}"
        self.actor_id: str | None = None
        self.route: str | None = None
        self.trace_id: str | None = None
        self.span_id: str | None = None


ASKING: Final[ContextVar[Asking | None]] = ContextVar("hosanna_asking", default=None)
"""The request that this task, or the thread that works for it, is about."""
