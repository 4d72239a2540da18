"""What a job asks for and what a technician holds: names, levels and last days."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.model.schedule import Skill

HIGHEST_LEVEL: Final = 10
NEVER: Final = "9999-12-31"
"""The last day of a skill that does not expire."""
_LEVELLED = re.compile(r"(.*\S)\s*>=\s*(\d{1,3})", re.ASCII)


class Asked(msgspec.Struct, frozen=True):
    """A required skill: its name without regard to case, and the least level that will do."""

    name: str
    level: int | None = None


class Lack(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A required skill that does not count on the day, and what there is in its place."""

    name: str
    """As the job says it."""
    level: int | None = None
    """The level that is needed."""
    held: int | None = None
    """The level that is held, where it is too low."""
    expired_on: str | None = None
    """The last day on which it counted."""


@lru_cache(maxsize=4096)
def asked(required: str) -> Asked:
    """A required skill, read as `name` or `name >= level`.

    >>> asked("Solar"), asked("Journeyman >= 3")
    (Asked(name='solar', level=None), Asked(name='journeyman', level=3))
    """
    parts = _LEVELLED.fullmatch(required)
    if parts is None:
        return Asked(required.casefold())
    return Asked(parts[1].casefold(), int(parts[2]))


def counts(skill: Skill, day: str) -> bool:
    """Whether a skill has not expired on *day* (YYYY-MM-DD)."""
    return skill.expires_on is None or day <= skill.expires_on


class Holding(msgspec.Struct, frozen=True, gc=False):
    """Which required skills are lacking, and how many days the first of the others to expire still counts."""

    lacks: tuple[Lack, ...]
    days_left: int | None
    """None: none of them expires."""


def holding(held: Sequence[Skill], required: Sequence[str], day: str) -> Holding:
    """What is held of what is *required* on *day*; of several entries of one name the one that lasts longest counts.

    >>> from hosanna_core.model.schedule import Skill
    >>> found = holding([Skill("Solar", level=2)], ("solar", "solar >= 3", "lift"), "2026-03-02")
    >>> [told(lack) for lack in found.lacks]
    ['solar >= 3 (held at level 2)', 'lift']
    """
    lacks: list[Lack] = []
    first = NEVER
    for name in required:
        wanted = asked(name)
        last = ""
        for skill in held:
            if skill.name.casefold() == wanted.name and _enough(skill, wanted, day):
                last = max(last, skill.expires_on or NEVER)
        if last:
            first = min(first, last)
        else:
            lacks.append(_lack(name, wanted, held, day))
    if first == NEVER:
        return Holding(tuple(lacks), None)
    return Holding(tuple(lacks), (date.fromisoformat(first) - date.fromisoformat(day)).days)


def _enough(skill: Skill, wanted: Asked, day: str) -> bool:
    if not counts(skill, day):
        return False
    return wanted.level is None or (skill.level is not None and skill.level >= wanted.level)


def _lack(name: str, wanted: Asked, held: Sequence[Skill], day: str) -> Lack:
    held = [skill for skill in held if skill.name.casefold() == wanted.name]
    alive = [skill for skill in held if counts(skill, day)]
    if alive:
        return Lack(name, wanted.level, max(skill.level or 0 for skill in alive))
    return Lack(name, wanted.level, None, max((skill.expires_on or "" for skill in held), default=None))


def told(lack: Lack) -> str:
    """What is lacking, in words."""
    if lack.held is not None:
        return f"{lack.name} (held at {f'level {lack.held}' if lack.held else 'no level'})"
    return lack.name if lack.expired_on is None else f"{lack.name} (expired after {lack.expired_on})"
