"""The OpenAPI 3.1 document, derived from the table of routes: what is not in the table is not in the document."""

from __future__ import annotations

from collections import defaultdict
from http import HTTPStatus
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import msgspec

from hosanna_core.rules.lifecycle import STANDARD
from hosanna_web.api.operations import PARAMETERS, PLUGINS
from hosanna_web.api.scopes import scope_of_operation
from hosanna_web.openapi.examples import EXAMPLES
from hosanna_web.openapi.page import FILES
from hosanna_web.openapi.schemas import components, patch_of, ref
from hosanna_web.problems import MEDIA_TYPE, status_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.errors import HosannaError
    from hosanna_web.api.operations import Operation

_AREAS: Final = {
    "auth": "Coming in, and your own account.",
    "jobs": "Jobs and their lifecycle.",
    "users": "Accounts, and the technicians among them.",
    "notifications": "What people are told, where, and by whom.",
    "realtime": "Following what happens, and catching up after a time offline.",
    "plans": "Days planned ahead: who goes where and when.",
    "reports": "How much there is to do, and how it is spread.",
    "audit": "What was done about access and the system.",
    "settings": "What an Administrator settles while the system runs.",
    "integrations": "Other systems: the keys by which they act, and what they are told and given.",
    "outside": "Health and documentation; no token is asked for.",
}
_ALSO: Final = {PLUGINS: "What the plugins add that are installed here."}
"""Areas that are told of only where they have something."""
_DESCRIPTION: Final = (
    "Field service management for an electrical contractor. Log in with `POST /api/v1/auth/login` and send the "
    "`access_token` as `Authorization: Bearer`. Times are RFC 3339: with an offset on the way in, UTC on the way out. "
    "What is sent over open connections is described by `/asyncapi.json`."
)
_BEARER: Final = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "An access token of a person, or an API key (`hk_…`) of a machine, which its scopes narrow.",
}
_ANY_JSON: Final = {"type": "object"}


def describe(operations: Sequence[Operation]) -> dict[str, Any]:
    """The document, ready to be written as JSON."""
    forms = {form for each in operations if each.method != "PATCH" for form in each.body}
    answers = [each.answer for each in operations if isinstance(each.answer, type)]
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for each in operations:
        paths[each.path][each.method.lower()] = _operation(each)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Hosanna", "version": version("hosanna"), "description": _DESCRIPTION},
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": words} for name, words in _areas(operations).items()],
        "paths": dict(paths),
        "components": {
            "schemas": components(sorted(forms, key=lambda form: form.__name__), answers),
            "securitySchemes": {"bearer": _BEARER},
        },
    }


def _areas(operations: Sequence[Operation]) -> dict[str, str]:
    there = {each.area for each in operations}
    return {**_AREAS, **{name: words for name, words in _ALSO.items() if name in there}}


def _operation(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.area],
        "security": [] if operation.public else [{"bearer": []}],
        "responses": {str(operation.status): _answer(operation), **_refusals(operation.every_refusal)},
    }
    words = []
    if (scope := scope_of_operation(operation)) is not None:
        words.append(f"API keys need the scope `{scope}`.")
    if operation.deprecation is not None:
        described["deprecated"] = True
        words.append(operation.deprecation.words)
    if words:
        described["description"] = "\n\n".join(words)
    if parameters := [*_path(operation), *_query(operation), *_headers(operation)]:
        described["parameters"] = parameters
    if operation.body:
        described["requestBody"] = _body(operation)
    return described


def _path(operation: Operation) -> list[dict[str, Any]]:
    schemas: dict[str, dict[str, Any]] = {
        "id": {"type": "string", "format": "uuid"},
        "action": {"type": "string", "enum": list(STANDARD.actions)},
        "name": {"type": "string", "enum": list(FILES)},
        "file": {"type": "string"},
        "delivery_id": {"type": "string", "format": "uuid"},
    }
    names = [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": PARAMETERS[name],
            "schema": schemas[name],
        }
        for name in names
    ]


def _query(operation: Operation) -> list[dict[str, Any]]:
    schema = operation.query.model_json_schema()
    defined = schema.get("$defs", {})
    found = []
    for name, member in schema.get("properties", {}).items():
        # A parameter that is left out is the only null of a query.
        kinds = [kind for kind in member.get("anyOf", [member]) if kind != {"type": "null"}]
        given = {
            _BOUNDS.get(key, key): value for key, value in kinds[0].items() if key not in ("default", "title")
        }
        if "default" in member and member["default"] is not None:
            given["default"] = member["default"]
        found.append({"name": name, "in": "query", "schema": _with_definitions(given, defined)})
    return found


