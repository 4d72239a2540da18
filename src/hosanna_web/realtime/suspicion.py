"""Which event it is that cannot be told, where some fail together, and how often one is tried."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_core.usecases.streams import AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.model.feed import Cursor, Followed

TRIES: Final = 5
"""So often in a row the same is tried: what fails may pass, and what always fails must not stop all that follows."""


class Suspicion:
    """Where many events failed together they are taken one by one, until all of them are passed or one is found.

    >>> from hosanna_core.model.event import Event, Ref
    >>> from hosanna_core.model.feed import Followed
    >>> event = Event(key="", kind="", subject=Ref("job", "j"), version=1, at=0, actor_id=None)
    >>> many = [Followed(bytes([place]), event) for place in (1, 2, 3)]
    >>> suspicion = Suspicion()
    >>> suspicion.limit(b""), suspicion.failed(many), suspicion.limit(b"")
    (500, False, 1)
    >>> [suspicion.failed(many[:1]) for _ in range(4)]
    [False, False, False, True]
    """

    def __init__(self) -> None:
        self._until: Cursor = b""
        """One of the events up to here failed."""
        self._tries = 0

    def limit(self, place: Cursor) -> int:
        """How many events behind *place* to take at once."""
        return 1 if place < self._until else AT_ONCE

    def passed(self) -> None:
        """It went well."""
        self._tries = 0

    def failed(self, followed: Sequence[Followed] = ()) -> bool:
        """It did not, with these events or before there were any; whether they are to be given up."""
        if len(followed) > 1:
            self._until, self._tries = followed[-1].cursor, 0
        self._tries += 1
        return self._tries >= TRIES
