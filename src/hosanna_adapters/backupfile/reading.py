"""Reading a file: what it says of itself, all that it holds, and whether it is whole."""

from __future__ import annotations

import hashlib
import zlib
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from hosanna_adapters.backupfile.form import (
    DIGEST,
    END,
    FRAME,
    LARGEST_BLOCK,
    LONGEST_LINE,
    MANIFEST,
    RECORDS,
    TAG,
    UNREADABLE,
    Header,
    header_of,
)
from hosanna_adapters.backupfile.sealing import FileKey
from hosanna_core.errors import BackupUnusable
from hosanna_core.model.backup import Made, Manifest
from hosanna_core.model.snapshot import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path
    from typing import BinaryIO

    from hosanna_core.model.snapshot import Record

_MOST_OF_A_BLOCK: Final = 1 << 30
"""Bytes that a block may hold once it is not compressed any more."""
_values_from = msgspec.msgpack.Decoder(list[tuple[str, msgspec.Raw]]).decode
_manifest_from = msgspec.msgpack.Decoder(Manifest).decode
_DECODERS: Final = {name: msgspec.msgpack.Decoder(kind).decode for name, kind in KINDS.items()}


class BackupFile:
    """A backup that somebody hands over. Every method but `header` raises BackupUnusable where it is not whole."""

    def __init__(self, path: Path, passphrase: str | None) -> None:
        self._path = path
        self._passphrase = passphrase
        self._key: FileKey | None = None

    def header(self) -> Header:
        """What its first line says, which anybody can read; raises BackupUnusable, and OSError."""
        with self._path.open("rb") as file:
            return header_of(file.readline(LONGEST_LINE))

    def verify(self, watch: Callable[[int], None] = lambda _: None) -> Made:
        """Read all of it to its end: every value, the counts, every hash. *watch* is told how many bytes were read."""
        with self._path.open("rb") as file:
            reading = _Reading(file, self._key_for)
            counts: Counter[str] = Counter()
            for payload in reading.blocks():
                for name, value in _values(payload):
                    _record(name, value)
                    counts[name] += 1
                watch(file.tell())
            manifest = reading.manifest
            if manifest is None or dict(counts) != {name: n for name, n in manifest.counts.items() if n}:
                raise BackupUnusable("The backup is damaged: it does not hold what its manifest says.")
            return Made(
                path=str(self._path),
                sha256=reading.digest,
                size=file.tell(),
                encrypted=reading.header.encrypted,
                manifest=manifest,
            )

    def records(self) -> Generator[Record, None, None]:
        """Every value. That the file is whole is known only at the end: `verify` it first."""
        with self._path.open("rb") as file:
            for payload in _Reading(file, self._key_for).blocks():
                for name, value in _values(payload):
                    yield _record(name, value)

    def _key_for(self, header: Header) -> FileKey | None:
        if header.salt is None:
            return None
        if self._passphrase is None:
            raise BackupUnusable(
                "The backup is encrypted: give the key that it was made under as HOSANNA_BACKUP_KEY, or the file that "
                "holds it as HOSANNA_BACKUP_KEY_FILE."
            )
        try:
            salt = bytes.fromhex(header.salt)
        except ValueError:
            raise BackupUnusable(_BROKEN) from None
        # Made once: it takes as long as a password.
        if self._key is None or self._key.salt != salt:
            self._key = FileKey(self._passphrase, salt)
        if self._key.check != header.check:
            raise BackupUnusable("The backup was made under another key, or its first line is damaged.")
        return self._key


class _Block(NamedTuple):
    kind: bytes
    payload: bytes


class _Reading:
    """One way through a file."""

    def __init__(self, file: BinaryIO, key_for: Callable[[Header], FileKey | None]) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self._line = self._file.readline(LONGEST_LINE)
        self.header = header_of(self._line)
        self._key = key_for(self.header)
        self._hash.update(self._line)
        self._number = 0
        self.manifest: Manifest | None = None
        self.digest = ""

    def blocks(self) -> Iterator[bytes]:
        """What each block of records holds; then the manifest is known. Raises BackupUnusable at what does not fit."""
        while (block := self._next()).kind == RECORDS:
            yield _inflated(block.payload)
        if block.kind != MANIFEST:
            raise BackupUnusable(_BROKEN)
        try:
            self.manifest = _manifest_from(_inflated(block.payload))
        except UNREADABLE:
            raise BackupUnusable(_BROKEN) from None
        digest = self._hash.digest()
        if self._next() != (END, digest):
            raise BackupUnusable("The backup is damaged: it is not what was written.")
        if self._file.read(1):
            raise BackupUnusable("The backup is damaged: something stands behind its end.")
        self.digest = digest.hex()

    def _next(self) -> _Block:
        frame = self._read(FRAME.size)
        kind, length = FRAME.unpack(frame)
        if kind not in (RECORDS, MANIFEST, END) or length > LARGEST_BLOCK:
            raise BackupUnusable(_BROKEN)
        payload = self._read(length)
        self._hash.update(frame + payload)
        number, self._number = self._number, self._number + 1
        if self._key is not None:
            payload = self._key.open(number, kind, self._line, payload)
        return _Block(kind, payload)

    def _read(self, length: int) -> bytes:
        data = self._file.read(length)
        if len(data) < length:
            raise BackupUnusable("The backup was cut short: its end is missing.")
        return data


def looks_whole(path: Path) -> bool:
    """Whether a file begins and ends like one that was written to its end; its middle is not looked at."""
    try:
        with path.open("rb") as file:
            header = header_of(file.readline(LONGEST_LINE))
            digest = DIGEST + (TAG if header.encrypted else 0)
            begins, size = file.tell(), file.seek(0, 2)
            if size < begins + FRAME.size + digest:
                return False
            file.seek(size - FRAME.size - digest)
            return file.read(FRAME.size) == FRAME.pack(END, digest)
    except (OSError, BackupUnusable):
        return False


_BROKEN: Final = "The backup is damaged: it cannot be read."


def _inflated(payload: bytes) -> bytes:
    inflating = zlib.decompressobj()
    try:
        plain = inflating.decompress(payload, _MOST_OF_A_BLOCK)
    except zlib.error:
        raise BackupUnusable(_BROKEN) from None
    if not inflating.eof or inflating.unused_data:
        raise BackupUnusable(_BROKEN)
    return plain


def _values(payload: bytes) -> list[tuple[str, msgspec.Raw]]:
    try:
        return _values_from(payload)
    except UNREADABLE:
        raise BackupUnusable(_BROKEN) from None


def _record(name: str, value: msgspec.Raw) -> Record:
    decode: Callable[[Any], Record] | None = _DECODERS.get(name)
    if decode is None:
        raise BackupUnusable(
            f"The backup holds values of the kind {name[:40]!r}, which this Hosanna does not know: take a newer one."
        )
    try:
        return decode(value)
    except UNREADABLE:
        raise BackupUnusable(
            f"The backup holds a value of the kind {name!r} that this Hosanna cannot read: take the one that made it."
        ) from None
