"""What this process knows of each key: its own count, tries under way, and the rest of a lease. Needs its lock."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from itertools import islice
from math import ceil
from typing import TYPE_CHECKING, Final

from hosanna_core.model.limits import Allowance

if TYPE_CHECKING:
    from hosanna_adapters.limits.shared import Holding
    from hosanna_adapters.limits.terms import Terms

_LOOKED_AT: Final = 16
"""Accounts among which is chosen what to forget, where all of them count something."""


class Account:
    """One key of one limit. Times are of the monotonic clock."""

    __slots__ = (
        "_counts", "_stamps", "amount", "closed_until", "credit", "ended", "key", "lapses", "shared_left",
        "shared_reset", "shelf", "terms", "total", "underway",
    )  # fmt: skip

    def __init__(self, shelf: Shelf, key: str) -> None:
        self.shelf = shelf
        self.key = key
        self.terms = terms = shelf.terms
        self.total = 0
        """Uses that this process saw within the window."""
        self._stamps: list[float] = []
        self._counts: list[int] = []
        self.underway = 0
        self.ended = 0
        """Failed tries that this process ever ended."""
        self.credit = 0
        """What is left of the lease, until it lapses."""
        self.lapses = 0.0
        self.amount = 1
        """Units of the next lease: it doubles while leases are used up, and begins anew when one has lapsed."""
        self.shared_left = terms.most
        """What the shared counter had left when it was last asked, beside our leases; and when it has more."""
        self.shared_reset = 0.0
        self.closed_until = 0.0
        """Until then the shared counter cannot have anything left, so it is not asked."""

    def pass_time(self, now: float) -> None:
        """Forget what is older than the window."""
        stamps = self._stamps
        if stamps and stamps[0] <= (before := now - self.terms.span):
            old = bisect_right(stamps, before)
            self.total -= sum(self._counts[:old])
            del stamps[:old], self._counts[:old]

    def add(self, now: float) -> None:
        """Count one use."""
        self.total += 1
        if self._stamps and now - self._stamps[-1] < self.terms.grain:
            self._counts[-1] += 1
        else:
            self._stamps.append(now)
            self._counts.append(1)

    def left(self, now: float) -> int:
        """What is left for certain without asking anybody."""
        if now < self.closed_until and not self.has_credit(now):
            return 0
        return max(0, self.terms.most - self.total - self.underway)

    def has_credit(self, now: float) -> bool:
        """Whether there is a lease with something left."""
        return self.credit > 0 and now < self.lapses

    def is_empty(self, now: float) -> bool:
        """Whether a new account would say the same."""
        return not (self.total or self.underway or self.has_credit(now) or now < self.shared_reset)

    def spend(self, now: float) -> None:
        """Count one use, off the lease if there is one."""
        self.add(now)
        if self.has_credit(now):
            self.credit -= 1

    def learn(self, holding: Holding, asked_at: float) -> None:
        """Note what the shared counter says, which was asked at *asked_at*; what it has leased to us is credit."""
        terms = self.terms
        self.shared_left = (terms.units_most - holding.held) * terms.unit
        self.shared_reset = asked_at + holding.reset_in
        if holding.got:
            rest = self.credit if self.has_credit(asked_at) else 0
            self.amount = min(self.amount * 2, terms.biggest)
            self.credit = rest + holding.got * terms.unit
            self.lapses = asked_at + terms.life
        elif holding.held >= terms.units_most:
            self.closed_until = self.shared_reset

    def wanted(self, now: float) -> int:
        """How many units to lease next."""
        if self.credit > 0 and now >= self.lapses:
            self.credit, self.amount = 0, 1
        return self.amount

    def allowance(self, now: float, *, shared: bool) -> Allowance:
        """What is left, and when there is more of it."""
        most = self.terms.most
        left, reset_at = most - self.total, (self._stamps[0] + self.terms.span if self._stamps else now)
        if shared:
            shared_left = self.shared_left + (self.credit if now < self.lapses else 0)
            if shared_left < left:
                left, reset_at = shared_left, self.shared_reset
        left = max(0, left - self.underway)
        reset = max(0, ceil(reset_at - now))
        # Stamps and leases make some windows a little longer. Who has to wait is told so; a header need not be.
        reset = min(reset, self.terms.limit.seconds) if left else max(1, reset)
        return Allowance(self.terms.limit, left, reset)


class Shelf:
    """The accounts of one limit that have something to remember, in the order in which they were last counted against.

    Beyond *most_keys* some are forgotten. Whoever only asks makes nobody be forgotten: an unknown key is answered with
    an account that is not on the shelf, until it is kept.
    """

    def __init__(self, terms: Terms, most_keys: int) -> None:
        self.terms = terms
        self._most_keys = most_keys
        self._accounts: OrderedDict[str, Account] = OrderedDict()

    def __len__(self) -> int:
        return len(self._accounts)

    def look(self, key: str, now: float) -> Account:
        """The account of *key*, as it is now; a full one if nothing is known of it."""
        account = self._accounts.get(key)
        if account is None:
            return Account(self, key)
        account.pass_time(now)
        return account

    def keep(self, account: Account, now: float) -> None:
        """Remember *account*, which has just been counted against."""
        if account.key in self._accounts:
            self._accounts.move_to_end(account.key)
            return
        self._make_room(now)
        self._accounts[account.key] = account

    def let_go(self, account: Account, now: float) -> None:
        """Forget *account* if it has nothing to remember."""
        if account.is_empty(now):
            self._accounts.pop(account.key, None)

    def _make_room(self, now: float) -> None:
        """Drop two that have nothing to remember, so that it empties faster than it fills, or else one that has.

        They are in the order in which their last use grows old: the first is empty, or all count something.
        """
        for _ in range(2):
            first = next(iter(self._accounts.values()), None)
            if first is not None:
                first.pass_time(now)
                self.let_go(first, now)
        if len(self._accounts) >= self._most_keys:
            self._drop_one(now)

    def _drop_one(self, now: float) -> None:
        """Of the longest unused the one that counts least: many keys of one use each do not wash out one of many."""
        # Whoever began a try will end it: of these there are no more than threads.
        idle = (account for account in self._accounts.values() if not account.underway)
        oldest = list(islice(idle, _LOOKED_AT))
        for account in oldest:
            account.pass_time(now)
        if oldest:
            del self._accounts[min(oldest, key=lambda account: account.total).key]