_BOUNDS: Final = {"ge": "minimum", "le": "maximum"}
"""What pydantic calls a bound where a number is read from text."""


def _with_definitions(schema: dict[str, Any], defined: dict[str, Any]) -> dict[str, Any]:
    """A schema with what it refers to written out."""
    if (name := schema.pop("$ref", None)) is not None:
        return {**defined[name.rpartition("/")[2]], **schema}
    if isinstance(schema.get("items"), dict):
        schema["items"] = _with_definitions(dict(schema["items"]), defined)
    return schema


def _headers(operation: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if operation.once:
        found.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "The first successful answer is kept for 24 hours, and given again for the same key.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
            }
        )
    statuses = {status_of(kind) for kind in operation.every_refusal}
    if HTTPStatus.PRECONDITION_FAILED in statuses:
        found.append(
            {
                "name": "If-Match",
                "in": "header",
                "description": f"The ETag of what this is about; {_when_it_is_missing(statuses)}",
                "schema": {"type": "string"},
                "example": '"3"',
            }
        )
    return found


def _when_it_is_missing(statuses: set[HTTPStatus | None]) -> str:
    if HTTPStatus.PRECONDITION_REQUIRED in statuses:
        return "left out, it is a 428; where it has moved on, a 412."
    return "where it has moved on, it is a 412."


def _body(operation: Operation) -> dict[str, Any]:
    forms = operation.body
    examples = {form.__name__: {"value": EXAMPLES[form]} for form in forms if form in EXAMPLES}
    content: dict[str, Any]
    if operation.method == "PATCH":
        content = {"schema": patch_of(forms[0])}
    elif len(forms) == 1:
        content = {"schema": ref(forms[0].__name__)}
    else:
        content = {"schema": {"anyOf": [ref(form.__name__) for form in forms]}}
    # An empty patch changes nothing; an empty order is what half of the actions take.
    whole = operation.method != "PATCH" and len(forms) == 1
    return {
        "required": whole and any(field.is_required() for field in forms[0].model_fields.values()),
        "content": {kind: {**content, "examples": examples} for kind in operation.accepts},
    }


def _answer(operation: Operation) -> dict[str, Any]:
    schema: dict[str, Any] = {} if operation.answer is None else _ANY_JSON
    if isinstance(operation.answer, type):
        (schema,), _ = msgspec.json.schema_components(
            [operation.answer], ref_template="#/components/schemas/{name}"
        )
    headers: dict[str, Any] = {}
    if operation.tagged:
        headers["ETag"] = {"description": "Its version, quoted.", "schema": {"type": "string"}}
    if operation.located:
        headers["Location"] = {"description": "Where it is found.", "schema": {"type": "string"}}
    found: dict[str, Any] = {"description": HTTPStatus(operation.status).phrase}
    if operation.status != HTTPStatus.NO_CONTENT:
        found["content"] = {operation.media_type: {"schema": schema} if schema else {}}
        if operation.also:
            found["content"][operation.also] = {"schema": {"type": "string"}}
    return {**found, "headers": headers} if headers else found


_TOLD: Final[dict[int, tuple[str, str]]] = {
    HTTPStatus.UNAUTHORIZED: ("WWW-Authenticate", "Bearer"),
    HTTPStatus.SERVICE_UNAVAILABLE: ("Retry-After", "Seconds to wait"),
}


def _refusals(kinds: Sequence[type[HosannaError]]) -> dict[str, Any]:
    by_status: dict[HTTPStatus, list[type[HosannaError]]] = defaultdict(list)
    for kind in kinds:
        if (status := status_of(kind)) is not None:
            by_status[status].append(kind)
    found: dict[str, Any] = {}
    for status, refusing in sorted(by_status.items()):
        words = [f"`{kind.code}`: {(kind.__doc__ or '').splitlines()[0]}" for kind in refusing]
        found[str(status.value)] = {
            "description": "\n\n".join(words),
            "content": {MEDIA_TYPE: {"schema": ref("Problem")}},
        }
        if status in _TOLD:
            name, told = _TOLD[status]
            found[str(status.value)]["headers"] = {name: {"description": told, "schema": {"type": "string"}}}
    return found
