"""The forms of query strings: values are text there, so these read numbers and times from text."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Final

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from hosanna_core.model.audit import AuditFilter, Outcome
from hosanna_core.model.people import Role
from hosanna_core.model.query import JobFilter, Sort
from hosanna_core.model.schedule import Window
from hosanna_core.model.status import Priority, Status
from hosanna_core.model.travel import Point, point_of
from hosanna_core.rules.words import asked
from hosanna_core.usecases.forms import (
    LATEST_END,
    LONGEST_WINDOW,
    Form,
    IdText,
    Instant,
    RequiredSkill,
    with_the_latitude,
)

MOST_ROWS: Final = 200
ROWS: Final = 50
FEW: Final = 20
"""So many candidates are told of, where nobody says how many."""
LONGEST_CURSOR: Final = 600
MOST_WORDS: Final = 16
_DECIMAL = re.compile(r"-?\d{1,3}(\.\d{1,15})?", re.ASCII)
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)


def _whole_number(value: object) -> object:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return int(value)
    raise ValueError("must be a whole number")


def _number(value: object) -> object:
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return float(value)
    raise ValueError("must be a decimal number")


def yes_or_no(value: object) -> object:
    """A truth, read from text."""
    if value in ("true", "false"):
        return value == "true"
    raise ValueError("must be true or false")


def _no_nul(value: str) -> str:
    if "\x00" in value:
        raise ValueError("must not hold control characters")
    return value


def _few(question: str) -> str:
    words, prefix = asked(question)
    if len(words) + (prefix is not None) > MOST_WORDS:
        raise ValueError(f"must be at most {MOST_WORDS} words")
    return question


def one_of(kind: type[StrEnum]) -> BeforeValidator:
    """An enumeration's value, read from text."""

    def read(value: object) -> object:
        try:
            return kind(str(value))
        except ValueError:
            raise ValueError(f"must be one of {', '.join(kind)}") from None

    return BeforeValidator(read, json_schema_input_type=kind)


def _ends(beginning: str, end: int | None, info: ValidationInfo) -> int | None:
    """The end of a window whose start is the parameter *beginning*: both, or neither."""
    if beginning not in info.data:
        return end
    start = info.data[beginning]
    if start is None and end is None:
        return end
    if start is None or end is None:
        raise ValueError(f"must come together with {beginning}, or neither of them")
    if not start < end <= min(start + LONGEST_WINDOW, LATEST_END):
        raise ValueError(f"must be later than {beginning}, by at most 31 days")
    return end


class PageQuery(Form):
    """How much of a list, and from where."""

    limit: Annotated[
        int, BeforeValidator(_whole_number, json_schema_input_type=int), Field(ge=1, le=MOST_ROWS)
    ] = ROWS
    cursor: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_CURSOR)] | None = None


class JobsWanted(Form):
    """Which jobs, and in which order."""

    status: Annotated[list[Annotated[Status, one_of(Status)]], Field(max_length=len(Status))] | None = None
    technician_id: IdText | None = None
    priority: Annotated[Priority, one_of(Priority)] | None = None
    created_from: Instant | None = None
    created_to: Instant | None = None
    window_from: Instant | None = None
    window_to: Instant | None = None
    q: (
        Annotated[str, StringConstraints(max_length=200), AfterValidator(_no_nul), AfterValidator(_few)]
        | None
    ) = None
    sort: Annotated[Sort, one_of(Sort)] = Sort.NEWEST

    def value(self) -> JobFilter:
        """The trusted value."""
        words, prefix = asked(self.q or "")
        return JobFilter(
            statuses=frozenset(self.status) if self.status else None,
            technician_id=self.technician_id,
            priority=self.priority,
            created_from=self.created_from,
            created_to=self.created_to,
            window_from=self.window_from,
            window_to=self.window_to,
            words=words,
            prefix=prefix,
        )


class JobsQuery(JobsWanted, PageQuery):
    """The list of jobs."""


class JobQuery(Form):
    """One job, now or as it was."""

    as_of: Instant | None = None


class CandidatesQuery(Form):
    """The candidates of a job; with both times, as if it were in that window."""

    limit: Annotated[
        int, BeforeValidator(_whole_number, json_schema_input_type=int), Field(ge=1, le=MOST_ROWS)
    ] = FEW
    window_start: Instant | None = None
    window_end: Annotated[Instant | None, Field(validate_default=True)] = None

    @field_validator("window_end")
    @classmethod
    def _a_window(cls, end: int | None, info: ValidationInfo) -> int | None:
        return _ends("window_start", end, info)

    def window(self) -> Window | None:
        """The window that is asked about."""
        if self.window_start is None or self.window_end is None:
            return None
        return Window(self.window_start, self.window_end)


class NoQuery(Form):
    """No parameter at all."""


class UsersQuery(PageQuery):
    """The list of users."""

    role: Annotated[Role, one_of(Role)] | None = None
    active: Annotated[bool, BeforeValidator(yes_or_no, json_schema_input_type=bool)] | None = None


class NotificationsQuery(PageQuery):
    """One's own inbox: all of it, what was not read, or what was."""

    unread: Annotated[bool, BeforeValidator(yes_or_no, json_schema_input_type=bool)] | None = None


class AuditQuery(PageQuery):
    """The audit trail; *from* and *to* are a half-open stretch of time."""

    action: Annotated[str, StringConstraints(min_length=1, max_length=60), AfterValidator(_no_nul)] | None = (
        None
    )
    actor_id: IdText | None = None
    subject_id: IdText | None = None
    outcome: Annotated[Outcome, one_of(Outcome)] | None = None
    since: Annotated[Instant | None, Field(alias="from")] = None
    until: Annotated[Instant | None, Field(alias="to")] = None

    def value(self) -> AuditFilter:
        """The trusted value."""
        return AuditFilter(
            action=self.action,
            actor_id=self.actor_id,
            subject_id=self.subject_id,
            outcome=self.outcome,
            since=self.since,
            until=self.until,
        )


class TechniciansQuery(PageQuery):
    """The roster; with both times, only those who can take a visit in between."""

    available_from: Instant | None = None
    available_to: Annotated[Instant | None, Field(validate_default=True)] = None
    skill: RequiredSkill | None = None
    latitude: (
        Annotated[float, BeforeValidator(_number, json_schema_input_type=float), Field(ge=-90, le=90)] | None
    ) = None
    longitude: Annotated[
        Annotated[float, BeforeValidator(_number, json_schema_input_type=float), Field(ge=-180, le=180)]
        | None,
        Field(validate_default=True),
    ] = None

    _a_place = field_validator("longitude")(with_the_latitude)

    @field_validator("available_to")
    @classmethod
    def _a_window(cls, end: int | None, info: ValidationInfo) -> int | None:
        return _ends("available_from", end, info)

    def window(self) -> Window | None:
        """The visit that is asked about."""
        if self.available_from is None or self.available_to is None:
            return None
        return Window(self.available_from, self.available_to)

    def place(self) -> Point | None:
        """Where it would be."""
        return point_of(self)
