"""What an Administrator changes of the system while it runs."""

from __future__ import annotations

from typing import Final

import msgspec

from hosanna_core.model.ids import Id, Millis, Version
from hosanna_core.model.status import Priority

THE_FIRM: Final[Id] = "firm"
"""The id of the settings: every store has them once."""


class Company(msgspec.Struct, frozen=True, kw_only=True):
    """Whose system it is; *timezone* is where a day of the office begins and ends."""

    name: str = "Hosanna"
    phone: str | None = None
    email: str | None = None
    timezone: str = "UTC"


class JobType(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of work: how long it usually takes, and what whoever does it must hold."""

    name: str
    duration_minutes: int
    required_skills: tuple[str, ...] = ()


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """How much each soft score counts when candidates are ranked, 0 to 100: a score is from 0 to 1, times this."""

    travel: int = 40
    """A short way from the visit before, or from home, and on to the visit after."""
    fortnight: int = 20
    """Few hours booked in the two weeks that end with the visit's day."""
    day: int = 10
    """Few hours booked on the visit's day."""
    continuity: int = 20
    """Who knows the customer or the site."""
    rarity: int = 10
    """Not spending a skill that few have on work that does not ask for it."""
    plugins: dict[str, int] = {}
    """Scores of plugins, by name; one that is not here counts as its plugin says."""


_LEFT_OUT: Final = {
    Priority.EMERGENCY: 4_000,
    Priority.HIGH: 2_000,
    Priority.NORMAL: 1_000,
    Priority.LOW: 500,
}


class Costs(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan is charged for, in minutes of a technician's time, which cost 1 each: travel, waiting and work."""

    travel: int = 1
    """A minute on the road costs so much beyond the time itself."""
    technician: int = 30
    """Sending somebody out at all."""
    fairness: int = 1
    """A minute of work costs so much beyond the time itself to who has worked most of all in the last two weeks; it
    costs less to the others, and nothing to who has worked least."""
    continuity: int = 20
    """Sending somebody who does not know the customer or the site where another of the crew does."""
    stability: int = 30
    """Giving a visit to another technician than the plan before did, or leaving out what it had."""
    promise: int = 240
    """Coming outside the window that the customer was promised; 0: it is never broken."""
    left_out: dict[Priority, int] = msgspec.field(default_factory=lambda: dict(_LEFT_OUT))
    """Leaving a job out of the plan, by its priority."""


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """For how many days is kept what nobody needs for ever.

    What proves something is never among it: jobs, their histories and what was counted of them, the audit trail.
    """

    read_notifications: int = 180
    """Since they were read."""
    unread_notifications: int = 730
    """Since they were made."""
    webhook_deliveries: int = 30
    """What was told to webhooks, since it happened; what is yet to be told stays."""
    plans: int = 730
    """Since the day that was planned."""


class Firm(msgspec.Struct, frozen=True, kw_only=True):
    """The settings. Nothing is stored until somebody changes them: version 0 is what holds until then.

    *hours* are the office's, in the form of a technician's; a plan takes them for who has set none.
    """

    id: Id = THE_FIRM
    version: Version = 0
    company: Company = Company()
    hours: dict[str, tuple[tuple[int, int], ...]] = {}
    job_types: tuple[JobType, ...] = ()
    scores: Scores = Scores()
    costs: Costs = Costs()
    retention: Retention = Retention()
    updated_at: Millis = 0
