"""Counting how often somebody tries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.model.limits import Allowance, Use


class Throttles(Protocol):
    """Counts uses within moving stretches of time; where several processes share a counter, they count as one.

    Never fails and never takes longer than 250 ms: where the shared counter is away or silent, each process counts for
    itself until it is back. Each answer is about the tightest of the limits asked about. It counts by a clock of its
    own.
    """

    def left(self, uses: Sequence[Use]) -> Allowance:
        """What is left, tries that have begun taken off; counts nothing."""

    def count(self, uses: Sequence[Use]) -> Allowance | None:
        """Count one of each, answer what is left then; None, and nothing is counted, if any of them is exhausted."""

    def begin(self, uses: Sequence[Use]) -> bool:
        """Begin a try that may fail: False, and nothing has begun, if as many failed or are under way as may fail.

        Whoever began ends it: of tries that begin at once no more can fail than the limits say, within a process.
        """

    def end(self, uses: Sequence[Use], *, failed: bool) -> None:
        """The try is over; one that failed is counted."""
