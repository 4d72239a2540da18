"""How a correct client keeps a copy of the jobs that its user sees."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hosanna_web.client.session import Session

Job = dict[str, Any]
_CURSOR: Final = "cursor"


class LocalCopy:
    """The jobs of a session's user by their ids, as far as this device has heard.

    - Of a job the highest version wins; what comes late or twice changes nothing.
    - A job that left the view is removed, and a page that says `reset` removes all.
    - The cursor is stored **after** what it stands behind: whoever crashes in between is told again, and loses nothing.

    Only what comes by the feed or by `/sync` adds a job. What some other answer shows may be of a job that has left
    the view since, and nobody would tell that again: `improve` takes it for a job that is here already.
    """

    def __init__(self, session: Session) -> None:
        self.user_id = session.user_id
        self._shelf = session.shelf
        self._kind = f"jobs of {self.user_id}"
        self._place = f"place of {self.user_id}"
        self._lock = threading.RLock()
        self._jobs: dict[str, Job] = self._shelf.all(self._kind)
        self._cursor: str | None = self._shelf.all(self._place).get(_CURSOR)

    @property
    def cursor(self) -> str | None:
        """Up to where everything was heard; None before anything was."""
        return self._cursor

    @property
    def jobs(self) -> dict[str, Job]:
        """All of them, as they are now; they are not to be changed."""
        with self._lock:
            return dict(self._jobs)

    def get(self, job_id: str) -> Job | None:
        """One of them."""
        return self._jobs.get(job_id)

    def apply(self, message: dict[str, Any]) -> None:
        """Take in a message of the feed; what is not about a job changes nothing here."""
        kind = message["type"]
        if kind == "job.left_view":
            self._change(remove=[message["job_id"]])
        elif kind.startswith("job.") and "job" in message:
            self._change(jobs=[message["job"]])

    def apply_page(self, page: dict[str, Any]) -> None:
        """Take in a page of `/sync`."""
        self._change(jobs=page["jobs"], remove=page["removed"], clear=page["reset"])

    def advance(self, cursor: str) -> None:
        """Say that everything up to *cursor* was taken in, and that whoever was to hear of it has."""
        self._shelf.change(self._place, put={_CURSOR: cursor})
        self._cursor = cursor

    def improve(self, job: Job) -> None:
        """Take in what an answer shows of a job, if that is here and older."""
        with self._lock:
            if job["id"] in self._jobs:
                self._change(jobs=[job])

    def forget(self) -> None:
        """Forget all of it, and begin anew."""
        with self._lock:
            self._shelf.change(self._place, clear=True)
            self._cursor = None
            self._change(clear=True)

    def _change(self, *, jobs: Iterable[Job] = (), remove: Iterable[str] = (), clear: bool = False) -> None:
        with self._lock:
            known = {} if clear else self._jobs
            gone = [job_id for job_id in remove if job_id in known]
            newer = {job["id"]: job for job in jobs if _is_newer(job, known.get(job["id"]))}
            if not (newer or gone or clear):
                return
            # First what lasts: what is shown here was kept.
            self._shelf.change(self._kind, put=newer, remove=gone, clear=clear)
            if clear:
                self._jobs.clear()
            for job_id in gone:
                del self._jobs[job_id]
            self._jobs.update(newer)


def _is_newer(job: Job, known: Job | None) -> bool:
    return known is None or bool(job["version"] > known["version"])
