"""Who follows which jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.model.ids import JobId, UserId


class Followers(Protocol):
    """The users who want to hear of a job. Asks nobody's permission."""

    def follow(self, user_id: UserId, job_id: JobId) -> None:
        """From now on; again changes nothing."""

    def unfollow(self, user_id: UserId, job_id: JobId) -> None:
        """No more; nothing if they did not."""

    def follows(self, user_id: UserId, job_id: JobId) -> bool:
        """Whether that user follows that job."""

    def of(self, job_id: JobId) -> Sequence[UserId]:
        """Everybody who follows it, in the order of their ids."""

    def followed_by(self, user_id: UserId, after: JobId | None, limit: int) -> Sequence[JobId]:
        """At most *limit* of the jobs that a user follows, in the order of their ids, those above *after*."""
