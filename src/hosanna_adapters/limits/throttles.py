"""The port's throttles: counted in this process, and where there is a shared counter, by all processes as one."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from hosanna_adapters.limits.accounts import Account, Shelf
from hosanna_adapters.limits.terms import Terms
from hosanna_core.model.limits import Allowance

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hosanna_adapters.limits.shared import Holding, SharedCounter
    from hosanna_core.model.condition import Condition
    from hosanna_core.model.limits import Limit, Use

MOST_KEYS = 20_000
"""Of each limit, that one process remembers; what counts nothing is forgotten first, then the longest unused."""


class LimitsThrottles:
    """`Throttles` for one process, or for several that share a counter.

    Every use is counted in this process, whatever the shared counter says: that alone decides while it is away.

    >>> from hosanna_core.model.limits import Limit, Use
    >>> throttles, twice = LimitsThrottles(), Use(Limit("twice", 2, 60), "somebody")
    >>> [allowance and allowance.remaining for allowance in map(throttles.count, [[twice]] * 3)]
    [1, 0, None]
    """

    def __init__(
        self,
        shared: SharedCounter | None = None,
        *,
        most_keys: int = MOST_KEYS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._shared = shared
        self._most_keys = most_keys
        self._clock = clock
        self._lock = threading.Lock()
        self._shelves: dict[Limit, Shelf] = {}
        self._fetches: dict[Use, threading.Event] = {}

    def left(self, uses: Sequence[Use]) -> Allowance:
        with self._lock:
            now = self._clock()
            asked = [use for use in uses if self._is_unknown(use, now)]
        self._read(asked, self._deadline())
        with self._lock:
            now = self._clock()
            return self._tightest([self._account(use, now) for use in uses], now)

    def count(self, uses: Sequence[Use]) -> Allowance | None:
        deadline = 0.0
        while True:
            with self._lock:
                now = self._clock()
                accounts = [self._account(use, now) for use in uses]
                if not all(account.left(now) for account in accounts):
                    return None
                poor = self._poor(accounts, now)
                if poor is None or (deadline and time.monotonic() >= deadline):
                    for account in accounts:
                        account.spend(now)
                        account.shelf.keep(account, now)
                    return self._tightest(accounts, now)
            deadline = deadline or self._deadline()
            self._fetch(uses[poor], deadline)

    def begin(self, uses: Sequence[Use]) -> bool:
        deadline = self._deadline()
        while True:
            with self._lock:
                now = self._clock()
                accounts = [self._account(use, now) for use in uses]
                if not all(account.left(now) for account in accounts):
                    return False
                before = [account.ended for account in accounts]
            held = self._read(uses, deadline)
            begun = self._begin(uses, held, before)
            if begun is not None:
                return begun
            if time.monotonic() >= deadline:
                return False

    def _begin(self, uses: Sequence[Use], held: Sequence[int], before: Sequence[int]) -> bool | None:
        """Begin, if as many as *held* have failed; None if others failed here since *before*, and that may matter."""
        with self._lock:
            now = self._clock()
            accounts = [self._account(use, now) for use in uses]
            if not all(account.left(now) for account in accounts):
                return False
            for account, failed, ended in zip(accounts, held, before, strict=True):
                most = account.terms.most - account.underway
                if failed >= most:
                    return False
                # What failed while we asked may have been in the answer, or not.
                if failed + max(0, account.ended - ended) >= most:
                    return None
            for account in accounts:
                account.underway += 1
                account.shelf.keep(account, now)
            return True

    def end(self, uses: Sequence[Use], *, failed: bool) -> None:
        # It stays under way until it is counted everywhere, so that nobody begins in between.
        if failed and self._shared is not None:
            self._shared.take_one_of_each(
                [(self._shelf(use.limit).terms, use.key) for use in uses], self._deadline()
            )
        with self._lock:
            now = self._clock()
            for use in uses:
                account = self._account(use, now)
                account.underway = max(0, account.underway - 1)
                if failed:
                    account.ended += 1
                    account.add(now)
                    account.shelf.keep(account, now)
                else:
                    account.shelf.let_go(account, now)

    def condition(self) -> Condition | None:
        """How the shared counter is; None where there is none."""
        return None if self._shared is None else self._shared.condition()

    def close(self) -> None:
        """Let the shared counter go."""
        if self._shared is not None:
            self._shared.close()

    def _deadline(self) -> float:
        return time.monotonic() + (self._shared.patience if self._shared is not None else 0.0)

    def _shelf(self, limit: Limit) -> Shelf:
        shelf = self._shelves.get(limit)
        if shelf is None:
            shelf = self._shelves.setdefault(limit, Shelf(Terms(limit), self._most_keys))
        return shelf

    def _account(self, use: Use, now: float) -> Account:
        return self._shelf(use.limit).look(use.key, now)

    def _is_shared(self) -> bool:
        return self._shared is not None and not self._shared.away

    def _is_unknown(self, use: Use, now: float) -> bool:
        account = self._account(use, now)
        return self._is_shared() and now >= account.closed_until and not account.has_credit(now)

    def _poor(self, accounts: Sequence[Account], now: float) -> int | None:
        """Which of them needs something of the shared counter first."""
        if not self._is_shared():
            return None
        return next((n for n, account in enumerate(accounts) if not account.has_credit(now)), None)

    def _tightest(self, accounts: Sequence[Account], now: float) -> Allowance:
        shared = self._is_shared()
        allowances = [account.allowance(now, shared=shared) for account in accounts]
        if len(allowances) == 1:
            return allowances[0]
        return min(allowances, key=lambda allowance: (allowance.remaining, -allowance.reset))

    def _read(self, uses: Sequence[Use], deadline: float) -> list[int]:
        """How much of each the shared counter holds; nothing, if there is none that answers."""
        if uses and self._shared is not None:
            asked_at = self._clock()
            keys = [(self._shelf(use.limit).terms, use.key) for use in uses]
            holdings = self._shared.read(keys, deadline)
            if holdings is not None:
                for use, holding in zip(uses, holdings, strict=True):
                    self._learn(use, holding, asked_at)
                return [holding.held for holding in holdings]
        return [0] * len(uses)

    def _fetch(self, use: Use, deadline: float) -> None:
        """Fetch a lease for *use*, or wait for whoever is fetching one of several uses."""
        terms = self._shelf(use.limit).terms
        arrived = threading.Event()
        if terms.leased:
            with self._lock:
                first = self._fetches.setdefault(use, arrived)
            if first is not arrived:
                first.wait(max(0.0, deadline - time.monotonic()))
                return
        try:
            self._fetch_alone(use, terms, deadline)
        finally:
            if terms.leased:
                del self._fetches[use]
                arrived.set()

    def _fetch_alone(self, use: Use, terms: Terms, deadline: float) -> None:
        if self._shared is None:
            return
        with self._lock:
            asked_at = self._clock()
            units = self._account(use, asked_at).wanted(asked_at)
        holding = self._shared.take(terms, use.key, units, deadline)
        if holding is not None:
            self._learn(use, holding, asked_at)

    def _learn(self, use: Use, holding: Holding, asked_at: float) -> None:
        with self._lock:
            now = self._clock()
            account = self._account(use, now)
            account.learn(holding, asked_at)
            if not account.is_empty(now):
                account.shelf.keep(account, now)
