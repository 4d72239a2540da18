"""A rule answers with its name, and with its reason where it refuses."""

from __future__ import annotations

import msgspec


class Allowed(msgspec.Struct, frozen=True):
    """Permission, and the rule that gave it."""

    rule: str

    def __bool__(self) -> bool:
        return True


class Denied(msgspec.Struct, frozen=True):
    """Refusal, the rule that refused, and words for the person who asked."""

    rule: str
    reason: str

    def __bool__(self) -> bool:
        return False


class Narrowed(Denied, frozen=True):
    """Refusal by an addition to the policy. *failed*: it could not be asked, and so nothing is let through."""

    plugin: str
    failed: bool = False


Verdict = Allowed | Denied
