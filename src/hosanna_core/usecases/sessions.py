"""Sessions: opening them, going on with them, and ending them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.errors import BadRefreshToken, NotFound, StaleCalendar, StaleVersion
from hosanna_core.model.change import Change
from hosanna_core.model.ids import MINUTE, Millis
from hosanna_core.model.instants import to_text
from hosanna_core.model.people import Duty
from hosanna_core.model.session import Session, SessionDocument, SessionId
from hosanna_core.model.withheld import withheld
from hosanna_core.ports.tokens import Claims
from hosanna_core.rules.access import goes_on
from hosanna_core.rules.membership import revised, without_session
from hosanna_core.rules.permissions import may
from hosanna_core.rules.refreshing import (
    SECRET_BYTES,
    RefreshToken,
    child_of,
    exchanged,
    hash_of,
    lives,
    read,
    written,
)
from hosanna_core.usecases.auditing import NOWHERE, about_user
from hosanna_core.usecases.judging import judge_query
from hosanna_core.usecases.performing import decided_again
from hosanna_core.usecases.permitting import demand
from hosanna_core.usecases.queries import NoQuery
from hosanna_core.usecases.throttling import address_key, demand_own
from hosanna_core.usecases.user_forms import LogoutForm, RefreshForm
from hosanna_core.usecases.users import changed_by

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hosanna_core.errors import CommitRefused
    from hosanna_core.model.ids import UserId
    from hosanna_core.model.people import Actor, User
    from hosanna_core.model.session import Origin
    from hosanna_core.ports import Ports
    from hosanna_core.usecases.judging import Unparsed

MOST_SHOWN: Final = 200
LEEWAY: Final[Millis] = 2 * MINUTE
"""No access token is alive so long after its time, however much the clocks of two machines differ."""


class Login(msgspec.Struct, frozen=True):
    """An access token, how many seconds it lasts, and the refresh token that gets the next one."""

    access_token: str
    token_type: str
    expires_in: int
    refresh_token: str

    def __repr__(self) -> str:
        return withheld(self, "access_token", "refresh_token")


class Opened(msgspec.Struct, frozen=True):
    """A session that is to be stored, and what its user gets."""

    session: Session
    login: Login


def opened(ports: Ports, user: User, device: str | None, origin: Origin) -> Opened:
    """A new session of *user*, not stored yet."""
    now, secret, session_id = ports.outside.now(), ports.outside.entropy(SECRET_BYTES), ports.outside.mint()
    session = Session(
        id=session_id,
        version=1,
        user_id=user.id,
        epoch=user.session_epoch,
        device=device,
        address_key=address_key(ports, user.id, origin),
        token_hash=hash_of(secret),
        created_at=now,
        used_at=now,
        expires_at=now + min(ports.policy.idle, ports.policy.absolute),
    )
    return Opened(session, _login(ports, session, RefreshToken(session_id, 1, secret)))


def _login(ports: Ports, session: Session, token: RefreshToken) -> Login:
    now = ports.outside.now()
    expires_at = min(now + ports.policy.access_lifetime, session.created_at + ports.policy.absolute)
    claims = Claims(
        token_id=ports.outside.mint(),
        user_id=session.user_id,
        session_id=session.id,
        epoch=session.epoch,
        issued_at=now,
        expires_at=expires_at,
    )
    return Login(
        ports.tokens.issue(claims), "bearer", (expires_at - now) // 1000, written(token, ports.keys.refreshes)
    )


def refresh(ports: Ports, body: Unparsed, origin: Origin = NOWHERE) -> Login:
    """Exchange a refresh token for the next one and a new access token.

    Of many that exchange one token at once one succeeds, and all get the same child: so does who asks again within 30 s
    because the answer was lost. A spent token that comes later is a replay: it ends the session, and that stays so
    although the answer is a refusal. Raises Unreadable, Invalid, TooManyRequests, BadRefreshToken.
    """
    token = read(body.judge(RefreshForm).refresh_token, ports.keys.refreshes)
    if token is None:
        raise BadRefreshToken

    def attempt(refused: CommitRefused | None) -> Login:
        session = _going_on(ports, token)
        if refused is None:
            demand_own(ports.throttles, session.user_id)
        now = ports.outside.now()
        if lives(session, token):
            secret = ports.outside.entropy(SECRET_BYTES)
            after = exchanged(session, token, secret, now, ports.policy)
            ports.store.ledger.commit(Change(root=after, expected=session.version))
            return _login(ports, after, RefreshToken(session.id, after.version, secret))
        child = child_of(session, token, now)
        if child is None:
            end_session(ports, session.user_id, session.id, "session.replayed", actor_id=None, origin=origin)
            raise BadRefreshToken
        return _login(ports, session, child)

    return decided_again(attempt, StaleVersion)


def _going_on(ports: Ports, token: RefreshToken) -> Session:
    session = ports.store.sessions.get(token.session_id)
    caller = None if session is None else ports.store.users.caller(session.user_id)
    if session is None or caller is None or not caller.active:
        raise BadRefreshToken
    if not goes_on(session, caller.session_epoch, ports.outside.now()):
        raise BadRefreshToken
    return session


def list_sessions(
    ports: Ports, actor: Actor, session_id: SessionId, query: Mapping[str, Sequence[str]]
) -> list[SessionDocument]:
    """The caller's sessions that go on, newest first; *session_id* is the one that asks."""
    demand(may(actor, Duty.OWN_SESSIONS))
    judge_query(NoQuery, query)
    caller, now = ports.store.users.caller(actor.id), ports.outside.now()
    epoch = None if caller is None else caller.session_epoch
    found = ports.store.sessions.of(actor.id, MOST_SHOWN)
    return [_document(each, session_id) for each in found if epoch is not None and goes_on(each, epoch, now)]


