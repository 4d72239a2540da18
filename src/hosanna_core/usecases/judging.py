"""From what came in to what is trusted: JSON and queries, judged against a form, every flaw named at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
import pydantic
import pydantic_core

from hosanna_core.errors import Flaw, Invalid, Unreadable
from hosanna_core.rules.history import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic_core import ErrorDetails

F = TypeVar("F", bound=pydantic.BaseModel)
_NOT_JSON: Final = "json_invalid"


class Unparsed:
    """A body that nobody has judged yet: bytes of JSON, or what a program hands over instead of them.

    >>> Unparsed.of({"reason": "no access"}).raw
    b'{"reason":"no access"}'
    """

    __slots__ = ("raw",)

    def __init__(self, raw: bytes) -> None:
        self.raw = raw or b"{}"

    @classmethod
    def of(cls, value: object) -> Unparsed:
        """A body from a program's value: dictionaries, lists, text and numbers."""
        # Infinity must not pass as null: written as what it is, the form refuses it.
        return cls(pydantic_core.to_json(value, inf_nan_mode="constants"))

    def judge(self, form: type[F], context: Mapping[str, object] | None = None) -> F:
        """The body as *form*; raises Unreadable where it is no JSON, Invalid where it is the wrong JSON.

        *context* is what the form's own checks need to know beside the body.
        """
        try:
            return form.model_validate_json(self.raw, context=context)
        except pydantic.ValidationError as error:
            raise refusal(error) from None

    def members(self) -> dict[str, Any]:
        """The body as a JSON object that is not judged any further; raises Unreadable or Invalid."""
        try:
            value = pydantic_core.from_json(self.raw, allow_inf_nan=False)
        except ValueError as error:
            raise Unreadable(f"The body is not JSON: {error}.") from None
        if not isinstance(value, dict):
            raise Invalid((Flaw("", "must be a JSON object"),))
        return value

    def fingerprinted(self) -> bytes:
        """What tells two bodies apart: JSON that was only written differently is the same.

        >>> Unparsed(b'{"a": 1, "b": 2}').fingerprinted() == Unparsed(b'{"b":2,"a":1}').fingerprinted()
        True
        """
        try:
            return canonical(msgspec.json.decode(self.raw))
        except (msgspec.DecodeError, RecursionError, ValueError):
            return self.raw


def refusal(error: pydantic.ValidationError) -> Unreadable | Invalid:
    """The error of a form that was not fulfilled, in the words of Hosanna's error tree."""
    details = error.errors(include_url=False, include_context=True, include_input=False)
    for detail in details:
        if detail["type"] == _NOT_JSON:
            return Unreadable(f"The body is not JSON: {detail['ctx']['error']}.")
    return Invalid([Flaw(pointer(detail["loc"]), _message(detail)) for detail in details])


def pointer(parts: Sequence[str | int]) -> str:
    """The JSON pointer of RFC 6901 to a place in a document.

    >>> pointer(("customer", "a/b", 0))
    '/customer/a~1b/0'
    """
    # A flaw of a name is told where that name stands.
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts if part != "[key]")


_MESSAGES: Final = {
    "missing": "is required",
    "extra_forbidden": "is not a field of this request",
    "model_type": "must be a JSON object",
    "model_attributes_type": "must be a JSON object",
    "dict_type": "must be a JSON object",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
}

_SIZES: Final = {"too_short": ("at least", "min_length"), "too_long": ("at most", "max_length")}
"""Of lists that have too few or too many items."""


def _message(detail: ErrorDetails) -> str:
    known = _MESSAGES.get(detail["type"])
    if known is not None:
        return known
    if detail["type"] == "value_error":
        return str(detail["ctx"]["error"])
    if detail["type"] in _SIZES:
        bound, key = _SIZES[detail["type"]]
        count = detail["ctx"][key]
        return f"must have {bound} {count} item{'' if count == 1 else 's'}"
    return detail["msg"].replace("Input should", "must").replace("String should", "must")


def judge_query(
    form: type[F], query: Mapping[str, Sequence[str]], *, repeatable: frozenset[str] = frozenset()
) -> F:
    """A query string's parameters as *form*; those not *repeatable* may come once. Raises Invalid."""
    twice = [name for name, values in query.items() if len(values) > 1 and name not in repeatable]
    flat: dict[str, object] = {
        name: list(values) if name in repeatable else values[0] for name, values in query.items()
    }
    flaws = [Flaw(pointer((name,)), "must be given at most once") for name in twice]
    try:
        judged = form.model_validate(flat)
    except pydantic.ValidationError as error:
        found = refusal(error)
        raise Invalid([*flaws, *(found.flaws if isinstance(found, Invalid) else ())]) from None
    if flaws:
        raise Invalid(flaws)
    return judged
