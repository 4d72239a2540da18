"""A small contractor for the benches: three people, and as many jobs as one likes."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hosanna_adapters.system import SystemOutside
from hosanna_core.model.customer import Customer, Site
from hosanna_core.model.details import Details
from hosanna_core.model.ids import DAY, HOUR, MINUTE
from hosanna_core.model.people import Actor, Role
from hosanna_core.model.schedule import Window
from hosanna_core.model.status import Priority
from hosanna_core.testing.doubles import ports_on
from hosanna_core.usecases.judging import Unparsed
from hosanna_core.usecases.user_forms import UserForm
from hosanna_core.usecases.users import create_user, install_administrator

if TYPE_CHECKING:
    from hosanna_core.ports import Outside, Passwords, Ports, Store, Tokens

PASSWORD = "bench-only-password"  # of a store that is thrown away
START = 1_388_534_400_000
"""2014-01-01T00:00:00Z, where the real permits begin."""


@dataclass(frozen=True)
class House:
    """Who works there."""

    ports: Ports
    administrator: Actor
    office: Actor
    technicians: tuple[Actor, ...]

    def job_body(self, number: int, **more: object) -> Unparsed:
        """A body for `POST /jobs`, *more* being further fields."""
        return Unparsed.of(
            {
                **more,
                "title": f"Panel upgrade {number}",
                "customer": {"name": "Ann Example", "phone": "512 555 0100", "email": "ann@example.com"},
                "site": {"street": f"{number} Main St", "city": "Austin"},
                "priority": "NORMAL",
                "required_skills": [],
                "duration_minutes": 60,
            }
        )


class _NoTokens:
    def issue(self, *_: object) -> str:
        raise AssertionError("the benches of the core log nobody in")

    read = issue


def house(
    store: Store,
    *,
    outside: Outside | None = None,
    passwords: Passwords | None = None,
    tokens: Tokens | None = None,
    technicians: int = 20,
) -> House:
    """A house on an empty store."""
    plain = ports_on(store)
    ports = replace(
        plain,
        outside=outside or SystemOutside(),
        passwords=passwords or plain.passwords,
        tokens=tokens or _NoTokens(),
    )
    return people(ports, technicians)


def people(ports: Ports, technicians: int = 20) -> House:
    """Hire everybody."""
    form = UserForm(email="admin@example.com", full_name="Ada", password=PASSWORD, role=Role.ADMINISTRATOR)
    ada = install_administrator(ports, form)
    administrator = Actor(ada.id, ada.role)

    for name in ("second", "third"):
        hire(ports, administrator, name, Role.ADMINISTRATOR)
    return House(
        ports,
        administrator,
        hire(ports, administrator, "office", Role.OFFICE_MANAGER),
        tuple(hire(ports, administrator, f"technician{n}", Role.TECHNICIAN) for n in range(technicians)),
    )


def hire(ports: Ports, administrator: Actor, name: str, role: Role) -> Actor:
    """One more, who logs in as NAME@example.com."""
    body = {"email": f"{name}@example.com", "full_name": name, "password": PASSWORD, "role": role}
    user = create_user(ports, administrator, Unparsed.of(body))
    return Actor(user.id, user.role)


_KINDS = (
    "Panel upgrade",
    "Service change",
    "Remodel wiring",
    "Sign circuit",
    "New pool",
    "Generator",
    "Repair",
)
_FREQUENT = [f"{stem}{ending}" for stem in ("wir", "panl", "outl", "brkr", "circ") for ending in range(60)]
_NAMES = [
    f"{first}{last}"
    for first in ("Ber", "Cal", "Dun", "Ell", "Far")
    for last in ("ton", "mers", "ley", "wood")
]
RARE_EVERY = 500
"""So many jobs in a row share one rare word: it matches as many jobs in a small store as in a large one."""


def rare(lot: int) -> str:
    """A word that `RARE_EVERY` jobs have, and that no other begins with."""
    return f"lot{lot:05d}"


def details(number: int, chance: random.Random) -> Details:
    """Plausible details of the job *number*: frequent words, and one rare one."""
    created = START + number * MINUTE
    window = None
    if chance.random() < 0.7:
        start = created + chance.randrange(30) * DAY
        window = Window(start, start + 2 * HOUR)
    return Details(
        title=chance.choice(_KINDS),
        description=" ".join((*chance.choices(_FREQUENT, k=12), rare(number // RARE_EVERY))),
        customer=Customer(
            f"{chance.choice(_NAMES)} {chance.choice(_NAMES)}", f"512 555 {number % 10000:04d}"
        ),
        site=Site(f"{chance.randrange(9999)} {chance.choice(_NAMES)} ST", "Austin"),
        priority=chance.choices(list(Priority), weights=(1, 4, 20, 5))[0],
        duration_minutes=90,
        window=window,
    )
