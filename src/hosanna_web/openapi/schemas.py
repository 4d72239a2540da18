"""The shapes in the document: of forms by pydantic, which judges them; of documents by msgspec, which writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from pydantic.json_schema import models_json_schema

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hosanna_core.usecases.forms import Form

_REF: Final = "#/components/schemas/"
_TIMES: Final = frozenset({"at", "start", "end"})
PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "Problem details (RFC 9457). Programs go by `code`, which is stable; `detail` is for people.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "422: every flaw of the input; a pointer names a member of the body, or a parameter.",
            "items": {
                "type": "object",
                "required": ["pointer", "message"],
                "properties": {"pointer": {"type": "string"}, "message": {"type": "string"}},
            },
        },
        "rule": {"type": "string", "description": "403: the rule that refused."},
        "from": {"type": "string", "description": "409 `illegal_transition`: the job's status."},
        "action": {"type": "string", "description": "409 `illegal_transition`: what was asked."},
        "allowed": {
            "type": "array",
            "description": "409 `illegal_transition`: what leads on from here.",
            "items": {"type": "string"},
        },
        "verdict": {
            "type": "array",
            "description": "409 by a hard rule: each rule that was looked at.",
            "items": {
                "type": "object",
                "required": ["rule", "holds", "reason"],
                "properties": {
                    "rule": {"type": "string"},
                    "holds": {"type": "boolean"},
                    "reason": {"type": ["string", "null"]},
                    "margin": {
                        "type": ["object", "null"],
                        "description": "By how much it holds, or, if `by` is negative, fails; `words` is for people.",
                    },
                },
            },
        },
        "conflicts": {
            "type": "array",
            "description": "409 `no_candidate`: the smallest sets of rules that no technician satisfies together.",
            "items": {
                "type": "object",
                "required": ["rules", "words"],
                "properties": {
                    "rules": {"type": "array", "items": {"type": "string"}},
                    "words": {"type": "string"},
                },
            },
        },
        "retry_after": {
            "type": "integer",
            "description": "429 and 503: seconds to wait, as Retry-After says.",
        },
        "request_id": {"type": "string", "description": "500: what the log calls this request."},
    },
}


def ref(name: str) -> dict[str, str]:
    """A reference to a component."""
    return {"$ref": f"{_REF}{name}"}


def components(forms: Iterable[type[Form]], answers: Iterable[Any]) -> dict[str, Any]:
    """The schemas of forms and documents by their names."""
    _, judged = models_json_schema([(form, "validation") for form in forms], ref_template=f"{_REF}{{model}}")
    asked = {name: _blank_is_null(schema) for name, schema in judged.get("$defs", {}).items()}
    return {**documents(answers), **asked, "Problem": PROBLEM}


def documents(kinds: Iterable[Any]) -> dict[str, Any]:
    """The schemas of documents, and of all that they are made of, by their names."""
    _, written = msgspec.json.schema_components(kinds, ref_template=f"{_REF}{{name}}")
    return {name: _dated(schema) for name, schema in written.items()}


def _blank_is_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A form's schema, telling that where a text may be null, a blank one is taken for it."""
    for member in schema.get("properties", {}).values():
        kinds = member.get("anyOf", [])
        if {"type": "null"} in kinds:
            for kind in kinds:
                if kind.pop("minLength", None) is None and kind.get("format") == "email":
                    kinds.append({"type": "string", "pattern": r"^\s*$"})
                    break
    return schema


def _dated(schema: dict[str, Any]) -> dict[str, Any]:
    """A document's schema, its times marked as such."""
    for name, member in schema.get("properties", {}).items():
        if (name.endswith("_at") or name in _TIMES) and member.get("type") == "string":
            member["format"] = "date-time"
    return schema


def patch_of(form: type[Form]) -> dict[str, Any]:
    """The merge patch (RFC 7396) of a form: nothing must be sent, and null takes away what need not be there."""
    whole = form.model_json_schema()
    schemas = {name: _blank_is_null(schema) for name, schema in whole.pop("$defs", {}).items()}
    return _loosened(_blank_is_null(whole), schemas)


def _loosened(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    if (name := schema.get("$ref")) is not None:
        return _loosened(schemas[name.rpartition("/")[2]], schemas)
    if (either := schema.get("anyOf")) is not None:
        return {**schema, "anyOf": [_loosened(each, schemas) for each in either]}
    if schema.get("type") == "array" and "$ref" in schema.get("items", {}):
        return {**schema, "items": _inlined(schema["items"], schemas)}
    if schema.get("type") != "object" or "properties" not in schema:
        return schema
    needed = schema.get("required", ())
    members = {
        name: loose if name in needed else {"anyOf": [loose, {"type": "null"}]}
        for name, member in schema["properties"].items()
        for loose in (_loosened(member, schemas),)
    }
    # Of a patch not even the number of its members says much: half of them may take away.
    kept = {k: v for k, v in schema.items() if k not in ("required", "maxProperties")}
    return {**kept, "properties": members}


def _inlined(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """What replaces as a whole, a list's items, keeps what it requires."""
    return schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
