"""The settings in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hosanna_adapters.memory.state import State
    from hosanna_core.model.firm import Firm


class MemoryFirms:
    """The settings of a `MemoryStore`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def get(self) -> Firm:
        return self._state.firm
