"""Who plays: an Administrator, the office, every contractor as a Technician, and the house's own technicians."""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.model.people import Actor, Role
from hosanna_core.usecases.judging import Unparsed
from hosanna_core.usecases.user_forms import UserForm
from hosanna_core.usecases.users import create_user, install_administrator
from hosanna_web.demo.permits import Permit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from hosanna_core.ports import Passwords, Ports

DOMAIN: Final = "hosanna.example"
ADMINISTRATOR: Final = f"admin@{DOMAIN}"
OFFICE: Final = tuple(f"office{number}@{DOMAIN}" for number in (1, 2, 3))
HOUSE: Final = tuple(f"house{number:02d}@{DOMAIN}" for number in range(1, 11))
_LONGEST_NAME: Final = 48
_NOT_A_LETTER = re.compile(r"[^a-z0-9]+")


class Cast(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody, as the rules know them. A permit without a contractor goes to the *house*, in turn."""

    administrator: Actor
    office: tuple[Actor, ...]
    contractors: Mapping[str, Actor]
    house: tuple[Actor, ...]

    @property
    def technicians(self) -> tuple[Actor, ...]:
        """All who work in the field."""
        return (*self.contractors.values(), *self.house)


class OnePassword:
    """`Passwords` for a cast that shares one: it is hashed once, for each hash is slow on purpose.

    All get the same hash, so whoever reads the store sees that they share a password. That is what a demonstration may
    do, and nothing else.
    """

    def __init__(self, passwords: Passwords) -> None:
        self._passwords = passwords
        self._hashes: dict[str, str] = {}

    def hash(self, password: str) -> str:
        """The hash that was made when it was first asked for."""
        if password not in self._hashes:
            self._hashes[password] = self._passwords.hash(password)
        return self._hashes[password]

    def verify(self, password_hash: str, password: str) -> bool:
        """As ever."""
        return self._passwords.verify(password_hash, password)

    def outdated(self, password_hash: str) -> bool:
        """As ever."""
        return self._passwords.outdated(password_hash)

    def decoy(self) -> str:
        """As ever."""
        return self._passwords.decoy()


def hire(ports: Ports, permits: Iterable[Permit], password: str) -> Cast:
    """Make everybody who is needed for *permits*; all have the same *password*."""
    form = UserForm(
        email=ADMINISTRATOR, full_name="Ada Administrator", role=Role.ADMINISTRATOR, password=password
    )
    administrator = install_administrator(ports, form)
    actor = Actor(administrator.id, administrator.role)

    def made(email: str, full_name: str, role: Role) -> Actor:
        body = {"email": email, "full_name": full_name, "role": role, "password": password}
        return Actor(create_user(ports, actor, Unparsed.of(body)).id, role)

    names = dict.fromkeys(permit.contractor for permit in permits if permit.contractor)
    return Cast(
        administrator=actor,
        office=tuple(
            made(email, f"Office Manager {n}", Role.OFFICE_MANAGER) for n, email in enumerate(OFFICE, 1)
        ),
        contractors={name: made(email, name, Role.TECHNICIAN) for name, email in addresses(names)},
        house=tuple(
            made(email, f"House Technician {n}", Role.TECHNICIAN) for n, email in enumerate(HOUSE, 1)
        ),
    )


def addresses(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """An address of their own for each of *names*; those that would share one are numbered.

    >>> for name, address in addresses(["A.B. Electric", "AB Electric", "A B ELECTRIC"]):
    ...     print(address)
    a-b-electric@hosanna.example
    ab-electric@hosanna.example
    a-b-electric-2@hosanna.example
    """
    taken = {address.partition("@")[0] for address in (ADMINISTRATOR, *OFFICE, *HOUSE)}
    for name in names:
        plain = _NOT_A_LETTER.sub("-", name.casefold())[:_LONGEST_NAME].strip("-") or "contractor"
        numbered = (f"{plain}-{number}" for number in count(2))
        own = plain if plain not in taken else next(other for other in numbered if other not in taken)
        taken.add(own)
        yield name, f"{own}@{DOMAIN}"
