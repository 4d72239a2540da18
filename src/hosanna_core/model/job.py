"""The job: one piece of work for one customer at one site."""

from __future__ import annotations

import msgspec

from hosanna_core.model.customer import Customer, Site
from hosanna_core.model.ids import JobId, Millis, UserId, Version
from hosanna_core.model.place import Place
from hosanna_core.model.schedule import Window
from hosanna_core.model.status import Priority, Standing, Status


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A job as it is stored. Only decisions make the next one; nobody else sets a status.

    *window* is the time that it occupies, *arrival_window* what the customer was promised. *stages* tells when each
    status was last reached. *chain* is the hash of its newest history entry, *subject_key* the salt of its personal
    values, *customer_keys* the keyed hashes by which the jobs of a customer and those at a site are found, former
    ones among them.
    """

    id: JobId
    number: int
    version: Version
    status: Status
    standing: Standing
    title: str
    description: str | None = None
    customer: Customer
    site: Site
    priority: Priority
    required_skills: tuple[str, ...] = ()
    duration_minutes: int
    window: Window | None = None
    arrival_window: Window | None = None
    technician_id: UserId | None = None
    external_ref: str | None = None
    work_summary: str | None = None
    invoice_number: str | None = None
    amount: str | None = None
    stages: dict[Status, Millis]
    created_at: Millis
    updated_at: Millis
    chain: bytes = b""
    subject_key: bytes
    customer_keys: tuple[bytes, ...] = ()

    @property
    def place(self) -> Place:
        """What decides who may see it."""
        return Place(self.standing, self.technician_id)


def number_text(number: int) -> str:
    """The number as people say it.

    >>> number_text(123)
    'J-000123'
    """
    return f"J-{number:06d}"
