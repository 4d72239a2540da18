"""What happened, and what of it everybody must be told: the sentences of the specification, said a second time.

Nothing here asks `hosanna_core.rules`, nor what an event says of places: who saw a job before and after a change, and
who sees it now, is read off the states that the job has had.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec

from hosanna_core.model.documents import body_of, user_document
from hosanna_core.model.instants import to_text
from hosanna_core.model.people import Actor, Role
from hosanna_core.testing import oracle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.model.announcement import Announcement
    from hosanna_core.model.ids import Id, JobId, Millis, UserId
    from hosanna_core.model.job import Job
    from hosanna_core.model.people import User
    from hosanna_core.testing.watching import World

CREATED, ASSIGNED, UPDATED = "job.created", "job.assigned", "job.updated"
STATUS_CHANGED = "job.status_changed"
KINDS: Final = {
    "create": CREATED,
    "assign": ASSIGNED,
    "reassign": ASSIGNED,
    "reschedule": UPDATED,
    "edit": UPDATED,
}
"""What each way of changing a job becomes; every other is a `STATUS_CHANGED`."""
NOTIFIED, READ, ANNOUNCED = "notification.created", "notification.read", "announcement.created"
UNPREDICTED: Final = frozenset({"cursor", "fields"})
"""Members of messages that need not be known beforehand."""


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """One event: *version* counts the states of a job."""

    kind: str
    subject_id: Id
    at: Millis
    version: int = 1
    actor_id: UserId | None = None


@dataclass
class Noted:
    """An entry of somebody's inbox."""

    id: Id
    user_id: UserId
    kind: str
    at: Millis
    job_id: JobId | None = None
    expires_at: Millis | None = None
    read_at: Millis | None = None


