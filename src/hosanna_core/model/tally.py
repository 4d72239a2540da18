"""What is counted while jobs move, so that a report on a million of them reads sums and no job."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from hosanna_core.model.ids import DAY, MINUTE, JobId, Millis, Version

if TYPE_CHECKING:
    from collections.abc import Mapping

QUARTER: Final[Millis] = 15 * MINUTE
"""The length of a slot: in every time zone of today a day begins with one."""
SLOTS_A_DAY: Final = DAY // QUARTER


class Measure(StrEnum):
    """What is counted. All but ACTED, which is for Administrators, is seen by those who see the job."""

    MOVED = "moved"
    """A step that moved the status. Key: the action."""
    STAYED = "stayed"
    """A status was left. Key: the status; bucket: how long it had lasted."""
    ARRIVED = "arrived"
    """Field work began. Key: an `Arrival`."""
    LATE = "late"
    """It began after what was promised. Bucket: how long after."""
    WORKED = "worked"
    """Field work ended or paused. Key: the technician; counted are milliseconds."""
    ACTED = "acted"
    """Somebody changed a job. Key: the user."""


class Arrival(StrEnum):
    """When field work began, beside what the customer was promised."""

    EARLY = "early"
    WITHIN = "within"
    LATE = "late"
    UNPROMISED = "unpromised"


_COUNTED_BY_DAY: Final = (1, 4)
_BY_LENGTH: Final = (1, SLOTS_A_DAY, 28 * SLOTS_A_DAY)
WIDTHS: Final[Mapping[Measure, tuple[int, ...]]] = MappingProxyType(
    {
        Measure.MOVED: _COUNTED_BY_DAY,
        Measure.ACTED: _COUNTED_BY_DAY,
        Measure.ARRIVED: (1, SLOTS_A_DAY),
        Measure.WORKED: (1, SLOTS_A_DAY),
        Measure.STAYED: _BY_LENGTH,
        Measure.LATE: _BY_LENGTH,
    }
)
"""Everything is counted several times, by stretches of so many slots, so that a long time is the sum of few rows: by
quarters of an hour for the edges; by hours what is told by day, for in most time zones a day begins with one; by days
and four weeks of UTC what is told of a whole time."""


class Tally(NamedTuple):
    """One thing that is counted. *slot* is the number since 1970 of a stretch of *width* quarters of an hour.

    *office*: whether an Office Manager sees the jobs that it was counted of.
    """

    measure: Measure
    width: int
    slot: int
    office: bool
    key: str
    bucket: int


class Given(NamedTuple):
    """A reason was given: with which entry of a job's history, for which action."""

    version: Version
    at: Millis
    action: str


class Account(NamedTuple):
    """What a change, or a whole history, adds to what is counted; less than nothing where something is moved."""

    tallies: Mapping[Tally, int]
    reasons: tuple[Given, ...] = ()


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """Which tallies are added up: those of slots [since, until) of one *width*.

    *hidden*: also what an Office Manager does not see. *every*: so many slots from *since* on make a group.
    """

    measures: tuple[Measure, ...]
    since: int
    until: int
    hidden: bool
    width: int = 1
    every: int | None = None


class Sum(NamedTuple):
    """What was added up of one measure, key and bucket in one group (0 where all is one)."""

    measure: Measure
    key: str
    bucket: int
    group: int
    n: int


class Reason(NamedTuple):
    """A reason as it is read: None where it was erased."""

    job_id: JobId
    at: Millis
    action: str
    text: str | None


def slot_of(at: Millis) -> int:
    """The slot of an instant.

    >>> slot_of(0), slot_of(899_999), slot_of(900_000)
    (0, 0, 1)
    """
    return at // QUARTER
