"""What somebody is told in their inbox."""

from __future__ import annotations

import msgspec

from hosanna_core.model.ids import Id, JobId, Millis, UserId


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of one user's inbox. It holds no text of the job: that is rendered while its receiver sees the job."""

    id: Id
    user_id: UserId
    kind: str
    job_id: JobId | None = None
    created_at: Millis
    read_at: Millis | None = None