@dataclass
class Chronicle:
    """All that happened, in its order: a place is how much of it lies before."""

    world: World
    all: list[Happened] = field(default_factory=list)
    users: dict[UserId, User] = field(default_factory=dict)
    terms: dict[UserId, int] = field(default_factory=dict)
    """How often each user was given a role."""
    inboxes: dict[UserId, list[Noted]] = field(default_factory=dict)
    announcements: dict[Id, Announcement] = field(default_factory=dict)
    watchers: dict[JobId, set[UserId]] = field(default_factory=dict)
    dropped: int = 0
    """So many of the first are not kept any more."""

    @property
    def end(self) -> int:
        """The place behind all of it."""
        return len(self.all)

    # What happens.

    def job_changed(self, job: Job, way: str, actor: Actor) -> None:
        """Somebody changed a job, and whoever must be is notified."""
        self.world.remember(job)
        kind = KINDS.get(way, STATUS_CHANGED)
        self._add(kind, job.id, job.updated_at, version=job.version, actor_id=actor.id)
        told: set[UserId] = set()
        if way == "dispatch" and job.technician_id is not None:
            self._notify(job.technician_id, "job.dispatched", job.updated_at, job_id=job.id)
            told.add(job.technician_id)
        life = self.world.lives[job.id]
        if len(life) < 2 or life[-2].status is job.status:
            return
        for user_id in sorted(self.watchers.get(job.id, ())):
            watcher = self._actor(user_id)
            away = user_id == actor.id or user_id in self.world.inactive
            if user_id not in told and not away and self.world.sees(watcher, job.id):
                self._notify(user_id, "job.status_changed", job.updated_at, job_id=job.id)

    def user_changed(self, user: User, kind: str) -> None:
        """Somebody's account changed, unless it is as it was."""
        before = self.users.get(user.id)
        if before is None or before.version < user.version:
            self.users[user.id] = user
            self._add(kind, user.id, user.updated_at)
            if before is None or before.role is not user.role:
                self.terms[user.id] = self.terms.get(user.id, 0) + 1

    def announced(self, announcement: Announcement) -> None:
        """Everybody, or everybody of a role, was told something; whoever said so has read it."""
        self.announcements[announcement.id] = announcement
        at = announcement.created_at
        self._add(ANNOUNCED, announcement.id, at)
        for user_id in sorted(self.users):
            user = self.users[user_id]
            if user.active and announcement.role in (None, user.role):
                noted = self._notify(user_id, "announcement", at, expires_at=announcement.expires_at)
                noted.read_at = at if user_id == announcement.actor_id else None

    def read(self, user_id: UserId, at: Millis, which: Noted | None = None) -> int:
        """Somebody read something of their inbox, or all of it; how much of it they had not read before."""
        inbox = self.inboxes.get(user_id, []) if which is None else [which]
        unread = [noted for noted in inbox if noted.read_at is None]
        for noted in unread:
            noted.read_at = at
            self._add(READ, noted.id, at)
        return len(unread)

    # Who sees what, then and now.

    def seen_at(self, actor: Actor, place: int) -> set[JobId]:
        """The jobs that were in somebody's view when so much had happened."""
        versions: dict[JobId, int] = {}
        for happened in self.all[:place]:
            if happened.kind.startswith("job."):
                versions[happened.subject_id] = happened.version
        lives = self.world.lives
        return {job_id for job_id, version in versions.items() if oracle.sees(actor, lives[job_id][:version])}

    def document(self, job_id: JobId) -> Any:
        """A job as it is shown now."""
        return json.loads(body_of(self.world.lives[job_id][-1]))

    def unread(self, user_id: UserId, now: Millis) -> int:
        """How many are not read and not expired."""
        return sum(each.read_at is None and _shown(each, now) for each in self.inboxes.get(user_id, ()))

    # What somebody is told.

    def told(self, actor: Actor, held: set[JobId], place: int, now: Millis, *, sure: bool) -> Any:
        """The message to *actor* about the event behind *place*, sent now, but for what is `UNPREDICTED`; or None.

        *held* are the jobs that whoever is told has; it is changed by what they are told. Not *sure*: they fetched
        what they have themselves, nobody knows when.
        """
        happened = self.all[place]
        if happened.kind.startswith("job."):
            return self._of_a_job(happened, actor, held, sure=sure)
        if happened.kind.startswith("user."):
            if actor.role is not Role.ADMINISTRATOR and actor.id != happened.subject_id:
                return None
            user = self.users[happened.subject_id]
            shown = msgspec.to_builtins(user_document(user))
            return {"type": happened.kind, "user_id": user.id, "at": to_text(happened.at), "user": shown}
        if happened.kind == ANNOUNCED:
            return self._of_an_announcement(self.announcements[happened.subject_id], actor, now)
        return self._of_a_notice(happened, actor, now)

    def _of_a_job(self, happened: Happened, actor: Actor, held: set[JobId], *, sure: bool) -> Any:
        job_id, life = happened.subject_id, self.world.lives[happened.subject_id]
        was = oracle.sees(actor, life[: happened.version - 1])
        if not oracle.sees(actor, life[: happened.version]):
            gone = was and (job_id in held or not sure)
            held.discard(job_id)
            return {"type": "job.left_view", "job_id": job_id} if gone else None
        if not oracle.sees(actor, life):
            return None
        known = was and (job_id in held or not sure)
        held.add(job_id)
        job = self.document(job_id)
        if not known and happened.version > 1:
            return {"type": "job.entered_view", "job_id": job_id, "job": job}
        return {
            "type": happened.kind,
            "job_id": job_id,
            "version": happened.version,
            "at": to_text(happened.at),
            "actor_id": happened.actor_id,
            "job": job,
        }

    @staticmethod
    def _of_an_announcement(announcement: Announcement, actor: Actor, now: Millis) -> Any:
        if announcement.role not in (None, actor.role) or not _shown(announcement, now):
            return None
        expires_at = announcement.expires_at
        shown = {
            "id": announcement.id,
            "title": announcement.title,
            "body": announcement.body,
            "role": None if announcement.role is None else announcement.role.value,
            "created_at": to_text(announcement.created_at),
            "expires_at": None if expires_at is None else to_text(expires_at),
        }
        return {"type": ANNOUNCED, "announcement": shown}

    def _of_a_notice(self, happened: Happened, actor: Actor, now: Millis) -> Any:
        inbox = self.inboxes.get(actor.id, ())
        noted = next((each for each in inbox if each.id == happened.subject_id), None)
        if noted is None:
            return None
        unread = self.unread(actor.id, now)
        if happened.kind == READ:
            return {"type": READ, "notification_id": noted.id, "unread": unread}
        if not _shown(noted, now):
            return None
        named = noted.job_id if noted.job_id and self.world.sees(actor, noted.job_id) else None
        shown = {
            "id": noted.id,
            "kind": noted.kind,
            "job_id": named,
            "created_at": to_text(noted.at),
            "read_at": None if noted.read_at is None else to_text(noted.read_at),
        }
        return {"type": NOTIFIED, "notification": shown, "unread": unread}

    def _notify(self, user_id: UserId, kind: str, at: Millis, **about: Any) -> Noted:
        inbox = self.inboxes.setdefault(user_id, [])
        known = {noted.id for noted in inbox}
        stored: Sequence[Any] = self.world.ports.store.inboxes.notices(user_id, None, len(inbox) + 1)
        new = [notice.id for notice in stored if notice.id not in known]
        assert len(new) == 1, f"{user_id} must be notified once: {kind}"
        noted = Noted(new[0], user_id, kind, at, **about)
        inbox.append(noted)
        self._add(NOTIFIED, noted.id, at)
        return noted

    def _actor(self, user_id: UserId) -> Actor:
        return next(actor for actor in self.world.staff if actor.id == user_id)

    def _add(self, kind: str, subject_id: Id, at: Millis, **rest: Any) -> None:
        self.all.append(Happened(kind=kind, subject_id=subject_id, at=at, **rest))


def _shown(what: Noted | Announcement, now: Millis) -> bool:
    return what.expires_at is None or now < what.expires_at
