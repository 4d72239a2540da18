"""Push messages that go nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosanna_core.ports import Pushed

if TYPE_CHECKING:
    from hosanna_core.model.push import PushSubscription


class PlainPusher:
    """A `Pusher` that keeps what it is handed, and answers *outcome*."""

    def __init__(self, outcome: Pushed = Pushed.TAKEN) -> None:
        self.outcome = outcome
        self.pushed: list[tuple[PushSubscription, bytes]] = []

    @property
    def public_key(self) -> str | None:
        """Looks like one."""
        return "kit"

    def push(self, subscription: PushSubscription, message: bytes) -> Pushed:
        """Keep it."""
        self.pushed.append((subscription, message))
        return self.outcome
