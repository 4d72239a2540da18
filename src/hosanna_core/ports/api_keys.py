"""Reading API keys; they are written by `Ledger.commit` alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.model.api_key import ApiKey
    from hosanna_core.model.ids import Id


class ApiKeys(Protocol):
    """The keys of machines, those that were revoked among them."""

    def get(self, key_id: Id) -> ApiKey | None:
        """The key as it was committed last, None if there is none: one read, never of a copy."""

    def page(self, after: Id | None, limit: int) -> Sequence[ApiKey]:
        """At most *limit* keys, newest first (by id, descending), those below *after*."""
