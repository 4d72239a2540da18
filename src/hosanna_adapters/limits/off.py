"""No throttles at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosanna_core.model.limits import Allowance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.model.limits import Use


class NoThrottles:
    """`Throttles` that count nothing, for whoever limits in front of the server.

    >>> from hosanna_core.model.limits import Limit, Use
    >>> NoThrottles().count([Use(Limit("once", 1, 60), "somebody")]).remaining
    1
    """

    def left(self, uses: Sequence[Use]) -> Allowance:
        tightest = min((use.limit for use in uses), key=lambda limit: limit.most)
        return Allowance(tightest, tightest.most, 0)

    def count(self, uses: Sequence[Use]) -> Allowance:
        return self.left(uses)

    def begin(self, uses: Sequence[Use]) -> bool:  # noqa: ARG002 - the port's name
        return True

    def end(self, uses: Sequence[Use], *, failed: bool) -> None:
        pass
