"""What is stored of each value: the documents as MessagePack, and the columns that the core's own functions derive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from hosanna_adapters.sqlite.schema import STANDING_CODES
from hosanna_core.model.documents import body_of
from hosanna_core.model.entry import Entry
from hosanna_core.model.job import Job
from hosanna_core.model.people import Actor, Role, User
from hosanna_core.model.place import Place
from hosanna_core.model.query import Sight
from hosanna_core.model.schedule import Calendar
from hosanna_core.rules.ordering import keys_of
from hosanna_core.rules.visibility import scope_of
from hosanna_core.rules.words import words_of

if TYPE_CHECKING:
    from hosanna_adapters.sqlite.veils import Veil
    from hosanna_core.model.ids import JobId, UserId, Version
    from hosanna_core.model.status import Standing

encode = msgspec.msgpack.Encoder().encode
_job_from = msgspec.msgpack.Decoder(Job).decode
_user_from = msgspec.msgpack.Decoder(User).decode
_calendar_from = msgspec.msgpack.Decoder(Calendar).decode
_open_from = msgspec.msgpack.Decoder(dict[str, Any]).decode
_keys_from = msgspec.msgpack.Decoder(tuple[bytes, ...]).decode

_OFFICE: Final = scope_of(Actor("", Role.OFFICE_MANAGER)).standings
FIELD: Final = scope_of(Actor("", Role.TECHNICIAN)).standings
"""The standings in which a job is seen by its technician."""
AFTER_EVERY_ID: Final = "~"
"""Ids are lower-case hexadecimal: this sorts behind all of them."""
STANDINGS: Final = {code: standing for standing, code in STANDING_CODES.items()}


class JobRow(NamedTuple):
    """The columns of `jobs`, in their order, `n` left out."""

    id: str
    version: Version
    standing: int
    technician_id: str | None
    created_at: int
    window_key: int
    priority_rank: int
    external_ref: str | None
    customer_keys: bytes
    words: str

    @property
    def spelling(self) -> tuple[object, ...]:
        """What its rows of `words` depend on."""
        return self.words, self.created_at, self.office, self.seen_by

    @property
    def office(self) -> int:
        """The audience to which an Administrator or the office belongs."""
        return office_audience(STANDINGS[self.standing])

    @property
    def seen_by(self) -> str | None:
        """The technician who sees it."""
        return self.technician_id if STANDINGS[self.standing] in FIELD else None


def office_audience(standing: Standing) -> int:
    """1 for what the office sees, 0 for what only an Administrator does."""
    return int(standing in _OFFICE)


def own_audience(technician_number: int) -> int:
    """The audience that is one technician."""
    return technician_number + 1


def job_row(job: Job, veil: Veil) -> JobRow:
    """What is stored of a job beside its documents. Words stand between spaces, so that a part of one is no match."""
    keys = keys_of(job)
    return JobRow(
        job.id,
        job.version,
        STANDING_CODES[job.standing],
        job.technician_id,
        keys.created_at,
        keys.window_key,
        keys.priority_rank,
        job.external_ref,
        encode(sorted(set(job.customer_keys))),
        f" {' '.join(sorted(veil.spelled(words_of(job))))} ",
    )


def job_documents(job: Job, veil: Veil) -> tuple[bytes, bytes]:
    """The job itself, and what lists show of it."""
    return (
        veil.hide(encode(job), "documents", job.id, "doc"),
        veil.hide(body_of(job), "documents", job.id, "body"),
    )


def job_from(veil: Veil, job_id: JobId, doc: bytes) -> Job:
    """The job of a stored document."""
    return _job_from(veil.show(doc, "documents", job_id, "doc"))


def sight_from(veil: Veil, row: tuple[JobId, Version, int, UserId | None, bytes]) -> Sight:
    """What is shown of a job, of the columns that decide to whom."""
    job_id, version, standing, technician_id, body = row
    shown = veil.show(body, "documents", job_id, "body")
    return Sight(job_id, version, Place(STANDINGS[standing], technician_id), shown)


class UserRow(NamedTuple):
    """The columns of `users`, in their order."""

    id: str
    version: Version
    email: str
    role: str
    active: bool
    session_epoch: int
    revoked: str
    second_factor: bool
    doc: bytes


def user_row(user: User, veil: Veil) -> UserRow:
    """What is stored of a user."""
    caller = user.caller
    return UserRow(
        user.id,
        user.version,
        veil.token("email", user.email),
        caller.role.value,
        caller.active,
        caller.session_epoch,
        " ".join(caller.revoked),
        caller.second_factor,
        veil.hide(encode(user), "users", user.id, "doc"),
    )


def user_from(veil: Veil, user_id: UserId, doc: bytes) -> User:
    """The user of a stored row."""
    return _user_from(veil.show(doc, "users", user_id, "doc"))


def calendar_row(calendar: Calendar, veil: Veil) -> tuple[UserId, Version, bytes]:
    """What is stored of a calendar."""
    owner = calendar.technician_id
    return owner, calendar.version, veil.hide(encode(calendar), "calendars", owner, "doc")


def calendar_from(veil: Veil, technician_id: UserId, doc: bytes) -> Calendar:
    """The calendar of a stored row."""
    return _calendar_from(veil.show(doc, "calendars", technician_id, "doc"))


def entry_row(job_id: JobId, entry: Entry, veil: Veil) -> tuple[Version, bytes, bytes, bytes]:
    """What is stored of a history entry."""
    values = veil.hide(encode(entry.open), "entries", entry_key(job_id, entry.version), "open")
    return entry.version, entry.sealed, values, entry.hash


def entry_from(veil: Veil, job_id: JobId, row: tuple[Version, bytes, bytes, bytes]) -> Entry:
    """The entry of a stored row; nothing is left of values that were erased."""
    version, sealed, stored, digest = row
    values = veil.show(stored, "entries", entry_key(job_id, version), "open") if stored else None
    return Entry(version=version, sealed=sealed, open=_open_from(values) if values else {}, hash=digest)


def entry_key(job_id: JobId, version: Version) -> str:
    """Which entry of which job."""
    return f"{job_id}.{version}"


def customer_keys_from(stored: bytes) -> tuple[bytes, ...]:
    """The customer keys of a stored row."""
    return _keys_from(stored)
