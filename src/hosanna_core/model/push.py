"""Where a device wants to be told by Web Push (RFC 8030)."""

from __future__ import annotations

import msgspec

from hosanna_core.model.ids import Id, Millis, UserId
from hosanna_core.model.withheld import withheld


class PushSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """What a browser answered when its user agreed. *p256dh* and *auth* are as it gave them: base64url."""

    id: Id
    user_id: UserId
    endpoint: str
    p256dh: str
    auth: str
    created_at: Millis

    def __repr__(self) -> str:
        return withheld(self, "endpoint", "p256dh", "auth")
