"""Customers out of their jobs: who has the same address of mail, or the same telephone, is the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.model.customer import Customer, Site
from hosanna_core.model.status import DONE, Status
from hosanna_core.rules.history import ERASED
from hosanna_core.rules.keys import normal_email, normal_phone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from hosanna_core.rules.sheets import Cell


class _Job(msgspec.Struct, frozen=True):
    """What of a job's document tells of its customer."""

    customer: Customer
    site: Site
    status: Status
    created_at: str


_DECODER: Final = msgspec.json.Decoder(_Job)


class Known(msgspec.Struct):
    """One customer, by what the newest job says of them."""

    name: str
    email: str | None
    phone: str | None
    site: Site
    jobs: int
    completed: int
    first: str
    last: str

    def cells(self) -> Sequence[Cell]:
        """Their row."""
        return (
            self.name,
            self.email,
            self.phone,
            self.site.street,
            self.site.city,
            self.site.postal_code,
            self.jobs,
            self.completed,
            self.first,
            self.last,
        )


def customers_in(bodies: Iterable[bytes]) -> list[Known]:
    """The customers of jobs, given oldest first, in the order in which they came; those who were erased left out.

    Holds one row for each customer, and no job.
    """
    rows: list[Known] = []
    places: dict[str, int] = {}
    for body in bodies:
        job = _DECODER.decode(body)
        if job.customer.name == ERASED:
            continue
        names = tuple(_names(job))
        place = next((places[name] for name in names if name in places), len(rows))
        if place == len(rows):
            rows.append(_new(job))
        else:
            _again(rows[place], job)
        places.update(dict.fromkeys((name for name in names if name not in places), place))
    return rows


def _names(job: _Job) -> Iterator[str]:
    """By what they are known, the surest first."""
    email, phone = job.customer.email, normal_phone(job.customer.phone or "")
    if email:
        yield f"e|{normal_email(email)}"
    if phone:
        yield f"p|{phone}"
    if not email and not phone:
        yield f"n|{job.customer.name.casefold()}|{job.site.street.casefold()}"


def _new(job: _Job) -> Known:
    customer = job.customer
    done = int(job.status in DONE)
    return Known(
        customer.name, customer.email, customer.phone, job.site, 1, done, job.created_at, job.created_at
    )


def _again(known: Known, job: _Job) -> None:
    known.name = job.customer.name
    known.email = job.customer.email or known.email
    known.phone = job.customer.phone or known.phone
    known.site = job.site
    known.jobs += 1
    known.completed += int(job.status in DONE)
    known.last = job.created_at
