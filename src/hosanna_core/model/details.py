"""What the office says about a job: all that an edit may change."""

from __future__ import annotations

import msgspec

from hosanna_core.model.customer import Customer, Site
from hosanna_core.model.ids import UserId
from hosanna_core.model.schedule import Window
from hosanna_core.model.status import Priority


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of a job that people write, judged already; the names are those of `Job`."""

    title: str
    description: str | None = None
    customer: Customer
    site: Site
    priority: Priority
    required_skills: tuple[str, ...] = ()
    duration_minutes: int
    window: Window | None = None
    arrival_window: Window | None = None


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What a transition is told beside its name, judged already; each action uses only its own part."""

    reason: str | None = None
    technician_id: UserId | None = None
    window: Window | None = None
    override: bool = False
    chosen: str | None = None
    """Why the technician was chosen, where nobody said who: kept in the history, so without a name."""
    work_summary: str | None = None
    invoice_number: str | None = None
    amount: str | None = None


NO_ORDER = Order()
