"""What stands outside the API: health, the OpenAPI document, and its page."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import msgspec

from hosanna_core.usecases.judging import judge_query
from hosanna_core.usecases.queries import NoQuery
from hosanna_core.usecases.users import nobody_yet
from hosanna_web.api.answers import Health, document
from hosanna_web.openapi import page
from hosanna_web.openapi.document import describe
from hosanna_web.replies import Reply

if TYPE_CHECKING:
    from hosanna_web.api.operations import Call, Operation


def live(call: Call) -> Reply:
    """Whether the process answers."""
    judge_query(NoQuery, call.query)
    return document(Health("ok"))


def ready(call: Call) -> Reply:
    """Whether the store answers, too: one small read."""
    judge_query(NoQuery, call.query)
    nobody_yet(call.ports)
    return document(Health("ok"))


def openapi(call: Call) -> Reply:
    """The OpenAPI document."""
    judge_query(NoQuery, call.query)
    return Reply(_described(call.operations))


@cache
def _described(operations: tuple[Operation, ...]) -> bytes:
    return msgspec.json.encode(describe(operations))


def docs(call: Call) -> Reply:
    """The page that shows it."""
    judge_query(NoQuery, call.query)
    return page.index()


def docs_file(call: Call) -> Reply:
    """A file of that page; raises NotFound."""
    judge_query(NoQuery, call.query)
    return page.file(call.path["name"])
