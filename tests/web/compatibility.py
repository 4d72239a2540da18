"""Whether an API took anything away from those who use it: one small form of it against another, only additions pass.

What is asked may only become more, what is answered may only hold more: a caller of yesterday is served today.
`python -m tests.web.compatibility` writes the form of what is served now, when a release is made.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

RELEASED: Final = Path(__file__).with_name("released.json")
METHODS: Final = ("get", "put", "post", "patch", "delete")
WORDS: Final = frozenset({"description", "title", "examples", "example", "default", "summary"})
NOT_LESS: Final = ("maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties")
NOT_MORE: Final = ("minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties")
SAME: Final = ("pattern", "format", "multipleOf", "uniqueItems")


def surface(document: Any) -> dict[str, Any]:
    """The small form of an OpenAPI document: paths, parameters, bodies, answers and schemas, no words."""
    paths: dict[str, Any] = {}
    for path, item in document["paths"].items():
        paths[path] = {method: _operation(item[method]) for method in METHODS if method in item}
    return {"paths": paths, "schemas": _bare(document["components"]["schemas"], names=True)}


def _operation(described: Any) -> dict[str, Any]:
    (status,) = (each for each in described["responses"] if int(each) < 400)
    body = described.get("requestBody")
    found: dict[str, Any] = {
        "token": bool(described["security"]),
        "parameters": {
            f"{each['in']} {each['name']}": {
                "required": each.get("required", False),
                "schema": _bare(each["schema"]),
            }
            for each in described.get("parameters", ())
        },
        "status": status,
        "answer": _content(described["responses"][status].get("content", {})),
    }
    if body is not None:
        found["body"] = {"required": body["required"], "content": _content(body["content"])}
    return found


def _content(content: Any) -> dict[str, Any]:
    return {kind: _bare(each.get("schema", {})) for kind, each in content.items()}


def _bare(schema: Any, *, names: bool = False) -> Any:
    """A schema without its words; where the keys are *names*, none of them is a word."""
    if isinstance(schema, list):
        return [_bare(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: what for key, what in schema.items() if names or key not in WORDS}
    return {key: _bare(what, names=key in ("properties", "$defs")) for key, what in kept.items()}


def breaches(old: Any, new: Any) -> list[str]:
    """What was taken away, in words; nothing: whoever could talk to the old one can talk to the new one."""
    return list(dict.fromkeys(_breaches(old, new)))


def _breaches(old: Any, new: Any) -> Iterator[str]:
    for path, methods in old["paths"].items():
        if path not in new["paths"]:
            yield f"{path}: the path is gone"
            continue
        for method, was in methods.items():
            where = f"{method.upper()} {path}"
            if method not in new["paths"][path]:
                yield f"{where}: the method is gone"
            else:
                yield from _of_operation(
                    was, new["paths"][path][method], where, old["schemas"], new["schemas"]
                )


def _of_operation(was: Any, now: Any, where: str, old: Any, new: Any) -> Iterator[str]:
    if now["token"] and not was["token"]:
        yield f"{where}: it asks for a token now"
    if now["status"] != was["status"]:
        yield f"{where}: it answers {now['status']} in place of {was['status']}"
    for name, parameter in was["parameters"].items():
        if name not in now["parameters"]:
            yield f"{where}: the {name} is gone"
        else:
            schema = now["parameters"][name]["schema"]
            yield from Asked(old, new).compare(parameter["schema"], schema, f"{where}: {name}")
    for name, parameter in now["parameters"].items():
        if parameter["required"] and not was["parameters"].get(name, {"required": False})["required"]:
            yield f"{where}: the {name} is required now"
    before, after = was.get("body"), now.get("body")
    if after is not None and after["required"] and not (before and before["required"]):
        yield f"{where}: a body is required now"
    if before is not None:
        taken = {} if after is None else after["content"]
        yield from _of_content(before["content"], taken, f"{where}: body", Asked(old, new))
    yield from _of_content(was["answer"], now["answer"], f"{where}: answer", Answered(old, new))


def _of_content(was: Any, now: Any, where: str, sense: "Sense") -> Iterator[str]:
    for kind, schema in was.items():
        if kind not in now:
            yield f"{where}: {kind} is gone"
        else:
            yield from sense.compare(schema, now[kind], where)


class Sense:
    """Compares two schemas; in which direction values go decides what hurts."""

    def __init__(self, old: Any, new: Any) -> None:
        self._old, self._new = old, new
        self._seen: set[tuple[str, str]] = set()

    def compare(self, was: Any, now: Any, where: str) -> Iterator[str]:
        """What the second takes away."""
        names = (was.get("$ref", ""), now.get("$ref", ""))
        if any(names):
            if names in self._seen:
                return
            self._seen.add(names)
        was, now = _resolved(was, self._old), _resolved(now, self._new)
        if "properties" in was and "properties" in now:
            # What stands beside its fields narrows them further: whoever adds to it takes away.
            yield from self.compare_one(was, now, where)
            if _choices(now) and not (_choices(was) and all(each in _choices(now) for each in _choices(was))):
                yield f"{where}: other fields have to come together now"
            return
        before, after = _choices(was) or [was], _choices(now) or [now]
        if len(before) == len(after) == 1:
            yield from self.compare_one(before[0], after[0], where)
            return
        yield from self.variants(before, after, where)

    def variants(self, before: list[Any], after: list[Any], where: str) -> Iterator[str]:
        """Each kind of value beside the one that it was."""
        rest = [each for each in after if each not in before]
        for each in before:
            if each in after and "$ref" not in each:
                continue
            kind = _kind(each)
            like = next(
                (other for other in (after if "$ref" in each else rest) if _kind(other) == kind), None
            )
            if like is None:
                yield f"{where}: no {kind.rpartition('/')[2]} any more"
            elif "$ref" in each:
                yield from self.compare(each, like, where)
            else:
                rest.remove(like)
                yield from self.compare_one(each, like, where)

    def compare_one(self, was: Any, now: Any, where: str) -> Iterator[str]:
        """Two schemas without alternatives."""
        yield from self.types(_types(was), _types(now), where)
        for each in _values(was) or ():
            if each not in (_values(now) or [each]):
                yield f"{where}: the value {each} is gone"
        yield from self.bounds(was, now, where)
        fields = now.get("properties", {})
        for name, schema in was.get("properties", {}).items():
            if name in fields:
                yield from self.compare(schema, fields[name], f"{where}.{name}")
            elif fields or now.get("additionalProperties") is False:
                yield f"{where}.{name}: the field is gone"
        yield from self.required(set(was.get("required", ())), set(now.get("required", ())), where)
        for part, mark in (("items", "[]"), ("additionalProperties", ".*")):
            if isinstance(was.get(part), dict) and isinstance(now.get(part), dict):
                yield from self.compare(was[part], now[part], where + mark)

    def types(self, was: set[str], now: set[str], where: str) -> Iterator[str]:
        """The types of JSON."""
        raise NotImplementedError

    def bounds(self, was: Any, now: Any, where: str) -> Iterator[str]:
        """Lengths, sizes and patterns."""
        yield from ()

    def required(self, was: set[str], now: set[str], where: str) -> Iterator[str]:
        """The fields that have to be there."""
        raise NotImplementedError


class Asked(Sense):
    """What callers send: whatever was accepted must be."""

    def types(self, was: set[str], now: set[str], where: str) -> Iterator[str]:
        if now and (gone := (was or {"anything"}) - now):
            yield f"{where}: {', '.join(sorted(gone))} is not taken any more"

    def bounds(self, was: Any, now: Any, where: str) -> Iterator[str]:
        if _values(now) is not None and _values(was) is None:
            yield f"{where}: only some values are taken now"
        for name in (*NOT_LESS, *NOT_MORE):
            if name in now and (name not in was or _tighter(name, was[name], now[name])):
                yield f"{where}: {name} is {now[name]} now"
        for name in SAME:
            if name in now and now[name] != was.get(name):
                yield f"{where}: {name} is {now[name]} now"
        if now.get("additionalProperties") is False and was.get("additionalProperties", True) is not False:
            yield f"{where}: unknown fields are refused now"

    def required(self, was: set[str], now: set[str], where: str) -> Iterator[str]:
        yield from (f"{where}.{name}: the field is required now" for name in sorted(now - was))


class Answered(Sense):
    """What callers are told: whatever they could rely on must be there."""

    def types(self, was: set[str], now: set[str], where: str) -> Iterator[str]:
        if was and (new := (now or {"anything"}) - was):
            yield f"{where}: it may be {', '.join(sorted(new))} now"

    def variants(self, before: list[Any], after: list[Any], where: str) -> Iterator[str]:
        yield from super().variants(before, after, where)
        kinds = {_kind(each) for each in before}
        if "null" in {_kind(each) for each in after} - kinds:
            yield f"{where}: it may be null now"

    def required(self, was: set[str], now: set[str], where: str) -> Iterator[str]:
        yield from (f"{where}.{name}: the field may be missing now" for name in sorted(was - now))


def _tighter(name: str, was: float, now: float) -> bool:
    return now < was if name in NOT_LESS else now > was


def _resolved(schema: Any, schemas: Any) -> Any:
    while "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    return schema


def _choices(schema: Any) -> list[Any]:
    return schema.get("anyOf") or schema.get("oneOf") or []


def _kind(schema: Any) -> str:
    return schema.get("$ref") or ",".join(sorted(_types(schema))) or json.dumps(schema, sort_keys=True)


def _types(schema: Any) -> set[str]:
    given = schema.get("type", [])
    return {given} if isinstance(given, str) else set(given)


def _values(schema: Any) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def written(form: Any) -> str:
    """The form as JSON, a path or a schema a line: a change of one is a line of a diff."""
    parts = []
    for part, named in form.items():
        rows = (
            f"{json.dumps(name)}: {json.dumps(what, sort_keys=True)}" for name, what in sorted(named.items())
        )
        parts.append(f'"{part}": {{\n' + ",\n".join(rows) + "\n}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    from hosanna_web.api.table import OPERATIONS
    from hosanna_web.openapi.document import describe

    RELEASED.write_text(written(surface(describe(OPERATIONS))), encoding="utf-8")
