"""Handing over jobs, completed work and customers as files, page by page, to those who see them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from pydantic import BeforeValidator, Field

from hosanna_core.errors import Unauthenticated
from hosanna_core.model.people import Duty
from hosanna_core.model.query import JobFilter, Sort
from hosanna_core.model.status import DONE
from hosanna_core.rules.permissions import may
from hosanna_core.rules.sheets import BOM, lines
from hosanna_core.rules.visibility import scope_of
from hosanna_core.usecases.acting import caller_of
from hosanna_core.usecases.auditing import NOWHERE, record
from hosanna_core.usecases.customer_book import customers_in
from hosanna_core.usecases.forms import Form, Instant
from hosanna_core.usecases.judging import judge_query
from hosanna_core.usecases.permitting import demand
from hosanna_core.usecases.queries import MOST_ROWS, JobsWanted, one_of, yes_or_no
from hosanna_core.usecases.work_rows import COMPLETED, JOB, completed_work, job_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from hosanna_core.model.people import Actor
    from hosanna_core.model.query import Position, Row
    from hosanna_core.model.session import Origin
    from hosanna_core.ports import Ports
    from hosanna_core.rules.sheets import Cell
    from hosanna_core.rules.visibility import Scope

WORK_EXPORTED: Final = "work.exported"
AT_ONCE: Final = 500
"""Rows that are written in one go where they are counted together."""
CUSTOMER: Final = (
    "name", "email", "phone", "street", "city", "postal_code", "jobs", "completed", "first_job_at", "last_job_at",
)  # fmt: skip
_ENCODE: Final = msgspec.json.Encoder().encode


class Format(StrEnum):
    """How a file is written."""

    CSV = "csv"
    JSON = "json"


class ExportQuery(Form):
    """How the file is written; *bom*: with the mark by which some spreadsheets know UTF-8."""

    format: Annotated[Format, one_of(Format)] = Format.CSV
    bom: Annotated[bool, BeforeValidator(yes_or_no, json_schema_input_type=bool)] = False


class JobsExportQuery(JobsWanted, ExportQuery):
    """Which jobs, and how the file is written."""


class CompletedQuery(ExportQuery):
    """What was completed within [from, to), and how the file is written."""

    since: Annotated[Instant | None, Field(alias="from")] = None
    until: Annotated[Instant | None, Field(alias="to")] = None


class Export(msgspec.Struct, frozen=True):
    """A file on its way: what it is called and made of, piece by piece; reading the pieces reads the store."""

    name: str
    format: Format
    pieces: Any
    """An iterator of bytes. It raises Unauthenticated where the caller may act no more: such a file has no end."""


def export_jobs(
    ports: Ports, actor: Actor, query: Mapping[str, Sequence[str]], origin: Origin = NOWHERE
) -> Export:
    """All jobs in view that a list would show, in its order. Raises Invalid."""
    asked = judge_query(JobsExportQuery, query, repeatable=frozenset({"status"}))
    _put_down(ports, actor, "jobs", asked, origin)
    wanted = asked.value()
    scope = scope_of(actor).narrow(wanted)
    pages = () if scope is None else _pages(ports, actor, scope, wanted, asked.sort)
    if asked.format is Format.JSON:
        return _export("jobs", asked, _as_json([row.body for row in page] for page in pages))
    return _export("jobs", asked, _as_csv(JOB, ([job_row(row.body) for row in page] for page in pages)))


def export_completed(
    ports: Ports, actor: Actor, query: Mapping[str, Sequence[str]], origin: Origin = NOWHERE
) -> Export:
    """Completed and billed work, for accounting, oldest job first. Raises PermissionDenied, Invalid."""
    demand(may(actor, Duty.EXPORT_WORK))
    asked = judge_query(CompletedQuery, query)
    _put_down(ports, actor, "completed", asked, origin)
    scope = scope_of(actor)
    pages = _pages(ports, actor, scope, JobFilter(statuses=DONE), Sort.OLDEST)
    found = (completed_work(ports, page, scope, asked.since, asked.until) for page in pages)
    return _export("completed", asked, _as(asked.format, COMPLETED, found))


def export_customers(
    ports: Ports, actor: Actor, query: Mapping[str, Sequence[str]], origin: Origin = NOWHERE
) -> Export:
    """The customers of the jobs in view, one row each. Raises PermissionDenied, Invalid.

    Who has the same e-mail or telephone number is the same; what the newest job says of them counts.
    """
    demand(may(actor, Duty.EXPORT_WORK))
    asked = judge_query(ExportQuery, query)
    _put_down(ports, actor, "customers", asked, origin)
    pages = _pages(ports, actor, scope_of(actor), JobFilter(), Sort.OLDEST)
    return _export("customers", asked, _as(asked.format, CUSTOMER, _in_parts(pages)))


def _in_parts(pages: Iterable[tuple[Row, ...]]) -> Iterator[list[dict[str, Cell]]]:
    rows = customers_in(row.body for page in pages for row in page)
    for start in range(0, len(rows), AT_ONCE):
        yield [dict(zip(CUSTOMER, row.cells(), strict=True)) for row in rows[start : start + AT_ONCE]]


def _put_down(ports: Ports, actor: Actor, what: str, asked: ExportQuery, origin: Origin) -> None:
    """Before anything is read: what was handed over is known even if nobody waited for its end."""
    details = {"what": what, "format": asked.format.value}
    record(ports, WORK_EXPORTED, actor_id=actor.id, origin=origin, details=details)


def _pages(
    ports: Ports, actor: Actor, scope: Scope, wanted: JobFilter, sort: Sort
) -> Iterator[tuple[Row, ...]]:
    """The list, page by page; before each it is asked whether the caller may still act."""
    after: Position | None = None
    while True:
        caller = caller_of(ports, actor.id)
        if caller is None or not caller.active or caller.role is not actor.role:
            raise Unauthenticated
        page = ports.store.jobs.page(scope, wanted, sort, after, MOST_ROWS)
        yield page.rows
        after = page.next
        if after is None:
            return


def _export(what: str, asked: ExportQuery, pieces: Iterator[bytes]) -> Export:
    marked = _marked(pieces) if asked.bom and asked.format is Format.CSV else pieces
    return Export(f"{what}.{asked.format}", asked.format, marked)


def _marked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield BOM
    yield from pieces


def _as(form: Format, columns: tuple[str, ...], parts: Iterable[list[dict[str, Cell]]]) -> Iterator[bytes]:
    if form is Format.JSON:
        return _as_json([_ENCODE(row) for row in part] for part in parts)
    return _as_csv(columns, ([[row[name] for name in columns] for row in part] for part in parts))


def _as_csv(columns: tuple[str, ...], parts: Iterable[Sequence[Sequence[Cell]]]) -> Iterator[bytes]:
    yield lines([columns])
    for part in parts:
        if part:
            yield lines(part)


def _as_json(parts: Iterable[list[bytes]]) -> Iterator[bytes]:
    yield b'{"items":['
    begun = False
    for part in parts:
        if part:
            yield (b"," if begun else b"") + b",".join(part)
            begun = True
    yield b"]}"


EXPORTS: Final[Mapping[str, Callable[..., Export]]] = {
    "jobs": export_jobs,
    "completed": export_completed,
    "customers": export_customers,
}
"""Every kind of file, by the name that the command line has for it."""
