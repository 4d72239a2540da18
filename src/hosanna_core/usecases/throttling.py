"""How much trying is too much: which limits a request counts against, and for whom."""

from __future__ import annotations

import ipaddress
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from hosanna_core.errors import CodeRequired, TooManyRequests, Unauthenticated
from hosanna_core.model.limits import Limit, Use
from hosanna_core.rules.access import (
    CALENDAR,
    CALENDAR_ADDRESS,
    LOGIN_ACCOUNT,
    LOGIN_ADDRESS,
    LOGIN_HERE,
    PASSWORD,
    REGISTER,
    RESET_ACCOUNT,
    RESET_ADDRESS,
    RESET_HERE,
    USER,
)
from hosanna_core.rules.keys import fingerprint
from hosanna_core.rules.refreshing import read

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hosanna_core.model.ids import UserId
    from hosanna_core.model.people import User
    from hosanna_core.model.session import Origin
    from hosanna_core.ports import Ports, Throttles

_NETWORK_BITS: Final = 64
"""Whoever has an IPv6 address has 2**64 of them: they count as one."""


def place_of(address: str) -> str:
    """The place that an address stands for.

    >>> place_of("203.0.113.9"), place_of("2001:db8:1:2::9") == place_of("2001:db8:1:2::a")
    ('203.0.113.9', True)
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, _NETWORK_BITS), strict=False))


def address_key(ports: Ports, user_id: UserId, origin: Origin) -> bytes:
    """What is kept of the place from which a session was opened."""
    return bytes.fromhex(fingerprint(ports.keys.places, user_id, place_of(origin.address or "")))[:16]


def login_uses(
    ports: Ports, email: str, user: User | None, origin: Origin, shown: str | None
) -> tuple[Use, ...]:
    """What a login counts against. *shown* is a refresh token that the device got before.

    A device that shows one has a count of its own: it waits neither for what others do to its account nor for what they
    do at its address. A place from which the account was opened before does not wait for what is done elsewhere.
    """
    # By the id where there is one: `password_uses` knows no address, and counts together with logins here.
    account_key = email if user is None else user.id
    device = _device(ports, user, shown)
    if device is not None:
        return (_use(ports, LOGIN_HERE, account_key, f"device|{device}"),)
    uses = [_use(ports, LOGIN_HERE, account_key, f"place|{_place(origin)}")]
    if origin.address is not None:
        uses.append(_use(ports, LOGIN_ADDRESS, _place(origin)))
    account = _use(ports, LOGIN_ACCOUNT, account_key)
    if not (ports.throttles.left((account,)).exhausted and _known_place(ports, user, origin)):
        uses.append(account)
    return tuple(uses)


def _device(ports: Ports, user: User | None, shown: str | None) -> str | None:
    """The session that a refresh token proves: one of this user's, dead or alive."""
    token = None if shown is None else read(shown, ports.keys.refreshes)
    session = None if token is None else ports.store.sessions.get(token.session_id)
    return session.id if session is not None and user is not None and session.user_id == user.id else None


def _known_place(ports: Ports, user: User | None, origin: Origin) -> bool:
    if user is None or origin.address is None:
        return False
    return ports.store.sessions.known(user.id, address_key(ports, user.id, origin))


def password_uses(ports: Ports, user_id: UserId, origin: Origin) -> tuple[Use, ...]:
    """What showing one's own password or a code again counts against.

    Whoever holds a stolen access token tries from many places; so it is not by place alone. Nor is it `LOGIN_ACCOUNT`:
    that one strangers can fill.
    """
    here = _use(ports, LOGIN_HERE, user_id, f"place|{_place(origin)}")
    return (here, _use(ports, PASSWORD, user_id))


def reset_uses(ports: Ports, account: str, origin: Origin) -> tuple[Use, ...]:
    """What asking for a new password, or setting it by a token, counts against."""
    here = _use(ports, RESET_HERE, account, _place(origin))
    return (here,) if origin.address is None else (here, _use(ports, RESET_ADDRESS, _place(origin)))


def letter_uses(ports: Ports, email: str) -> tuple[Use, ...]:
    """What a letter with a new password counts against, from wherever it is asked for."""
    return (_use(ports, RESET_ACCOUNT, email),)


def register_uses(ports: Ports, origin: Origin) -> tuple[Use, ...]:
    """What asking for an account counts against."""
    return () if origin.address is None else (_use(ports, REGISTER, _place(origin)),)


def calendar_uses(ports: Ports, origin: Origin, user_id: UserId | None = None) -> tuple[Use, ...]:
    """What trying an address of a calendar counts against; of a real one, whose it is, too."""
    if user_id is not None:
        return (Use(CALENDAR, user_id),)
    return () if origin.address is None else (_use(ports, CALENDAR_ADDRESS, _place(origin)),)


def _place(origin: Origin) -> str:
    return place_of(origin.address or "")


def _use(ports: Ports, limit: Limit, *parts: str) -> Use:
    return Use(limit, fingerprint(ports.keys.throttles, limit.name, *parts))


def demand_one(throttles: Throttles, uses: Sequence[Use]) -> None:
    """Count one; raises TooManyRequests where none is left."""
    if uses and throttles.count(uses) is None:
        raise too_many(throttles, uses)


def demand_own(throttles: Throttles, user_id: UserId) -> None:
    """Count one request of a user, whatever it is; raises TooManyRequests."""
    # An id is not personal, and a hash of it would be made at every request.
    demand_one(throttles, (Use(USER, user_id),))


def demand_tries(throttles: Throttles, uses: Sequence[Use]) -> None:
    """Raises TooManyRequests where no try may begin; counts nothing."""
    if uses and throttles.left(uses).exhausted:
        raise too_many(throttles, uses)


@contextmanager
def one_try(throttles: Throttles, uses: Sequence[Use]) -> Iterator[None]:
    """A try that may fail: it is counted if it ends in Unauthenticated. Raises TooManyRequests instead of beginning."""
    if not throttles.begin(uses):
        raise too_many(throttles, uses)
    failed = False
    try:
        yield
    except Unauthenticated as refused:
        # The password was right, and the code is still to come.
        failed = not isinstance(refused, CodeRequired)
        raise
    finally:
        throttles.end(uses, failed=failed)


def too_many(throttles: Throttles, uses: Sequence[Use]) -> TooManyRequests:
    """The refusal, with the time to wait."""
    left = throttles.left(uses)
    return TooManyRequests(left.limit.most, left.limit.seconds, max(1, left.reset))
