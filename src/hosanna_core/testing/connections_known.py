"""Open connections, and what must be sent over each: every message is compared as it is sent.

Two kinds: one by `usecases.streams.follow`, and one that is served as a server does it, where reading events, looking
at what they are about, and the client's taking of what was sent are steps of their own, and all may change between.
"""

from __future__ import annotations

import json
from collections import deque
from typing import TYPE_CHECKING, Any

from hosanna_core.errors import CursorLost
from hosanna_core.model.messages import Heartbeat, Hello
from hosanna_core.rules.sealing import InFeed
from hosanna_core.testing.racing import persistent
from hosanna_core.testing.tellings_known import NOTIFIED, UNPREDICTED
from hosanna_core.usecases.streams import enter, follow, heard, sealer_of
from hosanna_core.usecases.telling import begun

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.model.feed import Cursor, Followed
    from hosanna_core.model.people import Actor
    from hosanna_core.ports import Ports
    from hosanna_core.testing.tellings_known import Chronicle
    from hosanna_core.usecases.telling import Telling

LEFT = "job.left_view"


class Connection:
    """One follower's: what was *sent*, each with the place behind its event, and not taken yet."""

    recovered: bool
    hello: str
    """The first message's cursor."""

    def __init__(self, chronicle: Chronicle, ports: Ports, actor: Actor) -> None:
        self.ports = ports
        self.actor = actor
        self.sent: deque[tuple[Any, int]] = deque()
        self.place = 0
        """Up to here all was looked at."""
        self._chronicle = chronicle
        self._held: set[str] = set()

    def begin(self, start: int | None) -> None:
        """Greeted: from *start* on, or from here where nothing is recovered."""
        self.place = self._chronicle.end if start is None else start
        self._held = self._chronicle.seen_at(self.actor, self.place)

    def due(self, until: int) -> list[tuple[Any, int]]:
        """What must be sent now about the events up to *until*, each with the place behind its event."""
        assert until <= self._chronicle.end, "more is told than happened"
        now = self.ports.outside.now()
        found = []
        for place in range(self.place, until):
            told = self._chronicle.told(self.actor, self._held, place, now, sure=self.recovered)
            if told is not None:
                found.append((told, place + 1))
        self.place = until
        return found

    def check(self, raw: bytes | None, due: tuple[Any, int] | None) -> None:
        """What was sent is what had to be."""
        if raw is None or due is None:
            assert raw is None, f"{self.actor.role} is told what is nothing to them: {raw!r}"
            assert due is None, f"{self.actor.role} is not told: {due!r}"
            return
        message, (expected, place) = json.loads(raw), due
        assert next(reversed(message)) == "cursor", "the cursor comes last"
        shown = {name: value for name, value in message.items() if name not in UNPREDICTED}
        if shown["type"] == NOTIFIED:
            shown["notification"] = _without_words(shown["notification"])
        assert shown == expected, f"{self.actor.role} is told {shown}, not {expected}"
        self.sent.append((message, place))


class Streamed(Connection):
    """By `follow`: what is yielded one by one was all looked at when the first of it was asked for."""

    def __init__(self, chronicle: Chronicle, ports: Ports, actor: Actor, cursor: str | None) -> None:
        super().__init__(chronicle, ports, actor)
        self._messages = follow(ports, actor, cursor, patience=0)
        self._due: deque[tuple[Any, int]] = deque()
        first = json.loads(next(self._messages) or b"")
        assert first["type"] == "hello", "the first message is a greeting"
        self.recovered, self.hello = first["recovered"], first["cursor"]

    def send(self, most: int) -> bool:
        """At most so many messages; whether there may be more. Raises CursorLost."""
        for _ in range(most):
            raw = persistent(lambda: next(self._messages))
            if not self._due:
                self._due.extend(self.due(self._chronicle.end))
            due = self._due.popleft() if self._due else None
            self.check(raw, due)
            if due is None:
                return False
        return True


class Served(Connection):
    """As a server does it. What was *read* and not looked at stands there until it is."""

    def __init__(self, chronicle: Chronicle, ports: Ports, actor: Actor, cursor: str | None) -> None:
        super().__init__(chronicle, ports, actor)
        self._sealer = sealer_of(ports)
        entry = enter(ports, self._sealer, actor, cursor)
        self._line = entry.line
        self.recovered, self._cursor = self._found(entry.start)
        self._line.sure = self.recovered
        self.hello = json.loads(self._say(Hello(self.recovered)))["cursor"]
        self.read: Sequence[Followed] = ()

    def _found(self, start: Cursor | None) -> tuple[bool, Cursor]:
        if start is not None:
            try:
                self.ports.store.feed.after(start, 1)
            except CursorLost:
                pass
            else:
                return True, start
        return False, self.ports.store.feed.head()

    def read_on(self, limit: int) -> None:
        """Read some events, unless there are some that were not looked at yet. Raises CursorLost."""
        if not self.read:
            self.read = persistent(lambda: self.ports.store.feed.after(self._cursor, limit)).told

    def hear(self, tellings: Sequence[Telling]) -> None:
        """Be sent what of the events that were looked at was read here."""
        if not self.read:
            return
        last = self.read[-1].cursor
        mine = [each for each in tellings if self._cursor < each.followed.cursor <= last]
        raws = heard(self._line, mine)
        due = self.due(self.place + len(self.read))
        for k in range(max(len(raws), len(due))):
            self.check(raws[k] if k < len(raws) else None, due[k] if k < len(due) else None)
        self._cursor, self.read = last, ()

    def beat(self) -> None:
        """Be sent a heartbeat."""
        self.sent.append((json.loads(self._say(Heartbeat())), self.place))

    def _say(self, message: Any) -> bytes:
        return (
            begun(message, self._sealer.seal(InFeed(self._cursor, self.ports.outside.now())))
            + self._line.mark
        )


def _without_words(notification: Any) -> Any:
    """Without what is meant to be read, which names no job where the notification names none."""
    words = f"{notification['title']} {notification['body']}"
    assert notification["job_id"] is not None or "J-" not in words, "a notification names a hidden job"
    return {name: value for name, value in notification.items() if name not in {"title", "body"}}