def _document(session: Session, current: SessionId) -> SessionDocument:
    return SessionDocument(
        id=session.id,
        device=session.device,
        current=session.id == current,
        created_at=to_text(session.created_at),
        used_at=to_text(session.used_at),
        expires_at=to_text(session.expires_at),
    )


def end_own_session(
    ports: Ports, actor: Actor, session_id: SessionId, body: Unparsed, origin: Origin = NOWHERE
) -> None:
    """End one of the caller's sessions. Raises NotFound where it is none of theirs, or over already."""
    demand(may(actor, Duty.OWN_SESSIONS))
    session, caller = ports.store.sessions.get(session_id), ports.store.users.caller(actor.id)
    if session is None or caller is None or session.user_id != actor.id:
        raise NotFound
    if not goes_on(session, caller.session_epoch, ports.outside.now()):
        raise NotFound
    body.judge(NoQuery)
    end_session(ports, actor.id, session_id, "session.ended", actor_id=actor.id, origin=origin)


def log_out(
    ports: Ports, actor: Actor, session_id: SessionId, body: Unparsed, origin: Origin = NOWHERE
) -> None:
    """End the session that asks, and that of the refresh token in the body, where it is another of the caller's."""
    demand(may(actor, Duty.OWN_SESSIONS))
    shown = body.judge(LogoutForm).refresh_token
    token = None if shown is None else read(shown, ports.keys.refreshes)
    other = None if token is None else ports.store.sessions.get(token.session_id)
    if other is not None and other.user_id == actor.id and other.id != session_id:
        end_session(ports, actor.id, other.id, "logout", actor_id=actor.id, origin=origin)
    end_session(ports, actor.id, session_id, "logout", actor_id=actor.id, origin=origin)


def log_out_everywhere(ports: Ports, actor: Actor, body: Unparsed, origin: Origin = NOWHERE) -> None:
    """End all sessions of the caller, the one that asks among them."""
    demand(may(actor, Duty.OWN_SESSIONS))
    body.judge(NoQuery)

    def attempt(_: CommitRefused | None) -> None:
        user = ports.store.users.get(actor.id)
        if user is None:
            raise NotFound
        after = revised(user, ports.outside.now(), ends_sessions=True)
        audit = (about_user(ports, user.id, "logout.everywhere", actor_id=actor.id, origin=origin),)
        change = changed_by(ports, user, after, "user.sessions_ended", actor.id, audit=audit)
        ports.store.ledger.commit(change)

    decided_again(attempt, StaleVersion, StaleCalendar)


def end_session(
    ports: Ports,
    user_id: UserId,
    session_id: SessionId,
    action: str,
    *,
    actor_id: UserId | None,
    origin: Origin,
) -> None:
    """End a session now: its refresh tokens and every access token of it. What has ended stays ended."""

    def attempt(_: CommitRefused | None) -> None:
        user, session = ports.store.users.get(user_id), ports.store.sessions.get(session_id)
        if user is None or (session is not None and session.ended_at is not None):
            return
        now = ports.outside.now()
        after = without_session(user, session_id, now, now + ports.policy.access_lifetime + LEEWAY)
        details = {"session": session_id}
        audit = (about_user(ports, user_id, action, actor_id=actor_id, origin=origin, details=details),)
        kind = "user.session_ended" if after.session_epoch == user.session_epoch else "user.sessions_ended"
        change = changed_by(ports, user, after, kind, actor_id, audit=audit, ends=(session_id,))
        ports.store.ledger.commit(change)

    decided_again(attempt, StaleVersion, StaleCalendar)
