"""How long it takes to get from one place to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.model.travel import Leg, Point


class Travel(Protocol):
    """Ways between places. Never slower to ask for many ways at once than one by one."""

    def legs(
        self, origins: Sequence[Point | None], destinations: Sequence[Point | None]
    ) -> Sequence[Sequence[Leg]]:
        """The way from each origin (a row) to each destination (a column), in whole seconds and metres.

        No way is negative, and from a place to itself it is `NO_WAY`; so is every way from or to None, a place that
        is not known. Rows may be made when they are asked for.
        """
