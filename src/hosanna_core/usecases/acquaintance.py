"""Who knows the customer or the site of a job, by the jobs that they did there."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from hosanna_core.model.ids import DAY, JobId, Millis, UserId
from hosanna_core.model.status import DONE
from hosanna_core.rules.assignment.score import Familiar
from hosanna_core.rules.keys import customer_keys, found_by, site_keys

if TYPE_CHECKING:
    from hosanna_core.model.job import Job
    from hosanna_core.ports import Ports

MOST: Final = 100
"""So many jobs of the customer and at the site are looked at."""
MEMORY: Final = 730 * DAY
"""How far back: who was there longer ago does not know the place any more."""


def familiar_with(ports: Ports, job: Job) -> dict[UserId, Familiar]:
    """How often each technician did a job for the customer or at the site of *job*: one read, and a bounded one."""
    key = ports.keys.customers
    # Not by the keys that are stored: those of former customers and sites are among them.
    theirs, here = set(customer_keys(job.customer, key)), set(site_keys(job.site, key))
    keys = (*theirs, *here)
    if not keys:
        return {}
    customer: defaultdict[UserId, set[JobId]] = defaultdict(set)
    site: defaultdict[UserId, set[JobId]] = defaultdict(set)
    for other in ports.store.jobs.of_customer(keys, _before_ids_of(job.created_at - MEMORY), MOST):
        if other.id == job.id or other.status not in DONE or other.technician_id is None:
            continue
        found = found_by(other.customer, other.site, key)
        if not theirs.isdisjoint(found):
            customer[other.technician_id].add(other.id)
        if not here.isdisjoint(found):
            site[other.technician_id].add(other.id)
    return {
        each: Familiar(len(customer[each]), len(site[each]), len(customer[each] | site[each]))
        for each in {*customer, *site}
    }


def _before_ids_of(at: Millis) -> JobId:
    """What sorts before every id that was minted at *at* or later: ids begin with their time."""
    digits = f"{max(at, 0):012x}"
    return f"{digits[:8]}-{digits[8:]}"
