"""The audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_core.errors import PermissionDenied
from hosanna_core.usecases import trail
from hosanna_core.usecases.queries import AuditQuery
from hosanna_web.api.answers import AuditList, document
from hosanna_web.api.operations import BASE, Operation

if TYPE_CHECKING:
    from hosanna_web.api.operations import Call
    from hosanna_web.replies import Reply


def page(call: Call) -> Reply:
    """A page of the trail."""
    found, cursor = trail.list_entries(call.ports, call.actor, call.query)
    return document(AuditList(found, cursor))


AUDIT: Final[tuple[Operation, ...]] = (
    Operation(
        method="GET",
        path=BASE + "/audit",
        name="list_audit_entries",
        summary="List what was done about access and the system, newest first",
        area="audit",
        run=page,
        answer=AuditList,
        query=AuditQuery,
        refusals=(PermissionDenied,),
    ),
)
