"""Where nothing is pushed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosanna_core.ports import Pushed

if TYPE_CHECKING:
    from hosanna_core.model.push import PushSubscription


class NoPusher:
    """A `Pusher` that knows no push service: no browser can subscribe."""

    @property
    def public_key(self) -> str | None:
        return None

    def push(self, subscription: PushSubscription, message: bytes) -> Pushed:  # noqa: ARG002  # the port's signature
        return Pushed.LATER
