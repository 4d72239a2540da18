"""The secret address of a technician's calendar: making and revoking it, and what is found there.

The secret derives from the user and the version that it was made in, under a key of the store; a hash of it is kept.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.errors import NotFound, StaleCalendar, StaleVersion
from hosanna_core.model.documents import JobDocument
from hosanna_core.model.event import Ref
from hosanna_core.model.ids import DAY, Millis
from hosanna_core.model.people import Actor, Duty, Role
from hosanna_core.model.query import JobFilter, Sort
from hosanna_core.model.schedule import Availability
from hosanna_core.model.withheld import withheld
from hosanna_core.rules.membership import revised
from hosanna_core.rules.permissions import may
from hosanna_core.rules.visibility import scope_of
from hosanna_core.usecases.auditing import NOWHERE, about_user
from hosanna_core.usecases.judging import judge_query
from hosanna_core.usecases.page_by_page import jobs_by_page
from hosanna_core.usecases.performing import answered_once, decided_again, receipt_of
from hosanna_core.usecases.permitting import demand
from hosanna_core.usecases.queries import NoQuery
from hosanna_core.usecases.throttling import calendar_uses, demand_one
from hosanna_core.usecases.users import changed_by, technician_found

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hosanna_core.errors import CommitRefused
    from hosanna_core.model.change import Receipt
    from hosanna_core.model.ids import UserId, Version
    from hosanna_core.model.people import User
    from hosanna_core.model.session import Origin
    from hosanna_core.ports import Ports
    from hosanna_core.usecases.judging import Unparsed
    from hosanna_core.usecases.performing import Once

BACK: Final[Millis] = 90 * DAY
AHEAD: Final[Millis] = 366 * DAY
MOST_VISITS: Final = 2_000
_FILE = re.compile(r"([0-9a-f]{32})([A-Za-z0-9_-]{43})\.ics", re.ASCII)
_DECODER: Final = msgspec.json.Decoder(JobDocument)


class CalendarLink(msgspec.Struct, frozen=True, kw_only=True):
    """Where a technician's calendar is found on this server: whoever knows it reads it."""

    path: str

    def __repr__(self) -> str:
        return withheld(self, "path")


class Agenda(msgspec.Struct, frozen=True, kw_only=True):
    """What a technician sees of their visits, from three months ago to a year ahead, and by which clocks they live."""

    name: str
    timezone: str
    jobs: tuple[JobDocument, ...]


def make_calendar_link(
    ports: Ports,
    actor: Actor,
    user_id: UserId,
    body: Unparsed,
    origin: Origin = NOWHERE,
    *,
    once: Once | None = None,
) -> CalendarLink:
    """Another address; the one before leads nowhere any more. Raises PermissionDenied, NotFound, Invalid, KeyReused."""

    def attempt(_: CommitRefused | None) -> CalendarLink:
        user = _judged(ports, actor, user_id, body)
        made_in = user.version + 1
        hashed = _hash(_secret(ports, user_id, made_in))
        _commit_link(ports, actor, user, hashed, "calendar_link.made", origin, once=once)
        return _link(ports, user_id, made_in)

    return answered_once(
        ports,
        once,
        lambda: decided_again(attempt, StaleVersion, StaleCalendar),
        lambda receipt: _answered(ports, actor, receipt),
    )


def _answered(ports: Ports, actor: Actor, receipt: Receipt) -> CalendarLink:
    """The address that a request made, if the caller may still make one."""
    demand(may(actor, Duty.SET_AVAILABILITY, receipt.subject.id))
    technician_found(ports, receipt.subject.id)
    return _link(ports, receipt.subject.id, receipt.version)


def revoke_calendar_link(
    ports: Ports, actor: Actor, user_id: UserId, body: Unparsed, origin: Origin = NOWHERE
) -> None:
    """No address any more; again changes nothing. Raises PermissionDenied, NotFound, Invalid."""

    def attempt(_: CommitRefused | None) -> None:
        user = _judged(ports, actor, user_id, body)
        if user.calendar_hash:
            _commit_link(ports, actor, user, b"", "calendar_link.revoked", origin)

    decided_again(attempt, StaleVersion, StaleCalendar)


def agenda_at(
    ports: Ports, file: str, query: Mapping[str, Sequence[str]], origin: Origin = NOWHERE
) -> Agenda:
    """What is found at an address: the visits that its technician sees now.

    Raises TooManyRequests; NotFound, alike for every reason; Invalid.
    """
    demand_one(ports.throttles, calendar_uses(ports, origin))
    user = _owner(ports, file)
    demand_one(ports.throttles, calendar_uses(ports, origin, user.id))
    judge_query(NoQuery, query)
    calendar = ports.store.calendars.of([user.id]).get(user.id)
    timezone = (Availability() if calendar is None else calendar.availability).timezone
    return Agenda(name=user.full_name, timezone=timezone, jobs=_visits(ports, Actor(user.id, user.role)))


def _owner(ports: Ports, file: str) -> User:
    form = _FILE.fullmatch(file)
    if form is None:
        raise NotFound
    plain, secret = form.groups()
    user = ports.store.users.get("-".join((plain[:8], plain[8:12], plain[12:16], plain[16:20], plain[20:])))
    # Compared also where there is none: nobody can tell by the clock which ids are those of users.
    fits = hmac.compare_digest(_hash(secret), (user.calendar_hash if user else b"") or bytes(32))
    if user is None or not fits or not user.active or user.role is not Role.TECHNICIAN:
        raise NotFound
    return user


def _visits(ports: Ports, actor: Actor) -> tuple[JobDocument, ...]:
    now = ports.outside.now()
    wanted = JobFilter(window_from=now - BACK, window_to=now + AHEAD)
    rows = chain.from_iterable(jobs_by_page(ports, scope_of(actor), wanted, Sort.WINDOW))
    return tuple(_DECODER.decode(row.body) for row in islice(rows, MOST_VISITS))


def _judged(ports: Ports, actor: Actor, user_id: UserId, body: Unparsed) -> User:
    demand(may(actor, Duty.SET_AVAILABILITY, user_id))
    user = technician_found(ports, user_id)
    body.judge(NoQuery)
    return user


def _commit_link(
    ports: Ports,
    actor: Actor,
    user: User,
    hashed: bytes,
    action: str,
    origin: Origin,
    *,
    once: Once | None = None,
) -> None:
    after = revised(user, ports.outside.now(), {"calendar_hash": hashed})
    audit = (about_user(ports, user.id, action, actor_id=actor.id, origin=origin),)
    receipt = receipt_of(once, Ref("user", user.id), after.version, after.updated_at)
    change = changed_by(ports, user, after, "user.updated", actor.id, audit=audit, receipt=receipt)
    ports.store.ledger.commit(change)


def _link(ports: Ports, user_id: UserId, made_in: Version) -> CalendarLink:
    secret = _secret(ports, user_id, made_in)
    return CalendarLink(path=f"/calendar/{user_id.replace('-', '')}{secret}.ics")


def _secret(ports: Ports, user_id: UserId, made_in: Version) -> str:
    raw = hmac.digest(ports.keys.calendar_links, f"{user_id}|{made_in}".encode(), "sha256")
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
