"""From events to messages: what each follower is told, in words that are made once for all who are told the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from hosanna_core.model.instants import to_text
from hosanna_core.rules.sealing import InFeed, Sealer
from hosanna_core.rules.views import View, is_for, told, view
from hosanna_core.rules.visibility import scope_of
from hosanna_core.usecases.acting import caller_of
from hosanna_core.usecases.matters import messages_about

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hosanna_core.model.event import Event
    from hosanna_core.model.feed import Followed
    from hosanna_core.model.ids import JobId, Millis, UserId
    from hosanna_core.model.people import Actor, Caller, Role
    from hosanna_core.model.query import Sight
    from hosanna_core.ports import Ports
    from hosanna_core.rules.visibility import Scope

_ENCODE: Final = msgspec.json.Encoder().encode
_ACTING: Final = frozenset({"user", "api_key"})
"""What can be present: who is gone, or may act no more, listens no more."""
ENTERED_VIEW: Final = "job.entered_view"
LEFT_VIEW: Final = "job.left_view"
_OWN_KIND: Final = frozenset({View.CREATED, View.CHANGED})


def begun(message: Any, sealed: str) -> bytes:
    """A message up to its cursor's mark, which stands behind it as `Line.mark` says."""
    return _ENCODE(message)[:-1] + b',"cursor":"' + sealed.encode()


class Telling:
    """One event and what it is about, as that is now."""

    __slots__ = ("_about", "_begun", "_now", "_sealer", "event", "followed", "sight")

    def __init__(
        self,
        followed: Followed,
        sealer: Sealer,
        now: Millis,
        *,
        sight: Sight | None = None,
        about: Any = None,
    ) -> None:
        self.followed = followed
        self.event = followed.event
        self.sight = sight
        """The job, if it is about one that is there."""
        self._about = about
        """The message, if it is about something else."""
        self._sealer = sealer
        self._now = now
        self._begun: dict[View, bytes] = {}

    @property
    def is_of_a_job(self) -> bool:
        """Whether a job's place decides who is told."""
        return self.event.subject.kind == "job"

    def visible(self, scope: Scope) -> bool:
        """Whether the job is in view now, whatever it was when the event came about."""
        return self.sight is not None and scope.admits(self.sight.place)

    def begun(self, seen: View) -> bytes:
        """What those are told to whom the event is *seen*, up to their mark; made when it is first asked for."""
        if (found := self._begun.get(seen)) is None:
            sealed = self._sealer.seal(InFeed(self.followed.cursor, self._now))
            found = self._begun[seen] = begun(self._message(seen), sealed)
        return found

    @property
    def tells(self) -> bool:
        """Whether there is anything left to say of what is not about a job."""
        return self._about is not None

    def _message(self, seen: View) -> Any:
        return job_message(self.event, seen, self.sight) if self.is_of_a_job else self._about


def job_kind(event: Event, seen: View) -> str:
    """The type of the message to whom an event of a job is *seen* so."""
    if seen is View.LEFT:
        return LEFT_VIEW
    return event.kind if seen in _OWN_KIND else ENTERED_VIEW


def job_message(event: Event, seen: View, sight: Sight | None) -> dict[str, Any]:
    """The message to whom an event of a job is *seen* so, with the job as it is now."""
    job_id = event.subject.id
    if seen is View.LEFT or sight is None:
        return {"type": LEFT_VIEW, "job_id": job_id}
    job = msgspec.Raw(sight.body)
    if seen not in _OWN_KIND:
        return {"type": ENTERED_VIEW, "job_id": job_id, "job": job}
    return {
        "type": event.kind,
        "job_id": job_id,
        "version": event.version,
        "at": to_text(event.at),
        "actor_id": event.actor_id,
        "fields": event.fields,
        "job": job,
    }


class Line:
    """One follower: who they are, and which jobs were withheld from them when they came into view.

    *sure*: they have what they were told, and nothing else. Who was not recovered fetches anew, nobody knows when: from
    them nothing is known to be withheld, for they may have fetched it, and so they are told of all that leaves.
    """

    __slots__ = ("actor", "lacking", "mark", "scope", "sure")

    def __init__(self, actor: Actor, mark: str) -> None:
        self.actor = actor
        self.scope = scope_of(actor)
        self.lacking: set[JobId] = set()
        self.sure = True
        self.mark = mark.encode() + b'"}'
        """The end of every message to them."""

    def hear(self, telling: Telling) -> bytes | None:
        """What they are told, up to their mark; None if nothing."""
        if not telling.is_of_a_job:
            return (
                telling.begun(View.CHANGED) if telling.tells and is_for(telling.event, self.actor) else None
            )
        job_id = telling.event.subject.id
        seen, lacking = told(
            view(telling.event, self.scope),
            visible=telling.visible(self.scope),
            lacking=job_id in self.lacking,
        )
        (self.lacking.add if lacking and self.sure else self.lacking.discard)(job_id)
        return None if seen is View.UNSEEN else telling.begun(seen)


class Looked(msgspec.Struct, frozen=True):
    """Events with what they are about; and whoever is present and whose account they are about, as they are now."""

    tellings: tuple[Telling, ...]
    callers: dict[UserId, Caller | None]


def look(
    ports: Ports, sealer: Sealer, followed: Sequence[Followed], present: Mapping[UserId, Role]
) -> Looked:
    """What *followed* events are about, read once for all. Of what is nobody's who is *present* nothing is read."""
    now = ports.outside.now()
    events = [each.event for each in followed]
    job_ids = {event.subject.id for event in events if event.subject.kind == "job"}
    sights = ports.store.jobs.sights(sorted(job_ids)) if job_ids else {}
    others = [event for event in events if event.subject.kind != "job" and _concerns(event, present)]
    messages = messages_about(ports, others, present)
    concerning = {event.key for event in others}
    tellings = tuple(
        Telling(
            each,
            sealer,
            now,
            sight=sights.get(each.event.subject.id),
            about=messages.get(each.event.key),
        )
        for each in followed
        if each.event.subject.kind == "job" or each.event.key in concerning
    )
    acted = {event.subject.id for event in events if event.subject.kind in _ACTING}
    return Looked(
        tellings, {user_id: caller_of(ports, user_id) for user_id in sorted(acted & present.keys())}
    )


def _concerns(event: Event, present: Mapping[UserId, Role]) -> bool:
    return any(
        address.user_id in present if address.user_id is not None else address.role in present.values()
        for address in event.to
    )
