"""API keys: making, listing and revoking them, and whose a key is.

A key is `hk_`, its id and a secret. The secret derives from the id and a key of the store, so that a request that is
repeated under one idempotency key is answered the same; what is stored is a hash of it, and that is what lets in.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.errors import NotFound, StaleVersion, Unauthenticated
from hosanna_core.model.api_key import USED, ApiKey, ApiKeyDocument, api_key_document
from hosanna_core.model.change import Change
from hosanna_core.model.event import Event, Ref
from hosanna_core.model.people import Duty
from hosanna_core.model.withheld import withheld
from hosanna_core.rules.permissions import may
from hosanna_core.usecases.auditing import NOWHERE, about_root
from hosanna_core.usecases.cursors import judge_page
from hosanna_core.usecases.integration_forms import ApiKeyForm
from hosanna_core.usecases.notification_forms import NOW
from hosanna_core.usecases.performing import answered_once, decided_again, receipt_of
from hosanna_core.usecases.permitting import demand
from hosanna_core.usecases.queries import NoQuery, PageQuery

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hosanna_core.errors import CommitRefused
    from hosanna_core.model.change import Receipt
    from hosanna_core.model.ids import Id, Millis
    from hosanna_core.model.people import Actor
    from hosanna_core.model.session import Origin
    from hosanna_core.ports import Ports
    from hosanna_core.usecases.judging import Unparsed
    from hosanna_core.usecases.performing import Once

PREFIX: Final = "hk_"
REVOKED: Final = "api_key.revoked"
_FORM = re.compile(r"hk_([0-9a-f]{32})_([A-Za-z0-9_-]{43})", re.ASCII)


class NewApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that was just made: *key* is shown this once."""

    key: str
    api_key: ApiKeyDocument

    def __repr__(self) -> str:
        return withheld(self, "key")


def create_api_key(
    ports: Ports, actor: Actor, body: Unparsed, origin: Origin = NOWHERE, *, once: Once | None = None
) -> NewApiKey:
    """Make a key. Raises PermissionDenied, Unreadable, Invalid, KeyReused."""

    def work() -> NewApiKey:
        demand(may(actor, Duty.MANAGE_API_KEYS))
        now = ports.outside.now()
        form = body.judge(ApiKeyForm, {NOW: now})
        key_id = ports.outside.mint()
        key = ApiKey(
            id=key_id,
            version=1,
            name=form.name,
            role=form.role,
            scopes=tuple(sorted(set(form.scopes))),
            secret_hash=_hash(_secret(ports, key_id)),
            created_by=actor.id,
            created_at=now,
            expires_at=form.expires_at,
        )
        _commit_key(ports, actor, key, "api_key.created", origin, receipt=_receipt(once, key))
        return NewApiKey(key=_token(ports, key), api_key=api_key_document(key))

    return answered_once(ports, once, work, lambda receipt: _answered(ports, actor, receipt))


def _answered(ports: Ports, actor: Actor, receipt: Receipt) -> NewApiKey:
    """The key that a request made, if the caller still makes keys."""
    demand(may(actor, Duty.MANAGE_API_KEYS))
    key = _found(ports, receipt.subject.id)
    return NewApiKey(key=_token(ports, key), api_key=api_key_document(key))


def _receipt(once: Once | None, key: ApiKey) -> Receipt | None:
    return receipt_of(once, Ref("api_key", key.id), key.version, key.created_at)


def list_api_keys(
    ports: Ports, actor: Actor, query: Mapping[str, Sequence[str]]
) -> tuple[list[ApiKeyDocument], str | None]:
    """A page of the keys, newest first, those that were revoked among them. Raises PermissionDenied, Invalid."""
    demand(may(actor, Duty.MANAGE_API_KEYS))
    asked, position = judge_page(PageQuery, query, ports.keys.cursors, actor, "api-keys")
    shown, cursor = position.page(ports.store.api_keys.page, asked.limit)
    return [api_key_document(key) for key in shown], cursor


def revoke_api_key(ports: Ports, actor: Actor, key_id: Id, body: Unparsed, origin: Origin = NOWHERE) -> None:
    """Let nobody in by a key any more, from now on and for good; again changes nothing.

    Raises PermissionDenied, NotFound, Invalid.
    """
    demand(may(actor, Duty.MANAGE_API_KEYS))

    def attempt(_: CommitRefused | None) -> None:
        key = _found(ports, key_id)
        body.judge(NoQuery)
        if key.revoked_at is None:
            after = msgspec.structs.replace(key, version=key.version + 1, revoked_at=ports.outside.now())
            _commit_key(ports, actor, after, REVOKED, origin)

    decided_again(attempt, StaleVersion)


def _commit_key(
    ports: Ports, actor: Actor, key: ApiKey, action: str, origin: Origin, receipt: Receipt | None = None
) -> None:
    subject = Ref("api_key", key.id)
    details = {"role": key.role.value, "scopes": [each.value for each in key.scopes]}
    event = Event(
        key=f"api_key|{key.id}|{key.version}|0",
        kind=action,
        subject=subject,
        version=key.version,
        at=ports.outside.now(),
        actor_id=actor.id,
    )
    change = Change(
        root=key,
        expected=None if key.version == 1 else key.version - 1,
        # Nobody is told but the open connections of the key, which end.
        events=(event,) if action == REVOKED else (),
        audit=(about_root(ports, subject, action, actor_id=actor.id, origin=origin, details=details),),
        receipt=receipt,
    )
    ports.store.ledger.commit(change)


def is_api_key(token: str) -> bool:
    """Whether a bearer token is meant to be one."""
    return token.startswith(PREFIX)


def key_behind(ports: Ports, token: str) -> ApiKey:
    """The living key that a bearer token is. One read. Raises Unauthenticated, alike for every reason."""
    form = _FORM.fullmatch(token)
    if form is None:
        raise Unauthenticated
    plain, secret = form.groups()
    key = ports.store.api_keys.get("-".join((plain[:8], plain[8:12], plain[12:16], plain[16:20], plain[20:])))
    # Compared also where there is none: nobody can tell by the clock which ids are those of keys.
    fits = hmac.compare_digest(_hash(secret), key.secret_hash if key else bytes(32))
    if key is None or not fits or not key.lives(ports.outside.now()):
        raise Unauthenticated
    return key


def note_use(ports: Ports, key_id: Id, at: Millis) -> None:
    """Put down that a key was used then, unless that is known closely enough, or somebody changes it just now."""
    key = ports.store.api_keys.get(key_id)
    if key is None or (key.last_used_at is not None and at - key.last_used_at < USED):
        return
    used = msgspec.structs.replace(key, version=key.version + 1, last_used_at=at)
    try:
        ports.store.ledger.commit(Change(root=used, expected=key.version))
    except StaleVersion:
        return  # whoever used it elsewhere has put it down, or it was revoked


def _found(ports: Ports, key_id: Id) -> ApiKey:
    key = ports.store.api_keys.get(key_id)
    if key is None:
        raise NotFound
    return key


def _token(ports: Ports, key: ApiKey) -> str:
    return f"{PREFIX}{key.id.replace('-', '')}_{_secret(ports, key.id)}"


def _secret(ports: Ports, key_id: Id) -> str:
    raw = hmac.digest(ports.keys.api_keys, key_id.encode(), "sha256")
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _hash(secret: str) -> bytes:
    """Of 256 random bits nobody tries all: a slow hash would slow down requests alone."""
    return hashlib.sha256(secret.encode()).digest()
