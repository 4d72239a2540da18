"""What reports may be asked for."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, WithJsonSchema

from hosanna_core.model.instants import to_millis
from hosanna_core.usecases.forms import Form

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_FIRST, _LAST = date(1970, 1, 2), date(9998, 12, 30)


class ReportFormat(StrEnum):
    """How a report is answered."""

    JSON = "json"
    CSV = "csv"


def _moment(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("must be text")  # noqa: TRY004  # pydantic reports ValueError only
    if _DATE.fullmatch(value) is None:
        try:
            return to_millis(value)
        except ValueError as error:
            raise ValueError(f"{error}, or a date, such as 2026-03-01") from None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise ValueError("must be a day of the calendar, such as 2026-03-01") from None
    if not _FIRST <= day <= _LAST:
        raise ValueError("must be a date from 1970-01-02 to 9998-12-30")
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
