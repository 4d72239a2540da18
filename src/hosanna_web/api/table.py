"""Every route, in the order of the specification's page; each area's rows stand below its handlers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_web.api.api_keys import API_KEYS
from hosanna_web.api.audit import AUDIT
from hosanna_web.api.auth import AUTH
from hosanna_web.api.calendars import CALENDARS
from hosanna_web.api.commands import COMMANDS
from hosanna_web.api.credentials import CREDENTIALS
from hosanna_web.api.exports import EXPORTS
from hosanna_web.api.jobs import JOBS
from hosanna_web.api.notifications import NOTIFICATIONS
from hosanna_web.api.outside import OUTSIDE
from hosanna_web.api.people import USERS
from hosanna_web.api.plans import PLANS
from hosanna_web.api.realtime import REALTIME
from hosanna_web.api.reports import REPORTS
from hosanna_web.api.settings import SETTINGS
from hosanna_web.api.webhooks import WEBHOOKS

if TYPE_CHECKING:
    from hosanna_web.api.operations import Operation

OPERATIONS: Final[tuple[Operation, ...]] = (
    *AUTH,
    *CREDENTIALS,
    *JOBS,
    *USERS,
    *NOTIFICATIONS,
    *REALTIME,
    *COMMANDS,
    *PLANS,
    *REPORTS,
    *AUDIT,
    *SETTINGS,
    *API_KEYS,
    *WEBHOOKS,
    *EXPORTS,
    *CALENDARS,
    *OUTSIDE,
)
