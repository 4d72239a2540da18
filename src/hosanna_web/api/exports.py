"""Files for other systems: jobs, completed work, and customers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec

from hosanna_core.errors import PermissionDenied
from hosanna_core.usecases import work_exports
from hosanna_core.usecases.work_exports import CompletedQuery, ExportQuery, Format, JobsExportQuery
from hosanna_web.api.operations import BASE, CSV, Lane, Operation
from hosanna_web.arrivals import JSON
from hosanna_web.files import FileReply

if TYPE_CHECKING:
    from hosanna_core.usecases.work_exports import Export
    from hosanna_web.api.operations import Call


class ExportedItems(msgspec.Struct, frozen=True):
    """A file of JSON: all of it."""

    items: list[dict[str, Any]]


def jobs(call: Call) -> FileReply:
    """All jobs in view that a list would show."""
    return _file(work_exports.export_jobs(call.ports, call.actor, call.query, call.origin))


def completed(call: Call) -> FileReply:
    """Completed work."""
    return _file(work_exports.export_completed(call.ports, call.actor, call.query, call.origin))


def customers(call: Call) -> FileReply:
    """The customers."""
    return _file(work_exports.export_customers(call.ports, call.actor, call.query, call.origin))


def _file(export: Export) -> FileReply:
    media_type = CSV if export.format is Format.CSV else JSON
    return FileReply(b"", media_type=media_type.encode(), pieces=export.pieces, name=export.name)


# That somebody asked is put down first: so it begins where one writes, and goes on where one reads.
_route = partial(
    Operation, method="GET", area="integrations", answer=ExportedItems, also=CSV, where=Lane.WRITE
)
EXPORTS: Final[tuple[Operation, ...]] = (
    _route(
        path=BASE + "/jobs/export",
        name="export_jobs",
        summary="Download the jobs that you may see, as CSV or JSON",
        run=jobs,
        query=JobsExportQuery,
    ),
    _route(
        path=BASE + "/exports/completed",
        name="export_completed_work",
        summary="Download completed work for accounting, as CSV or JSON",
        run=completed,
        query=CompletedQuery,
        refusals=(PermissionDenied,),
    ),
    _route(
        path=BASE + "/exports/customers",
        name="export_customers",
        summary="Download the customers for a CRM, as CSV or JSON",
        run=customers,
        query=ExportQuery,
        refusals=(PermissionDenied,),
    ),
)
