"""The vocabulary of the lifecycle: where a job stands and what can be done with it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Status(StrEnum):
    """A job has exactly one."""

    TENTATIVE = "TENTATIVE"
    CONFIRMED = "CONFIRMED"
    ASSIGNED = "ASSIGNED"
    DISPATCHED = "DISPATCHED"
    IN_PROGRESS = "IN_PROGRESS"
    ON_HOLD = "ON_HOLD"
    COMPLETED = "COMPLETED"
    BILLED = "BILLED"
    CANCELLED = "CANCELLED"


DONE: Final = frozenset({Status.COMPLETED, Status.BILLED})
"""Where the work of a job is behind it."""


class Standing(StrEnum):
    """The status, with CANCELLED told apart by who had seen the job before it was cancelled."""

    TENTATIVE = "TENTATIVE"
    CONFIRMED = "CONFIRMED"
    ASSIGNED = "ASSIGNED"
    DISPATCHED = "DISPATCHED"
    IN_PROGRESS = "IN_PROGRESS"
    ON_HOLD = "ON_HOLD"
    COMPLETED = "COMPLETED"
    BILLED = "BILLED"
    CANCELLED_UNSEEN = "CANCELLED_UNSEEN"
    CANCELLED_OFFICE = "CANCELLED_OFFICE"
    CANCELLED_FIELD = "CANCELLED_FIELD"


class Action(StrEnum):
    """What moves a job; the word in the address of a transition."""

    CREATE = "create"
    CONFIRM = "confirm"
    ASSIGN = "assign"
    DISPATCH = "dispatch"
    START = "start"
    COMPLETE = "complete"
    BILL = "bill"
    REASSIGN = "reassign"
    UNASSIGN = "unassign"
    RESCHEDULE = "reschedule"
    RETURN_VISIT = "return_visit"
    REOPEN = "reopen"
    CANCEL = "cancel"
    RECALL = "recall"
    HOLD = "hold"
    RESUME = "resume"


class Priority(StrEnum):
    """How urgent the customer's trouble is, most urgent first."""

    EMERGENCY = "EMERGENCY"
    HIGH = "HIGH"
    NORMAL = "NORMAL"
    LOW = "LOW"

    @property
    def rank(self) -> int:
        """0 for EMERGENCY to 3 for LOW: what lists sort by."""
        return _RANKS[self]


_RANKS = {priority: rank for rank, priority in enumerate(Priority)}
