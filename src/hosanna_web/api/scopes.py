"""Which scope of an API key opens which operation: by the first part of its path, and whether it only reads.

What is not here is for people, such as accounts, devices, keys and webhooks: with those a key could make itself more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_core.model.api_key import ApiScope
from hosanna_web.api.operations import BASE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hosanna_web.api.operations import Operation

_Scopes = tuple[ApiScope | None, ApiScope | None]
_BY_PATH: Final[Mapping[str, _Scopes]] = {
    # path            reads                        does more
    "jobs":          (ApiScope.JOBS_READ,          ApiScope.JOBS_WRITE),
    "technicians":   (ApiScope.TECHNICIANS_READ,   ApiScope.TECHNICIANS_WRITE),
    "plans":         (ApiScope.PLANS_READ,         ApiScope.PLANS_WRITE),
    "reports":       (ApiScope.REPORTS_READ,       None),
    "exports":       (ApiScope.EXPORT_READ,        None),
    "announcements": (ApiScope.ANNOUNCEMENTS_READ, ApiScope.ANNOUNCEMENTS_WRITE),
    "audit":         (ApiScope.AUDIT_READ,         None),
    "stream":        (ApiScope.FEED_READ,          ApiScope.FEED_READ),
    "events":        (ApiScope.FEED_READ,          None),
    "sync":          (ApiScope.FEED_READ,          ApiScope.JOBS_WRITE),
}  # fmt: skip
_BY_NAME: Final[Mapping[str, ApiScope | None]] = {
    "export_jobs": ApiScope.EXPORT_READ,
    # A machine has no inbox, and no calendar that it should hand out.
    "follow_job": None,
    "unfollow_job": None,
    "get_following": None,
    "make_calendar_link": None,
    "revoke_calendar_link": None,
}


def scope_of_operation(operation: Operation) -> ApiScope | None:
    """The scope that opens it to a key; None: none does."""
    if operation.name in _BY_NAME:
        return _BY_NAME[operation.name]
    area = operation.path.removeprefix(BASE + "/").partition("/")[0]
    reads, does_more = _BY_PATH.get(area, (None, None))
    return reads if operation.method == "GET" else does_more
