"""On which ways people are told of what: as they chose, or else as it is for everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hosanna_core.model.notice import Channel, NoticeKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hosanna_core.model.people import User

NOTIFICATIONS: Final = "notifications"
"""The preference under which the choices stand: `{kind: {channel: true or false}}`."""

_CHANNELS = (Channel.LIVE, Channel.EMAIL, Channel.PUSH)
_ELSE: Final = {Channel.LIVE: True}
DEFAULTS: Final[Mapping[str, Mapping[Channel, bool]]] = {
    kind: dict(zip(_CHANNELS, row, strict=True))
    for kind, row in {
        #                           live   email  push
        NoticeKind.DISPATCHED:     (True,  False, True),
        NoticeKind.STATUS_CHANGED: (True,  False, True),
        NoticeKind.ANNOUNCED:      (True,  False, True),
        NoticeKind.WEBHOOK_DISABLED: (True, False, True),
    }.items()
}  # fmt: skip
"""Nobody gets letters who did not ask for them; and push reaches the devices alone that asked for it."""


def choices(preferences: Mapping[str, Any]) -> dict[str, dict[str, bool]]:
    """What somebody chose, as far as it can be read: what is malformed, or not known any more, is left out.

    >>> choices({"notifications": {"announcement": {"email": True, "push": 1}, "gossip": {"live": True}}})
    {'announcement': {'email': True}}
    """
    found: dict[str, dict[str, bool]] = {}
    for kind in NoticeKind:
        ways = _members(_members(preferences.get(NOTIFICATIONS)).get(kind.value))
        chosen = {channel.value: ways.get(channel.value) for channel in _CHANNELS}
        found[kind.value] = {channel: way for channel, way in chosen.items() if isinstance(way, bool)}
    return {kind: chosen for kind, chosen in found.items() if chosen}


def readable(preferences: Mapping[str, Any]) -> dict[str, Any]:
    """Somebody's preferences, without what of the choices cannot be read."""
    chosen = choices(preferences)
    rest = {name: value for name, value in preferences.items() if name != NOTIFICATIONS}
    return {**rest, NOTIFICATIONS: chosen} if chosen else rest


def _members(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def channels_for(user: User, kind: str) -> tuple[bool, tuple[Channel, ...]]:
    """Whether the open connections of *user* are told of this kind, and on which other ways they are.

    Of a kind that we do not know, somebody else's, the open connections alone.
    """
    chosen = choices(user.preferences).get(kind, {})
    wanted = [channel for channel, way in DEFAULTS.get(kind, _ELSE).items() if chosen.get(channel.value, way)]
    return Channel.LIVE in wanted, tuple(each for each in wanted if each is not Channel.LIVE)
