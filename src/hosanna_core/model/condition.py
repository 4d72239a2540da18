"""How something that the system stands on is doing, as far as whoever asks it can tell."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Mode(StrEnum):
    """What can be expected of it."""

    OK = "ok"
    DEGRADED = "degraded"
    """It works, or something else stands in for it, and not as it should."""
    AWAY = "away"


class Condition(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One dependency. There is never a secret in it, nor anybody's name: of an error only its class is told.

    >>> Condition(name="store", mode=Mode.OK, latency_ms=0.4).mode
    <Mode.OK: 'ok'>
    """

    name: str
    mode: Mode
    latency_ms: float | None = None
    """Of the last answer."""
    error: str | None = None
    """The class of what went wrong last."""
    waiting: int | None = None
    """What waits in front of it."""
