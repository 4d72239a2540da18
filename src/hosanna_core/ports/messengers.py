"""A way of telling people that only this firm has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from hosanna_core.model.notification import NotificationDocument
    from hosanna_core.model.people import User


class Messenger(Protocol):
    """Tells one person one thing, beside the inbox, e-mail and Web Push."""

    def tell(self, user: User, notification: NotificationDocument) -> bool:
        """Tell it as its receiver may see it now; False: it is to come again, as it may anyhow. Nothing is raised."""
