"""The operational report, as it looks outside: how many jobs there are, how fast they move, and who moves them."""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from hosanna_core.model.ids import UserId
from hosanna_core.model.people import Role
from hosanna_core.model.status import Action, Status


class AgesDocument(msgspec.Struct, frozen=True, kw_only=True):
    """So many jobs, by the time since they were created."""

    count: int
    under_1_day: int
    under_7_days: int
    under_30_days: int
    under_90_days: int
    older: int


class StatusDocument(AgesDocument, frozen=True, kw_only=True):
    """The jobs that have one status now."""

    status: Status


class JobsDocument(msgspec.Struct, frozen=True, kw_only=True):
    """All jobs now, those that are closed among them."""

    total: int
    statuses: tuple[StatusDocument, ...]


class StepsDocument(msgspec.Struct, frozen=True, kw_only=True):
    """How often jobs took each of these steps."""

    created: int = 0
    confirmed: int = 0
    completed: int = 0
    billed: int = 0
    cancelled: int = 0


class DayDocument(StepsDocument, frozen=True, kw_only=True):
    """One day, where the firm is."""

    date: str


class ThroughputDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The steps of the whole time, and of each of its days."""

    total: StepsDocument
    days: tuple[DayDocument, ...]


class StageDocument(msgspec.Struct, frozen=True, kw_only=True):
    """How long jobs had one status, of those that left it; null where none did."""

    status: Status
    count: int
    median_minutes: float | None
    p90_minutes: float | None


class ArrivalsDocument(msgspec.Struct, frozen=True, kw_only=True):
    """When field work began, beside what was promised. *on_time* is the share that was not late, of those promised."""

    starts: int
    early: int
    within: int
    late: int
    unpromised: int
    on_time: float | None
    late_median_minutes: float | None
    late_p90_minutes: float | None


class UtilisationDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One technician. Nobody knows how long somebody is available who has no hours, and the firm has none either."""

    technician_id: UserId
    full_name: str
    worked_hours: float
    available_hours: float | None
    utilisation: float | None


class ReasonDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One reason; null where it was erased."""

    reason: str | None
    count: int


class ReasonsDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Why jobs were cancelled, reopened, held or need another visit. *others* are not among the *reasons* told."""

    action: Action
    count: int
    reasons: tuple[ReasonDocument, ...]
    others: int


class ActivityDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What one user did. *actions* are changes of jobs; a day with any, or with a sign-in, is an active one."""

    user_id: UserId
    full_name: str
    role: Role
    sign_ins: int
    actions: int
    active_days: int


class OperationsDocument(msgspec.Struct, frozen=True, kw_only=True, rename={"since": "from", "until": "to"}):
    """The work of [from, to), of the jobs that the caller sees; *users* is there for Administrators alone."""

    since: str
    until: str
    timezone: str
    at: str
    jobs: JobsDocument
    throughput: ThroughputDocument
    stages: tuple[StageDocument, ...]
    arrivals: ArrivalsDocument
    technicians: tuple[UtilisationDocument, ...]
    reasons: tuple[ReasonsDocument, ...]
    users: tuple[ActivityDocument, ...] | UnsetType = UNSET
