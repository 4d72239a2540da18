"""Throttles: counted in one process, or once for many by the library `limits` (`redis`, `mongo`)."""

from hosanna_adapters.limits.off import NoThrottles
from hosanna_adapters.limits.throttles import LimitsThrottles

__all__ = ["LimitsThrottles", "NoThrottles"]
