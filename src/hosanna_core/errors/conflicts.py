"""Right input, wrong moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosanna_core.errors.base import HosannaError

if TYPE_CHECKING:
    from collections.abc import Sequence


class Conflict(HosannaError):
    """The input is right, but the thing's present state does not allow it."""

    code = "conflict"


class IllegalTransition(Conflict):
    """The lifecycle has no such step from the job's status."""

    code = "illegal_transition"

    def __init__(self, status: str, action: str, allowed: Sequence[str]) -> None:
        steps = f"From {status} there is: {', '.join(allowed)}." if allowed else f"{status} is final."
        super().__init__(f"A job that is {status} cannot be moved by '{action}'. {steps}")
        self.status = status
        self.action = action
        self.allowed = tuple(allowed)


class VersionConflict(Conflict):
    """Another change of the same thing was stored first."""

    code = "version_conflict"

    def __init__(self) -> None:
        super().__init__("Another change came first. Read it again, then decide again.")


class JobClosed(Conflict):
    """A billed or cancelled job is not edited."""

    code = "job_closed"

    def __init__(self, status: str) -> None:
        super().__init__(f"The job is {status}, which is final: it cannot be edited.")


class WindowLocked(Conflict):
    """An edit moves the window only while the job is TENTATIVE."""

    code = "window_locked"

    def __init__(self, status: str) -> None:
        super().__init__(
            f"The job is {status}: only a TENTATIVE job's window is edited. Use 'reschedule' or 'assign'."
        )


class HardRuleBroken(Conflict):
    """The technician cannot take the visit; *verdict* holds each rule that was looked at."""

    def __init__(self, detail: str, verdict: Sequence[object]) -> None:
        super().__init__(detail)
        self.verdict = tuple(verdict)


class DoubleBooking(HardRuleBroken):
    """The technician has another visit at that time."""

    code = "double_booking"


class NotQualified(HardRuleBroken):
    """The technician does not hold a skill that the job needs, or not any more on that day."""

    code = "not_qualified"


class NotAvailable(HardRuleBroken):
    """The technician is not active, is away or off duty, or has as many visits as a day may hold."""

    code = "not_available"


class NoCandidate(Conflict):
    """No technician fits; *conflicts* are the smallest sets of rules that nobody satisfies together."""

    code = "no_candidate"

    def __init__(self, conflicts: Sequence[object]) -> None:
        super().__init__(
            "No technician fits. Ask for the job's candidates: they say why, and what would help."
        )
        self.conflicts = tuple(conflicts)


class EmailTaken(Conflict):
    """A user with this e-mail address exists."""

    code = "email_taken"

    def __init__(self) -> None:
        super().__init__("A user with this e-mail address exists already.")


class LastAdministrator(Conflict):
    """The last active Administrator cannot be demoted or deactivated."""

    code = "last_administrator"

    def __init__(self) -> None:
        super().__init__("This is the last active Administrator: make another one first.")


class UserErased(Conflict):
    """The person was erased: the account stays for what was done under it, and is nobody's."""

    code = "user_erased"

    def __init__(self) -> None:
        super().__init__("This person was erased: nobody works under this account again. Make a new user.")


class SecondFactorSet(Conflict):
    """A second factor is set up once, and confirmed or taken away only where there is one."""

    code = "second_factor_state"


class PlanOutdated(Conflict):
    """Some of a plan cannot be applied any more; *outcomes* says what, and why."""

    code = "plan_outdated"

    def __init__(self, outcomes: Sequence[object]) -> None:
        super().__init__(f"{len(outcomes)} of the plan's assignments are not possible any more: plan again.")
        self.outcomes = tuple(outcomes)


class WebhookState(Conflict):
    """It is disabled, or there are as many as there may be."""

    code = "webhook_state"


class InProgress(Conflict):
    """The first request with this idempotency key still runs."""

    code = "in_progress"

    def __init__(self) -> None:
        super().__init__("The first request with this Idempotency-Key still runs: ask again in a moment.")
