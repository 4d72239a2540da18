"""The cursors of lists: opaque, signed, bound to one caller and one order."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

import msgspec

from hosanna_core.errors import Flaw, Invalid
from hosanna_core.model.query import Position
from hosanna_core.usecases.judging import judge_query
from hosanna_core.usecases.queries import PageQuery

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hosanna_core.model.ids import Id
    from hosanna_core.model.people import Actor

_TAG: Final = 16
P = TypeVar("P", bound=PageQuery)


class _Identified(Protocol):
    @property
    def id(self) -> Id: ...


R = TypeVar("R", bound=_Identified)


class Bookmark(msgspec.Struct, frozen=True):
    """Where a caller is in one of their lists, and how the next place is written down."""

    key: bytes
    bound_to: bytes
    at: Position | None

    @property
    def after(self) -> Id | None:
        """The id that the next page begins behind; None at the beginning."""
        return None if self.at is None else self.at.id

    def page(self, rows: Callable[[Id | None, int], Sequence[R]], limit: int) -> tuple[list[R], str | None]:
        """The next *limit* of a list in the order of ids, and the cursor that goes on from it.

        *rows* gives so many behind an id: one more is asked for, to see whether it goes on.
        """
        found = rows(self.after, limit + 1)
        shown = list(found[:limit])
        return shown, self.cursor(Position((), shown[-1].id) if len(found) > limit else None)

    def cursor(self, position: Position | None) -> str | None:
        """The cursor for a position of the same list; None at the end."""
        if position is None:
            return None
        raw = msgspec.json.encode(position)
        return base64.urlsafe_b64encode(_tag(self.key, self.bound_to, raw) + raw).decode().rstrip("=")


def position_from(key: bytes, actor: Actor, listing: str, cursor: str | None) -> Bookmark:
    """The place that *cursor* names in the caller's *listing*; raises Invalid where it is not one of its cursors."""
    bound_to = f"{actor.id}|{actor.role}|{listing}".encode()
    return Bookmark(key, bound_to, None if cursor is None else _read(key, bound_to, cursor))


def judge_page(
    form: type[P],
    query: Mapping[str, Sequence[str]],
    key: bytes,
    actor: Actor,
    listing: str,
    *,
    repeatable: frozenset[str] = frozenset(),
) -> tuple[P, Bookmark]:
    """A list's query as *form*, and where its cursor stands; raises Invalid with the flaws of both."""
    place = position_from(key, actor, listing, None)
    flaws: tuple[Flaw, ...] = ()
    given = query.get("cursor", ())
    if len(given) == 1:
        try:
            place = position_from(key, actor, listing, given[0])
        except Invalid as error:
            flaws = error.flaws
    try:
        asked = judge_query(form, query, repeatable=repeatable)
    except Invalid as error:
        named = {flaw.pointer for flaw in error.flaws}
        raise Invalid([*error.flaws, *(flaw for flaw in flaws if flaw.pointer not in named)]) from None
    if flaws:
        raise Invalid(flaws)
    return asked, place


def _read(key: bytes, bound_to: bytes, cursor: str) -> Position:
    wrong = Invalid((Flaw("/cursor", "must be a next_cursor that this list gave you"),))
    try:
        sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise wrong from None
    tag, raw = sealed[:_TAG], sealed[_TAG:]
    if not hmac.compare_digest(tag, _tag(key, bound_to, raw)):
        raise wrong
    return msgspec.json.decode(raw, type=Position)


def _tag(key: bytes, bound_to: bytes, raw: bytes) -> bytes:
    return hmac.digest(key, len(bound_to).to_bytes(2, "big") + bound_to + raw, "sha256")[:_TAG]
