"""A job as the row of a table, and what accounting wants to know of completed work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.model.documents import JobDocument
from hosanna_core.model.instants import text_or_none, to_millis
from hosanna_core.model.job import number_text
from hosanna_core.model.status import DONE, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.model.documents import WindowDocument
    from hosanna_core.model.ids import Millis
    from hosanna_core.model.job import Job
    from hosanna_core.model.query import Row
    from hosanna_core.ports import Ports
    from hosanna_core.rules.sheets import Cell
    from hosanna_core.rules.visibility import Scope

JOB: Final = (
    "number", "id", "external_ref", "status", "priority", "title", "description", "customer_name", "customer_phone",
    "customer_email", "street", "city", "postal_code", "latitude", "longitude", "required_skills", "duration_minutes",
    "window_start", "window_end", "arrival_start", "arrival_end", "technician_id", "created_at", "updated_at",
    "completed_at", "billed_at",
)  # fmt: skip
COMPLETED: Final = (
    "number", "external_ref", "customer_name", "customer_email", "customer_phone", "title", "work_summary",
    "invoice_number", "amount", "completed_at", "billed_at", "technician_id",
)  # fmt: skip
_DECODER: Final = msgspec.json.Decoder(JobDocument)


def job_row(body: bytes) -> Sequence[Cell]:
    """A job's document as the cells of `JOB`."""
    job = _DECODER.decode(body)
    customer, site, window, arrival = job.customer, job.site, job.window, job.arrival_window
    return (
        job.number,
        job.id,
        job.external_ref,
        job.status,
        job.priority,
        job.title,
        job.description,
        customer.name,
        customer.phone,
        customer.email,
        site.street,
        site.city,
        site.postal_code,
        site.latitude,
        site.longitude,
        "; ".join(job.required_skills),
        job.duration_minutes,
        *_ends(window),
        *_ends(arrival),
        job.technician_id,
        job.created_at,
        job.updated_at,
        job.stages.get(Status.COMPLETED),
        job.stages.get(Status.BILLED),
    )


def _ends(window: WindowDocument | None) -> tuple[str | None, str | None]:
    return (None, None) if window is None else (window.start, window.end)


def completed_work(
    ports: Ports, page: Sequence[Row], scope: Scope, since: Millis | None, until: Millis | None
) -> list[dict[str, Cell]]:
    """What accounting wants of those of a list's rows that were completed within that time, in their order.

    They are read anew, all in one go: what the work was and cost does not stand in a list. By then one may have been
    taken back, completed again, or gone out of view.
    """
    listed = [row.id for row in page if _within(_completed_at(row), since, until)]
    jobs = ports.store.jobs.get_many(listed, scope) if listed else {}
    found = (jobs[each] for each in listed if each in jobs)
    return [
        _work(job)
        for job in found
        if job.status in DONE and _within(job.stages.get(Status.COMPLETED), since, until)
    ]


def _completed_at(row: Row) -> Millis | None:
    at = _DECODER.decode(row.body).stages.get(Status.COMPLETED)
    return None if at is None else to_millis(at)


def _work(job: Job) -> dict[str, Cell]:
    return {
        "number": number_text(job.number),
        "external_ref": job.external_ref,
        "customer_name": job.customer.name,
        "customer_email": job.customer.email,
        "customer_phone": job.customer.phone,
        "title": job.title,
        "work_summary": job.work_summary,
        "invoice_number": job.invoice_number,
        "amount": job.amount,
        "completed_at": text_or_none(job.stages.get(Status.COMPLETED)),
        "billed_at": text_or_none(job.stages.get(Status.BILLED)),
        "technician_id": job.technician_id,
    }


def _within(at: Millis | None, since: Millis | None, until: Millis | None) -> bool:
    return at is not None and (since is None or at >= since) and (until is None or at < until)
