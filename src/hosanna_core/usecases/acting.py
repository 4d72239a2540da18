"""Who acts: whoever is logged in, or at the command line, where whoever may start the program may do everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosanna_core.errors import NotFound, Unauthenticated
from hosanna_core.model.people import Actor
from hosanna_core.rules.keys import normal_email
from hosanna_core.usecases.users import oldest_administrator

if TYPE_CHECKING:
    from hosanna_core.model.people import User
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
