"""Writing a file, block by block."""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_adapters.backupfile.form import END, FRAME, MANIFEST, RECORDS, Header, line_of
from hosanna_core.model.snapshot import NAMES

if TYPE_CHECKING:
    from typing import BinaryIO

    from hosanna_adapters.backupfile.sealing import FileKey
    from hosanna_core.model.backup import About, Manifest
    from hosanna_core.model.snapshot import Record

_BLOCK: Final = 1 << 20
"""Bytes of records that are compressed together."""
_LEVEL: Final = 1
"""The quickest: writing is to be over soon."""
_encode = msgspec.msgpack.Encoder().encode


class Writing:
    """A file on its way: records, then `finish`."""

    def __init__(self, file: BinaryIO, about: About, key: FileKey | None) -> None:
        self._file = file
        self._key = key
        self._hash = hashlib.sha256()
        self._number = 0
        self._records: list[msgspec.Raw] = []
        self._waiting = 0
        header = Header(about=about)
        if key is not None:
            header = Header(about=about, salt=key.salt.hex(), check=key.check)
        self._line = line_of(header)
        self._put(self._line)

    def put(self, record: Record) -> None:
        """Write one more value, sooner or later."""
        encoded = _encode((NAMES[type(record)], record))
        self._records.append(msgspec.Raw(encoded))
        self._waiting += len(encoded)
        if self._waiting >= _BLOCK:
            self._write_records()

    def finish(self, manifest: Manifest) -> str:
        """Write what is left, the manifest and the end; answers the SHA-256 of all before the end."""
        if self._records:
            self._write_records()
        self._write(MANIFEST, zlib.compress(_encode(manifest), _LEVEL))
        digest = self._hash.digest()
        self._write(END, digest)
        return digest.hex()

    def _write_records(self) -> None:
        self._write(RECORDS, zlib.compress(_encode(self._records), _LEVEL))
        self._records.clear()
        self._waiting = 0

    def _write(self, kind: bytes, payload: bytes) -> None:
        if self._key is not None:
            payload = self._key.seal(self._number, kind, self._line, payload)
        self._put(FRAME.pack(kind, len(payload)))
        self._put(payload)
        self._number += 1

    def _put(self, data: bytes) -> None:
        self._hash.update(data)
        self._file.write(data)
