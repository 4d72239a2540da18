"""API keys, by which machines act."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.errors import NotFound, PermissionDenied
from hosanna_core.model.api_key import ApiKeyDocument
from hosanna_core.usecases import api_keys
from hosanna_core.usecases.api_keys import NewApiKey
from hosanna_core.usecases.integration_forms import ApiKeyForm
from hosanna_core.usecases.queries import NoQuery, PageQuery
from hosanna_web.api.answers import NOTHING, document
from hosanna_web.api.operations import BASE, Operation

if TYPE_CHECKING:
    from hosanna_web.api.operations import Call
    from hosanna_web.replies import Reply


class ApiKeyList(msgspec.Struct, frozen=True):
    """A page of API keys, newest first."""

    items: list[ApiKeyDocument]
    next_cursor: str | None


def create(call: Call) -> Reply:
    """Make a key, which is shown this once."""
    return document(
        api_keys.create_api_key(call.ports, call.actor, call.body, call.origin, once=call.once), 201
    )


def page(call: Call) -> Reply:
    """A page of the keys."""
    return document(ApiKeyList(*api_keys.list_api_keys(call.ports, call.actor, call.query)))


def revoke(call: Call) -> Reply:
    """Let nobody in by a key any more."""
    api_keys.revoke_api_key(call.ports, call.actor, call.id, call.body, call.origin)
    return NOTHING


_route = partial(Operation, area="integrations")
API_KEYS: Final[tuple[Operation, ...]] = (
    _route(
        method="POST",
        path=BASE + "/api-keys",
        name="create_api_key",
        summary="Make an API key for a machine; it is shown once",
        run=create,
        status=201,
        answer=NewApiKey,
        body=(ApiKeyForm,),
        once=True,
        refusals=(PermissionDenied,),
    ),
    _route(
        method="GET",
        path=BASE + "/api-keys",
        name="list_api_keys",
        summary="List the API keys, without the keys themselves",
        run=page,
        answer=ApiKeyList,
        query=PageQuery,
        refusals=(PermissionDenied,),
    ),
    _route(
        method="DELETE",
        path=BASE + "/api-keys/{id}",
        name="revoke_api_key",
        summary="Revoke an API key at once and for good",
        run=revoke,
        status=204,
        body=(NoQuery,),
        refusals=(PermissionDenied, NotFound),
    ),
)
