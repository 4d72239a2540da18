"""Reading the settings; they are written by `Ledger.commit` alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from hosanna_core.model.firm import Firm


class Firms(Protocol):
    """What an Administrator changes of the system while it runs: one for each store."""

    def get(self) -> Firm:
        """The settings as they were committed last; `Firm()`, with version 0, where they never were."""
