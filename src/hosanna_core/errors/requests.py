"""What is asked for is not there, or not asked rightly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosanna_core.errors.base import Flaw, HosannaError

if TYPE_CHECKING:
    from collections.abc import Sequence


class NotFound(HosannaError):
    """Absent, or hidden from the caller: the words are the same on purpose."""

    code = "not_found"

    def __init__(self) -> None:
        super().__init__("There is nothing here that you may see.")


class Unreadable(HosannaError):
    """The body cannot be read as JSON."""

    code = "malformed_json"


class Invalid(HosannaError):
    """The input has flaws; all of them are named at once."""

    code = "invalid"

    def __init__(self, flaws: Sequence[Flaw]) -> None:
        super().__init__(f"{len(flaws)} of the input's values cannot be accepted; see errors.")
        self.flaws = tuple(flaws)


class KeyReused(Invalid):
    """An idempotency key came again with another body."""

    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__((Flaw("", "This Idempotency-Key was used with another body: use a new key."),))


class PreconditionRequired(HosannaError):
    """An edit must carry the version that it was made on."""

    code = "precondition_required"

    def __init__(self) -> None:
        super().__init__("Send If-Match with the ETag of the job that you edited.")


class PreconditionFailed(HosannaError):
    """The version that the caller named is not the current one."""

    code = "precondition_failed"

    def __init__(self, current: int) -> None:
        super().__init__(f"This has changed: it is at version {current} now. Read it again, then repeat.")
        self.current = current
