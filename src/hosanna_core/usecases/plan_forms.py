"""The forms of plans: what is to be planned, and what of a plan is to be applied."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationInfo,
    field_validator,
)

from hosanna_core.usecases.date_forms import REACH, day_of, in_reach
from hosanna_core.usecases.forms import Form, IdText, Instant

MOST_JOBS: Final = 5_000
MOST_TECHNICIANS: Final = 500
LONGEST: Final = 60
"""Seconds that a planner may take."""


class PlannerName(StrEnum):
    """Who looks for a plan."""

    BUILT_IN = "built-in"
    PYVRP = "pyvrp"
    BEST = "best"
    """All that are there, at once; the best plan is taken."""


def _date(text: str) -> str:
    day = day_of(text)
    if day is None or not in_reach(day):
        raise ValueError(f"must be a date, such as 2026-03-02, {REACH}")
    return text


def _planner(value: object, info: ValidationInfo) -> object:
    more = [name for name in (info.context or {}).get(PLANNERS, ()) if name not in _OURS]
    if not isinstance(value, str) or (value not in _OURS and value not in more):
        raise ValueError(f"must be one of {', '.join((*PlannerName, *more))}")
    return value


PLANNERS: Final = "planners"
"""In the context of a form: the planners that are there, by name, those of plugins among them."""
_OURS: Final = frozenset(str(name) for name in PlannerName)
DateText = Annotated[str, AfterValidator(_date), Field(json_schema_extra={"format": "date"})]


class PinForm(Form):
    """Who takes a job, and when."""

    job_id: IdText
    technician_id: IdText
    start: Instant | None = None


class PlanForm(Form):
    """A day or jobs, and a crew. What is left out is that of the plan *based_on*, where there is one."""

    date: DateText | None = None
    job_ids: Annotated[list[IdText], Field(min_length=1, max_length=MOST_JOBS)] | None = None
    technician_ids: Annotated[list[IdText], Field(min_length=1, max_length=MOST_TECHNICIANS)] | None = None
    seconds: Annotated[int, Field(ge=1, le=LONGEST)] = 5
    planner: Annotated[str, BeforeValidator(_planner, json_schema_input_type=PlannerName | str)] = (
        PlannerName.BUILT_IN
    )
    pins: Annotated[list[PinForm], Field(max_length=MOST_JOBS)] = Field(default_factory=list)
    based_on: Annotated[IdText | None, Field(validate_default=True)] = None

    @field_validator("pins")
    @classmethod
    def _once_each(cls, pins: list[PinForm]) -> list[PinForm]:
        if len({pin.job_id for pin in pins}) < len(pins):
            raise ValueError("must name each job once")
        return pins

    @field_validator("based_on")
    @classmethod
    def _about_something(cls, based_on: str | None, info: ValidationInfo) -> str | None:
        given: dict[str, Any] = info.data
        if based_on is None and given.get("date", "") is None and given.get("job_ids", "") is None:
            raise ValueError("is required where there is neither a date nor job_ids")
        return based_on


class ApplyForm(Form):
    """Which jobs of a plan, all if left out. *accept_partly*: the rest is applied although some cannot be."""

    job_ids: Annotated[list[IdText], Field(min_length=1, max_length=MOST_JOBS)] | None = None
    accept_partly: bool = True
