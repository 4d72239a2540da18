"""Web Push: which devices want it, and telling them."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.model.change import Receipt
    from hosanna_core.model.ids import Id, UserId
    from hosanna_core.model.push import PushSubscription


class Subscriptions(Protocol):
    """The stored subscriptions; of one endpoint there is one, whoever brought it last."""

    def keep(self, subscription: PushSubscription, receipt: Receipt | None = None) -> None:
        """Store it in the place of whatever had its endpoint, and the receipt in the same commit.

        Raises Replayed, as `Ledger.commit` does, and Busy; nothing is stored then.
        """

    def of(self, user_id: UserId) -> Sequence[PushSubscription]:
        """A user's subscriptions, in the order of their ids."""

    def drop(self, user_id: UserId, subscription_id: Id) -> bool:
        """Remove it; False if this user has no such subscription."""


class Pushed(Enum):
    """What became of a push message."""

    TAKEN = "taken"
    """The push service has it."""
    GONE = "gone"
    """The device does not want it any more: its subscription is over."""
    LATER = "later"
    """Not now: the service is away, slow or overrun."""


class Pusher(Protocol):
    """Hands messages to the push services of browsers."""

    @property
    def public_key(self) -> str | None:
        """What a browser needs to subscribe (base64url); None where nothing is pushed."""

    def push(self, subscription: PushSubscription, message: bytes) -> Pushed:
        """Encrypt *message* (3,000 bytes at most) for the device and hand it over. Never fails, takes 10 s at most."""
