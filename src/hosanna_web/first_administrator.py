"""Who lets the others in: the first Administrator of an empty store."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.errors import EmailTaken, Invalid
from hosanna_core.model.people import Role
from hosanna_core.model.withheld import withheld
from hosanna_core.usecases.judging import Unparsed
from hosanna_core.usecases.user_forms import UserForm
from hosanna_core.usecases.users import install_administrator, judged, nobody_yet
from hosanna_web.data_folder import CannotStart

if TYPE_CHECKING:
    from hosanna_core.ports import Ports
    from hosanna_web.composition import System

DEVELOPMENT_EMAIL: Final = "admin@hosanna.localhost"
_NAME: Final = "Administrator"
_PASSWORD_BYTES: Final = 15


class Installed(msgspec.Struct, frozen=True):
    """An Administrator who was just made; the password only if it was made up, and nobody knows it yet."""

    email: str
    password: str | None

    def __repr__(self) -> str:
        return withheld(self, "password")


def install_first(system: System) -> Installed | None:
    """On an empty store, make the Administrator whom the settings name, or one for development.

    Answers None if somebody is there already, if another process was quicker, or if in production nobody is named.
    Raises CannotStart where who is named has a password that everybody tries first.
    """
    ports, settings = system.ports, system.settings
    if not nobody_yet(ports):
        return None
    email, given = settings.bootstrap_admin_email, settings.bootstrap_admin_password
    if email is not None and given is not None:
        return _installed(ports, email, given.get_secret_value(), shown=False)
    if settings.production:
        return None
    made_up = base64.b32encode(ports.outside.entropy(_PASSWORD_BYTES)).decode().lower()
    return _installed(ports, DEVELOPMENT_EMAIL, made_up, shown=True)


def _installed(ports: Ports, email: str, password: str, *, shown: bool) -> Installed | None:
    wanted = {"email": email, "password": password, "full_name": _NAME, "role": Role.ADMINISTRATOR}
    try:
        form = judged(ports, Unparsed.of(wanted), UserForm)
    except Invalid as refused:
        flaws = "; ".join(f"{flaw.pointer.lstrip('/')} {flaw.message}" for flaw in refused.flaws)
        raise CannotStart(
            f"BOOTSTRAP_ADMIN_EMAIL and BOOTSTRAP_ADMIN_PASSWORD make no account: {flaws}."
        ) from None
    try:
        install_administrator(ports, form)
    except EmailTaken:
        return None
    return Installed(email, password if shown else None)
