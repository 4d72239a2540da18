"""A counter that several processes share, behind a deadline and a circuit breaker."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from limits.storage import MovingWindowSupport

from hosanna_adapters.distant import PATIENCE, Distant, Opened

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hosanna_adapters.limits.terms import Terms

_log: Final = logging.getLogger("hosanna.throttles")


class Holding(NamedTuple):
    """What the shared counter holds of a key: units *got* for us just now, *held* by all, seconds until one is free."""

    got: int
    held: int
    reset_in: float


class SharedCounter(Distant[MovingWindowSupport]):
    """A storage of `limits`, asked as `Distant` says."""

    def __init__(
        self, name: str, opening: Callable[[], Opened[MovingWindowSupport]], *, patience: float = PATIENCE
    ) -> None:
        """*name* is what the log calls it, without credentials; *opening* may take its time and may fail."""
        super().__init__(
            name,
            opening,
            lambda storage: storage.get_moving_window("is it there?", 1, 1),
            called="The shared counter",
            without="each process counts for itself",
            log=_log,
            patience=patience,
        )

    def take(self, terms: Terms, key: str, units: int, deadline: float) -> Holding | None:
        """Lease up to *units*; None if it is away."""
        return self.ask(lambda storage: _take(storage, terms, key, units), deadline)

    def take_one_of_each(self, keys: Sequence[tuple[Terms, str]], deadline: float) -> None:
        """Count one of each, as far as the limits go."""
        self.ask(lambda storage: [_take(storage, terms, key, 1) for terms, key in keys], deadline)

    def read(self, keys: Sequence[tuple[Terms, str]], deadline: float) -> list[Holding] | None:
        """What is held of each; None if it is away."""
        return self.ask(lambda storage: [_read(storage, terms, key) for terms, key in keys], deadline)


def _take(storage: MovingWindowSupport, terms: Terms, key: str, units: int) -> Holding:
    name = terms.name + key
    if storage.acquire_entry(name, terms.units_most, terms.expiry, units):
        return _read(storage, terms, key)._replace(got=units)
    found = _read(storage, terms, key)
    # MongoDB refuses, too, when two make the document of a new key at once; and the end of a limit is small.
    rest = min(units, terms.units_most - found.held)
    if rest > 0 and storage.acquire_entry(name, terms.units_most, terms.expiry, rest):
        return _read(storage, terms, key)._replace(got=rest)
    return found


def _read(storage: MovingWindowSupport, terms: Terms, key: str) -> Holding:
    # Asked of the storage, not of the strategy: where all entries are too old MongoDB has no beginning of the
    # window to tell, and the strategy adds to it.
    start, held = storage.get_moving_window(terms.name + key, terms.units_most, terms.expiry)
    reset_in = start + terms.expiry - time.time() if held else 0.0
    return Holding(0, held, min(max(reset_in, 0.0), float(terms.expiry)))
