"""Who acts: whoever is logged in, or at the command line, where whoever may start the program may do everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosanna_core.errors import NotFound, Unauthenticated
from hosanna_core.model.people import Actor
from hosanna_core.rules.keys import normal_email
from hosanna_core.usecases.users import oldest_administrator

if TYPE_CHECKING:
    from hosanna_core.model.ids import UserId, Version
    from hosanna_core.model.people import Caller, User
    from hosanna_core.ports import Ports


def acting(ports: Ports, email: str | None = None) -> Actor:
    """The active user with this address, or the oldest Administrator where none is given. Raises NotFound."""
    user = oldest_administrator(ports) if email is None else ports.store.users.by_email(normal_email(email))
    if user is None or not user.active:
        raise NotFound
    return Actor(user.id, user.role)


def own_account(ports: Ports, actor: Actor) -> User:
    """The account of whoever acts. Raises Unauthenticated where it is gone."""
    user = ports.store.users.get(actor.id)
    if user is None:
        raise Unauthenticated
    return user


def caller_of(ports: Ports, actor_id: UserId) -> Caller | None:
    """Whether whoever has that id may act, a user or an API key; None if it is nobody's. One read for a user."""
    caller = ports.store.users.caller(actor_id)
    if caller is not None:
        return caller
    key = ports.store.api_keys.get(actor_id)
    return None if key is None else key.caller(ports.outside.now())


def role_since(ports: Ports, actor: Actor) -> Version:
    """The version in which they got their role; a key never gets another.

    Raises Unauthenticated where they are gone.
    """
    user = ports.store.users.get(actor.id)
    if user is not None:
        return user.role_since
    if ports.store.api_keys.get(actor.id) is None:
        raise Unauthenticated
    return 1
