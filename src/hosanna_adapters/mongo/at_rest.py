"""Whether a store is encrypted, and under which keys: it is so wholly or not at all.

Who opens a store asks its mark once. A process that opened it in clear, or in an older form, and still runs when it is
converted is shut out by the database itself: `mark_under_way` gives each collection a validator that refuses every
document in clear, whoever sends it. Setting one waits for the transactions that are open on the collection, and the
conversion reads only then: nothing can be written in clear once it was looked at. Who tries gets EncryptionMismatch,
and nothing is stored; reading is not refused, but what is encrypted it cannot read. The validators stay. A store that
was new when it was first opened with keys needs none: nobody can have opened it in clear.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from pymongo.errors import DuplicateKeyError

from hosanna_adapters.mongo.doors import shut
from hosanna_adapters.mongo.schema import META
from hosanna_adapters.mongo.veils import Encrypted, HalfEncrypted, InClear, place
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
_OLDER_FORM: Final = "encrypted"
"""As it once was, salts and hashes of passwords in clear: it has to be converted like a plain one."""
_ENCRYPTED: Final = "encrypted whole"
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
    return Encrypted(encryption) if mark["state"] == _ENCRYPTED else HalfEncrypted(encryption)


def mark_under_way(database: Database[Document], encryption: Encryption) -> Encrypted:
    """Shut out everybody but who goes on with encrypting, and who has the keys that it began under.

    Answers how what lies there is read: in a store that is encrypted already nothing is shut, or believed in clear.
    """
    not_yet = {"$in": [_IN_CLEAR, _OLDER_FORM, _UNDER_WAY]}
    if database[META].find_one({**_MARK, "state": not_yet}) is None:
        return Encrypted(encryption)
    shut(database)  # first: who has no right to, has changed nothing
    fresh = {"state": _UNDER_WAY, "check": encryption.encrypt(_CHECKED, _CHECK_PLACE)}
    database[META].update_one({**_MARK, "state": {"$in": [_IN_CLEAR, _OLDER_FORM]}}, {"$set": fresh})
    return HalfEncrypted(encryption)


def mark_encrypted(database: Database[Document], encryption: Encryption) -> None:
    """All of it is encrypted, under the first key."""
    fresh = {"state": _ENCRYPTED, "check": encryption.encrypt(_CHECKED, _CHECK_PLACE)}
    database[META].update_one(_MARK, {"$set": fresh})
