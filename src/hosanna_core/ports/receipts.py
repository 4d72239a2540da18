"""Reading the receipts of requests that carried an idempotency key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from hosanna_core.model.ids import DAY

if TYPE_CHECKING:
    from hosanna_core.model.change import Receipt
    from hosanna_core.model.ids import Millis

KEPT_FOR: Final[Millis] = DAY
"""A receipt answers for this long; then it may be dropped, and its key be used anew."""


class Receipts(Protocol):
    """Receipts are written only with the change that they are about (`Ledger.commit`)."""

    def get(self, key: str, now: Millis) -> Receipt | None:
        """The receipt of *key*, if it was written within the 24 hours before *now*."""
