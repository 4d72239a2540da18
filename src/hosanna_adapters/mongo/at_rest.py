"""Whether a store is encrypted, and under which keys: it is so wholly or not at all."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from pymongo.errors import DuplicateKeyError

from hosanna_adapters.mongo.schema import META
from hosanna_adapters.mongo.veils import Encrypted, InClear, place
from hosanna_core.errors import EncryptionMismatch

if TYPE_CHECKING:
    from pymongo.database import Database

    from hosanna_adapters.mongo.schema import Document
    from hosanna_adapters.mongo.veils import Veil
    from hosanna_core.ports import Encryption

_MARK: Final = {"_id": "encryption"}
_IN_CLEAR: Final = "in clear"
_UNDER_WAY: Final = "under way"
"""Some of it is encrypted: nobody may read or write it before the rest is, too."""
_ENCRYPTED: Final = "encrypted"
_CHECKED: Final = b"Hosanna"
_CHECK_PLACE: Final = place(META, "encryption", "check")


def settle_mark(database: Database[Document], encryption: Encryption | None, *, new: bool) -> None:
    """Note of a store that does not say so whether it is encrypted: a *new* one is what it is opened as.

    Of several processes that start at once the first one's word counts.
    """
    encrypted = new and encryption is not None
    state = {"state": _ENCRYPTED if encrypted else _IN_CLEAR}
    check = {"check": encryption.encrypt(_CHECKED, _CHECK_PLACE)} if encrypted and encryption else {}
    with suppress(DuplicateKeyError):
        database[META].update_one(_MARK, {"$setOnInsert": {**state, **check}}, upsert=True)


def veil_of(database: Database[Document], encryption: Encryption | None, *, converting: bool) -> Veil:
    """How the store is read and written.

    Raises EncryptionMismatch where it is not what it is opened as, but for who is *converting* it; Undecipherable where
    it is encrypted under other keys.
    """
    mark = database[META].find_one(_MARK) or {"state": _IN_CLEAR}
    if encryption is None:
        if mark["state"] != _IN_CLEAR:
            raise EncryptionMismatch(encrypted=True)
        return InClear()
    if mark["state"] != _ENCRYPTED and not converting:
        raise EncryptionMismatch(encrypted=False)
    if "check" in mark:
        encryption.decrypt(mark["check"], _CHECK_PLACE)
    return Encrypted(encryption)


def mark_under_way(database: Database[Document], encryption: Encryption) -> None:
    """Shut out everybody but who goes on with encrypting, and who has the keys that it began under."""
    fresh = {"state": _UNDER_WAY, "check": encryption.encrypt(_CHECKED, _CHECK_PLACE)}
    database[META].update_one({**_MARK, "state": _IN_CLEAR}, {"$set": fresh})


def mark_encrypted(database: Database[Document], encryption: Encryption) -> None:
    """All of it is encrypted, under the first key."""
    fresh = {"state": _ENCRYPTED, "check": encryption.encrypt(_CHECKED, _CHECK_PLACE)}
    database[META].update_one(_MARK, {"$set": fresh})
