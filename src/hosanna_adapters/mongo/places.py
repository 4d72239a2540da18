"""Places in the feed: a cluster time, and how many of its events lie before.

Whoever follows sees the events of one cluster time in the same order. So these two numbers name the same place for
everybody, and as bytes, most significant first, they stand in the order of the feed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from bson import Timestamp

from hosanna_core.errors import CursorLost

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bson import ObjectId

    from hosanna_core.model.feed import Cursor

_TIME_BYTES: Final = 8
_COUNT_BYTES: Final = 4
_SECONDS_FROM: Final = 32
"""The seconds are the upper half of an instant, the increment within the second is the lower."""
_TOKEN_OF_A_TIME: Final = 0x82
"""What a resume token of MongoDB's own begins with: it is a sort key, and this says that a timestamp follows."""
_LONG_AGO: Final = 1 << 30 << _SECONDS_FROM
"""In 2004 there was no MongoDB: what names such a time is a token in another form that happens to begin alike."""


class Place(msgspec.Struct, frozen=True, order=True):
    """Behind *count* events of the cluster time *time*, and behind everything before that time."""

    time: int
    count: int = 0


class Now(msgspec.Struct, frozen=True):
    """Where the feed ended at some moment."""

    latest: int
    """The latest cluster time of all that was acknowledged by then."""
    decided: bool = True
    """Whether the server says that of the commits which were still under way none can turn up before that."""
    server: ObjectId | None = None
    """The process that said so, if it is always the one that is asked: another one after a restart or a fail-over."""

    @property
    def end(self) -> Place:
        """Behind everything of that time."""
        return Place(self.latest + 1)


def cursor_at(place: Place) -> Cursor:
    """The place as everybody else keeps it."""
    return place.time.to_bytes(_TIME_BYTES, "big") + place.count.to_bytes(_COUNT_BYTES, "big")


def place_at(cursor: Cursor) -> Place:
    """The place again. Raises CursorLost where that is none."""
    if len(cursor) != _TIME_BYTES + _COUNT_BYTES:
        raise CursorLost
    return Place(int.from_bytes(cursor[:_TIME_BYTES], "big"), int.from_bytes(cursor[_TIME_BYTES:], "big"))


def time_of(timestamp: Timestamp) -> int:
    """A cluster time as one number."""
    return (timestamp.time << _SECONDS_FROM) | timestamp.inc


def timestamp_at(time: int) -> Timestamp:
    """The cluster time again."""
    return Timestamp(time >> _SECONDS_FROM, time & (1 << _SECONDS_FROM) - 1)


def reached(token: Mapping[str, Any] | None) -> Place:
    """How far a stream has come that could be resumed with *token*: all that was committed before was given.

    Where nothing is given for long, only that tells. Tokens are the server's own business: of one in another form
    than MongoDB's, the very beginning is answered, which says nothing.

    >>> reached({"_data": "8265A0BC00000000012B0229296E04"}) == Place(0x65A0BC0000000001)
    True
    >>> reached({"_data": "7f000000107300"}) == reached(None) == Place(0)
    True
    """
    data = None if token is None else token.get("_data")
    if not isinstance(data, str):
        return Place(0)
    try:
        first, *time = bytes.fromhex(data[: 2 * (1 + _TIME_BYTES)])
    except ValueError:
        return Place(0)
    if first != _TOKEN_OF_A_TIME or len(time) != _TIME_BYTES:
        return Place(0)
    place = Place(int.from_bytes(bytes(time), "big"))
    return place if place.time > _LONG_AGO else Place(0)
