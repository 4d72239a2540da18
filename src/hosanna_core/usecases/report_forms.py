"""What reports may be asked for."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from hosanna_core.model.instants import to_millis
from hosanna_core.usecases.date_forms import REACH, day_of, in_reach, is_date
from hosanna_core.usecases.forms import Form


class ReportFormat(StrEnum):
    """How a report is answered."""

    JSON = "json"
    CSV = "csv"


def _moment(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("must be text")  # noqa: TRY004  # pydantic reports ValueError only
    if not is_date(value):
        try:
            return to_millis(value)
        except ValueError as error:
            raise ValueError(f"{error}, or a date, such as 2026-03-01") from None
    day = day_of(value)
    if day is None:
        raise ValueError("must be a day of the calendar, such as 2026-03-01")
    if not in_reach(day):
        raise ValueError(f"must be a date {REACH}")
    return day


def _format(value: object) -> object:
    try:
        return ReportFormat(str(value))
    except ValueError:
        raise ValueError(f"must be one of {', '.join(ReportFormat)}") from None


Moment = Annotated[
    int | date,
    BeforeValidator(_moment),
    WithJsonSchema(
        {
            "type": "string",
            "description": "An RFC 3339 time with an offset, or a date: where that day begins in the firm's time zone.",
        }
    ),
]


class PeriodQuery(Form):
    """A report of [from, to)."""

    since: Annotated[Moment | None, Field(alias="from")] = None
    until: Annotated[Moment | None, Field(alias="to")] = None
    format: Annotated[ReportFormat, BeforeValidator(_format, json_schema_input_type=ReportFormat)] = (
        ReportFormat.JSON
    )


class WorkloadQuery(PeriodQuery):
    """The workload of [from, to)."""


class OperationsQuery(PeriodQuery):
    """The operations of [from, to)."""
