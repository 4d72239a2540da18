"""Reading announcements; they are written by `Ledger.commit` alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hosanna_core.model.announcement import Announcement
    from hosanna_core.model.ids import Id, Millis
    from hosanna_core.model.people import Role


class Announcements(Protocol):
    """The stored announcements, expired ones among them."""

    def get(self, announcement_id: Id) -> Announcement | None:
        """The announcement, None if there is none."""

    def get_many(self, announcement_ids: Sequence[Id]) -> Mapping[Id, Announcement]:
        """Those of the announcements that are there, in one read, however many are asked for."""

    def page(self, role: Role | None, now: Millis, after: Id | None, limit: int) -> Sequence[Announcement]:
        """At most *limit* that have not expired by *now*, newest first (by id, descending), those below *after*.

        Those for everybody and those for *role*; None: whomever they are for.
        """
