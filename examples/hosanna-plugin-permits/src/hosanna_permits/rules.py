"""Which work needs a permit, and whether it has one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.model.status import Priority

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hosanna_core.model.job import Job
    from hosanna_core.rules.assignment.candidates import Member

USUAL: Final = "panel"
"""The skills whose work needs a permit, unless somebody says otherwise."""
SIGNER: Final = "master electrician"
"""Who holds this signs for a permit."""
_NUMBER: Final = re.compile(r"\bE-\d{4}-\d{4,6}\b")


class Rules(msgspec.Struct, frozen=True):
    """Work that asks for any of these *skills* needs a permit."""

    skills: frozenset[str]

    @classmethod
    def of(cls, listed: str) -> Rules:
        """From names with commas between them; raises ValueError where there is none.

        >>> sorted(Rules.of("panel, Service Upgrade").skills)
        ['panel', 'service upgrade']
        """
        skills = frozenset(name.strip().casefold() for name in listed.split(",") if name.strip())
        if not skills:
            raise ValueError("HOSANNA_PLUGIN_PERMITS_SKILLS names no skill.")
        return cls(skills)

    def needs(self, job: Job) -> bool:
        """Whether it takes a permit."""
        return self.needed_for(job.required_skills)

    def needed_for(self, required_skills: Iterable[str]) -> bool:
        """Whether work that asks for these takes one; `panel >= 3` asks for `panel`, too."""
        return any(name.partition(">=")[0].strip().casefold() in self.skills for name in required_skills)

    def misses(self, job: Job) -> bool:
        """Whether it takes a permit, and has none."""
        return self.needs(job) and permit_of(job) is None


_CURRENT = [Rules.of(USUAL)]


def set_up(rules: Rules) -> None:
    """Go by these from now on."""
    _CURRENT[:] = [rules]


def current() -> Rules:
    """What one goes by."""
    return _CURRENT[0]


def permit_of(job: Job) -> str | None:
    """The number of its permit, None where it has none."""
    return permit_in(job.external_ref, job.description)


def permit_in(*texts: str | None) -> str | None:
    """The first number of a permit in these.

    >>> permit_in(None, "Permit E-2026-0042, see the file")
    'E-2026-0042'
    """
    return next((found.group() for each in texts if each and (found := _NUMBER.search(each))), None)


def urgent(job: Job) -> bool:
    """Whether the work goes first, and the permit follows."""
    return job.priority is Priority.EMERGENCY


def signs(member: Member) -> bool:
    """Whether somebody may sign for a permit."""
    return any(skill.name.casefold() == SIGNER for skill in member.calendar.availability.skills)
