"""The two secrets of a system: the operator's, which signs, and the store's own, from which all other keys derive."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from hosanna_adapters import keywrap
from hosanna_web import data_folder
from hosanna_web.data_folder import CannotStart

if TYPE_CHECKING:
    from hosanna_core.ports import Keystore, Outside
    from hosanna_web.settings import Settings

_STORE_SECRET_BYTES: Final = 32


def signing_secret(settings: Settings, *, memory: bool) -> bytes:
    """What signs access tokens and wraps the store's secret: given, or made and kept in the data folder."""
    if settings.jwt_secret is not None:
        return settings.jwt_secret.get_secret_value().encode()
    if memory:
        return secrets.token_bytes(_STORE_SECRET_BYTES)
    return data_folder.kept_secret(data_folder.prepare(settings.data))


def former_secrets(settings: Settings) -> tuple[bytes, ...]:
    """What signed before, and is still believed."""
    former = settings.jwt_secret_previous
    return () if former is None else (former.get_secret_value().encode(),)


def store_secret(keystore: Keystore, settings: Settings, current: bytes, outside: Outside) -> bytes:
    """The store's own secret: made at its first start, unwrapped at every other, wrapped anew where asked for."""
    held = keystore.wrapped()
    if held is None:
        # Another process may be first: then it is theirs.
        held = keystore.keep(keywrap.wrap(outside.entropy(_STORE_SECRET_BYTES), current), None)
    try:
        return keywrap.unwrap(held, current)
    except keywrap.WrongKey:
        former = former_secrets(settings)
        if not former:
            raise CannotStart(_DOES_NOT_OPEN) from None
    try:
        secret = keywrap.unwrap(held, former[0])
        return keywrap.unwrap(keystore.keep(keywrap.wrap(secret, current), held), current)
    except keywrap.WrongKey:
        raise CannotStart(_NEITHER_OPENS) from None


_DOES_NOT_OPEN: Final = (
    "JWT_SECRET does not open this store: it was set up with another one. Set JWT_SECRET to its former value, or give "
    "that as JWT_SECRET_PREVIOUS for one start. A secret that was made in development is kept in the data folder, in "
    f"the file {data_folder.KEPT_IN}."
)
_NEITHER_OPENS: Final = (
    "Neither JWT_SECRET nor JWT_SECRET_PREVIOUS opens this store: it was set up with yet another one."
)
