"""Forgetting what has been kept for as long as the settings say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_core.model.ids import DAY
from hosanna_core.rules.assignment.hours import day_text

if TYPE_CHECKING:
    from hosanna_core.ports import Ports

AT_ONCE: Final = 100
"""Of each kind in one go: nobody waits for long behind it."""


def forget_old(ports: Ports) -> int:
    """Forget at most `AT_ONCE` of each kind of what is too old by the settings of now; how many in all.

    While that is more than none there may be more. Raises Busy.
    """
    store, now, firm = ports.store, ports.outside.now(), ports.store.firms.get()
    kept = firm.retention
    return (
        store.inboxes.sweep(
            now - kept.read_notifications * DAY, now - kept.unread_notifications * DAY, AT_ONCE
        )
        + store.deliveries.sweep(now - kept.webhook_deliveries * DAY, AT_ONCE)
        + store.dayplans.sweep(day_text(now - kept.plans * DAY, firm.company.timezone), AT_ONCE)
    )
