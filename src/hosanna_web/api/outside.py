"""What stands outside the API: health, the documents that describe it, and their page."""

from __future__ import annotations

from functools import cache, partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import msgspec

from hosanna_core.errors import NotFound, Unauthenticated
from hosanna_core.usecases.judging import judge_query
from hosanna_core.usecases.queries import NoQuery
from hosanna_web import reset_page
from hosanna_web.api.answers import Health, KeySet, Readiness, document
from hosanna_web.api.operations import Lane, Operation
from hosanna_web.asyncapi.document import describe as describe_messages
from hosanna_web.measuring import MEDIA_TYPE as METRICS
from hosanna_web.openapi import page
from hosanna_web.openapi.document import describe
from hosanna_web.problems import NotReady
from hosanna_web.replies import Reply
from hosanna_web.watched import FiguresReply, ReadinessReply, demand_reader

if TYPE_CHECKING:
    from hosanna_web.api.operations import Call


def front(call: Call) -> Reply:
    """Leads whoever opens the server's address in a browser to the page that describes it."""
    judge_query(NoQuery, call.query)
    # Relative, so that it holds below a path of somebody else's, too.
    return Reply(b"", HTTPStatus.TEMPORARY_REDIRECT, ((b"location", b"docs"),), media_type=b"text/plain")


def live(call: Call) -> Reply:
    """Whether the process answers."""
    judge_query(NoQuery, call.query)
    return document(Health("ok"))


def ready(call: Call) -> Reply:
    """How everything is that the server stands on; refused where it could not answer a request."""
    judge_query(NoQuery, call.query)
    return ReadinessReply(b"", watch=call.watch)


def metrics(call: Call) -> Reply:
    """What was counted, for those who may know; raises Unauthenticated."""
    demand_reader(call)
    judge_query(NoQuery, call.query)
    return FiguresReply(b"", watch=call.watch)


def openapi(call: Call) -> Reply:
    """The OpenAPI document."""
    judge_query(NoQuery, call.query)
    return Reply(_described(call.operations))


@cache
def _described(operations: tuple[Operation, ...]) -> bytes:
    return msgspec.json.encode(describe(operations))


def asyncapi(call: Call) -> Reply:
    """The AsyncAPI document."""
    judge_query(NoQuery, call.query)
    return Reply(_messages())


@cache
def _messages() -> bytes:
    return msgspec.json.encode(describe_messages())


def docs(call: Call) -> Reply:
    """The page that shows it."""
    judge_query(NoQuery, call.query)
    return page.index()


def docs_file(call: Call) -> Reply:
    """A file of that page; raises NotFound."""
    judge_query(NoQuery, call.query)
    return page.file(call.path["name"])


def public_keys(call: Call) -> Reply:
    """What verifies our access tokens elsewhere; an empty set where only the secret does."""
    judge_query(NoQuery, call.query)
    return msgspec.structs.replace(document(KeySet(list(call.public_keys))), cache=_FOR_MINUTES)


def password_reset(_: Call) -> Reply:
    """The page that the letters lead to. Nothing in its address is looked at, whatever a mail gateway adds to it."""
    return reset_page.index()


def password_reset_file(call: Call) -> Reply:
    """A file of that page; raises NotFound."""
    judge_query(NoQuery, call.query)
    return reset_page.file(call.path["name"])


_FOR_MINUTES: Final = b"public, max-age=300"
_route = partial(Operation, area="outside", method="GET", public=True)
OUTSIDE: Final[tuple[Operation, ...]] = (
    _route(
        path="/",
        name="show_front",
        summary="To the documentation of the API, for whoever opens the server's address",
        run=front,
        status=HTTPStatus.TEMPORARY_REDIRECT,
        media_type="text/plain",
        located=True,
        where=Lane.HERE,
    ),
    _route(
        path="/health/live",
        name="get_liveness",
        summary="Whether the process answers",
        run=live,
        answer=Health,
        where=Lane.HERE,
    ),
    _route(
        path="/health/ready",
        name="get_readiness",
        summary="How everything is that the server stands on",
        run=ready,
        answer=Readiness,
        where=Lane.HERE,
        refusals=(NotReady,),
    ),
    _route(
        path="/metrics",
        name="get_metrics",
        summary="What was counted and measured, for Prometheus",
        run=metrics,
        media_type=METRICS,
        where=Lane.HERE,
        refusals=(Unauthenticated,),
    ),
    _route(
        path="/openapi.json",
        name="get_openapi",
        summary="The OpenAPI document",
        run=openapi,
        answer=dict[str, Any],
    ),
    _route(
        path="/asyncapi.json",
        name="get_asyncapi",
        summary="The AsyncAPI document: what is sent over the open connections",
        run=asyncapi,
        answer=dict[str, Any],
    ),
    _route(
        path="/docs",
        name="show_docs",
        summary="The documentation of the API, as a page",
        run=docs,
        media_type="text/html",
        where=Lane.HERE,
    ),
    _route(
        path="/docs/{name}",
        name="get_docs_file",
        summary="A file of that page",
        run=docs_file,
        media_type="*/*",
        refusals=(NotFound,),
    ),
    _route(
        path="/password/reset",
        name="show_password_reset",
        summary="The page where a new password is chosen",
        run=password_reset,
        media_type="text/html",
        where=Lane.HERE,
    ),
    _route(
        path="/password/{name}",
        name="get_password_reset_file",
        summary="A file of that page",
        run=password_reset_file,
        media_type="*/*",
        where=Lane.HERE,
        refusals=(NotFound,),
    ),
    _route(
        path="/.well-known/jwks.json",
        name="get_public_keys",
        summary="The public keys of access tokens",
        run=public_keys,
        answer=KeySet,
        where=Lane.HERE,
    ),
)
