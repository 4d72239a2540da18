"""Opening the store that the settings name, in words that help where it cannot be opened."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hosanna_adapters.memory import MemoryStore
from hosanna_adapters.sqlite import SqliteStore, SqliteTooOld
from hosanna_core.errors import Busy, EncryptionMismatch, RestoreUnfinished, SchemaTooNew
from hosanna_web import data_folder
from hosanna_web.data_folder import CannotStart

if TYPE_CHECKING:
    from collections.abc import Callable

    from hosanna_core.ports import Encryption, Reencryption, Store
    from hosanna_web.settings import Settings

SQLITE_FILE: Final = "hosanna.db"


@dataclass(frozen=True, slots=True)
class OpenedStore:
    """A store, and what a delivery wants to know of it."""

    name: str
    ports: Store
    threads: int
    near: bool
    reencryption: Callable[[Encryption], Reencryption] | None
    """What brings all of it under the first key; None where nothing is ever encrypted."""
    close: Callable[[], None]


def open_store(
    settings: Settings,
    encryption: Encryption | None,
    *,
    memory: bool,
    converting: bool = False,
    restoring: bool = False,
) -> OpenedStore:
    """The store. With *converting* one that is not encrypted yet is opened, too; with *restoring* one that a restore
    which was cut short has left. Raises CannotStart.
    """
    if memory:
        name = "memory: all is gone when this process ends"
        return OpenedStore(name, MemoryStore().ports(), 1, near=True, reencryption=None, close=lambda: None)
    if settings.mongodb_uri:
        return _mongodb(settings, encryption, converting=converting, restoring=restoring)
    return _sqlite(settings, encryption, converting=converting)


def _sqlite(settings: Settings, encryption: Encryption | None, *, converting: bool) -> OpenedStore:
    path = data_folder.prepare(settings.data) / SQLITE_FILE
    try:
        store = SqliteStore.open(path, encryption=encryption, converting=converting)
    except (Busy, SchemaTooNew, EncryptionMismatch, SqliteTooOld) as error:
        raise CannotStart(f"The store in {path} cannot be opened. {error}") from None
    except (sqlite3.Error, OSError) as error:
        raise CannotStart(f"The store in {path} cannot be opened: {error}.") from None
    return OpenedStore(
        f"SQLite in {path}", store.ports(), 4, near=True, reencryption=store.reencryption, close=store.close
    )


def _mongodb(
    settings: Settings, encryption: Encryption | None, *, converting: bool, restoring: bool
) -> OpenedStore:
    try:
        from pymongo.errors import InvalidURI, PyMongoError  # noqa: PLC0415  # only who has MongoDB needs its driver

        from hosanna_adapters.mongo import MongoStore, Standalone  # noqa: PLC0415  # likewise
    except ImportError:
        raise CannotStart(
            "MONGODB_URI is set, but the MongoDB driver is not installed: pip install 'hosanna[mongo]'"
        ) from None
    uri = settings.mongodb_uri.get_secret_value() if settings.mongodb_uri else ""
    try:
        store = MongoStore.open(uri, encryption=encryption, converting=converting, restoring=restoring)
    except Busy:
        raise CannotStart(
            "No MongoDB answers at MONGODB_URI. Is it running, and reachable from here?"
        ) from None
    except (Standalone, SchemaTooNew, EncryptionMismatch, RestoreUnfinished) as error:
        raise CannotStart(str(error)) from None
    except (InvalidURI, ValueError):
        # The driver's own words may quote a piece of the password.
        raise CannotStart(
            "MONGODB_URI cannot be read. It has the form mongodb://user:password@host:port/database; in the user's "
            "name and the password : / ? # [ ] @ % are percent-encoded."
        ) from None
    except PyMongoError as error:
        raise CannotStart(f"The MongoDB at MONGODB_URI cannot be used: {error}") from None
    return OpenedStore(
        "MongoDB", store.ports(), 32, near=False, reencryption=store.reencryption, close=store.close
    )
