"""What a caller is told of the limits: what is left of the tightest one that their request was counted against."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.model.limits import Allowance, Limit, Use
    from hosanna_core.ports import Throttles
    from hosanna_web.replies import Header


class WatchedThrottles:
    """The throttles as one request sees them; they remember what its answer has to say."""

    __slots__ = ("_refused", "_throttles", "allowance")

    def __init__(self, throttles: Throttles) -> None:
        self._throttles = throttles
        self._refused = False
        self.allowance: Allowance | None = None

    def left(self, uses: Sequence[Use]) -> Allowance:
        """As the port."""
        self.allowance = self._throttles.left(uses)
        return self.allowance

    def count(self, uses: Sequence[Use]) -> Allowance | None:
        """As the port."""
        self.allowance = counted = self._throttles.count(uses)
        self._refused = counted is None
        return counted

    def begin(self, uses: Sequence[Use]) -> bool:
        """As the port."""
        begun = self._throttles.begin(uses)
        self._refused = not begun
        return begun

    def end(self, uses: Sequence[Use], *, failed: bool) -> None:
        """As the port."""
        self._throttles.end(uses, failed=failed)
        if not self._refused:
            # Else the answer is a refusal by another limit, and speaks of that.
            self.left(uses)

    def headers(self) -> tuple[Header, ...]:
        """RateLimit and its policy (draft-ietf-httpapi-ratelimit-headers)."""
        told = self.allowance
        if told is None:
            return ()
        return (
            (b"ratelimit", b'"%b";r=%d;t=%d' % (_name(told.limit), told.remaining, told.reset)),
            _policy(told.limit),
        )


@cache
def _name(limit: Limit) -> bytes:
    return limit.name.encode()


@cache
def _policy(limit: Limit) -> Header:
    return (b"ratelimit-policy", b'"%b";q=%d;w=%d' % (limit.name.encode(), limit.most, limit.seconds))
