"""Where the system is put together: the only room of the web that knows the adapters."""

from __future__ import annotations

import secrets
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hosanna_adapters import keywrap
from hosanna_adapters.argon2 import Argon2Passwords
from hosanna_adapters.jwt import JwtTokens
from hosanna_adapters.memory import MemoryStore
from hosanna_adapters.sqlite import SchemaTooNew, SqliteStore
from hosanna_adapters.system import SteppedOutside, SystemOutside
from hosanna_core.errors import Busy
from hosanna_core.model.ids import MINUTE
from hosanna_core.ports import Ports
from hosanna_core.rules.keys import derive
from hosanna_web import data_folder
from hosanna_web.data_folder import CannotStart

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

    from hosanna_core.model.ids import Millis
    from hosanna_core.ports import Keystore, Outside, Store
    from hosanna_web.settings import Settings

SQLITE_FILE: Final = "hosanna.db"
_STORE_SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A running system: its ports, and what else a delivery wants to know. Closes its store when it is left."""

    ports: Ports
    settings: Settings
    store: str
    """What the store is, for a person."""
    threads: int
    """How many use cases may usefully run at once."""
    near: bool
    """Whether a short read takes less time than handing it to a thread."""
    close: Callable[[], None]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_system(settings: Settings, *, memory: bool = False, outside: Outside | None = None) -> System:
    """Open the store that the settings name (or an empty one in memory) and put the rest around it.

    Raises CannotStart.
    """
    outside = outside or SystemOutside()
    secret = _signing_secret(settings, memory=memory)
    opened = _memory() if memory else _mongodb(settings) if settings.mongodb_uri else _sqlite(settings)
    try:
        ports = Ports(
            store=opened.ports,
            outside=outside,
            passwords=Argon2Passwords(),
            tokens=JwtTokens(secret),
            keys=derive(_store_secret(opened.ports.keystore, settings, secret, outside)),
            token_lifetime=settings.access_token_minutes * MINUTE,
        )
    except BaseException:
        opened.close()
        raise
    return System(
        ports=ports,
        settings=settings,
        store=opened.name,
        threads=opened.threads,
        near=opened.near,
        close=opened.close,
    )


def stepped_outside(start: Millis) -> SteppedOutside:
    """A clock that is moved by hand, for `open_system(outside=...)`: who plays a year does not wait for it."""
    return SteppedOutside(start)


@dataclass(frozen=True, slots=True)
class _Opened:
    name: str
    ports: Store
    threads: int
    near: bool
    close: Callable[[], None]


def _memory() -> _Opened:
    return _Opened(
        "memory: all is gone when this process ends", MemoryStore().ports(), 1, near=True, close=lambda: None
    )


def _sqlite(settings: Settings) -> _Opened:
    path = data_folder.prepare(settings.data) / SQLITE_FILE
    try:
        store = SqliteStore.open(path)
    except (Busy, SchemaTooNew) as error:
        raise CannotStart(f"The store in {path} cannot be opened. {error}") from None
    except (sqlite3.Error, OSError) as error:
        raise CannotStart(f"The store in {path} cannot be opened: {error}.") from None
    return _Opened(f"SQLite in {path}", store.ports(), 4, near=True, close=store.close)


def _mongodb(settings: Settings) -> _Opened:
    try:
        from pymongo.errors import InvalidURI, PyMongoError  # noqa: PLC0415  # only who has MongoDB needs its driver

        from hosanna_adapters.mongo import MongoStore, Standalone, StoreTooNew  # noqa: PLC0415  # likewise
    except ImportError:
        raise CannotStart(
            "MONGODB_URI is set, but the MongoDB driver is not installed: pip install 'hosanna[mongo]'"
        ) from None
    uri = settings.mongodb_uri.get_secret_value() if settings.mongodb_uri else ""
    try:
        store = MongoStore.open(uri)
    except Busy:
        raise CannotStart(
            "No MongoDB answers at MONGODB_URI. Is it running, and reachable from here?"
        ) from None
    except (Standalone, StoreTooNew) as error:
        raise CannotStart(str(error)) from None
    except (InvalidURI, ValueError):
        # The driver's own words may quote a piece of the password.
        raise CannotStart(
            "MONGODB_URI cannot be read. It has the form mongodb://user:password@host:port/database; in the user's "
            "name and the password : / ? # [ ] @ % are percent-encoded."
        ) from None
    except PyMongoError as error:
        raise CannotStart(f"The MongoDB at MONGODB_URI cannot be used: {error}") from None
    return _Opened("MongoDB", store.ports(), 32, near=False, close=store.close)


def _signing_secret(settings: Settings, *, memory: bool) -> bytes:
    if settings.jwt_secret is not None:
        return settings.jwt_secret.get_secret_value().encode()
    if memory:
        return secrets.token_bytes(_STORE_SECRET_BYTES)
    return data_folder.kept_secret(data_folder.prepare(settings.data))


def _store_secret(keystore: Keystore, settings: Settings, current: bytes, outside: Outside) -> bytes:
    """The store's own secret: made at its first start, unwrapped at every other, wrapped anew where asked for."""
    held = keystore.wrapped()
    if held is None:
        # Another process may be first: then it is theirs.
        held = keystore.keep(keywrap.wrap(outside.entropy(_STORE_SECRET_BYTES), current), None)
    try:
        return keywrap.unwrap(held, current)
    except keywrap.WrongKey:
        if settings.jwt_secret_previous is None:
            raise CannotStart(_DOES_NOT_OPEN) from None
    try:
        secret = keywrap.unwrap(held, settings.jwt_secret_previous.get_secret_value().encode())
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
