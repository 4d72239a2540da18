"""The form of a file: one line that says what it is, then blocks, the last of which closes it.

The line is `HOSANNA-BACKUP 1 ` and a JSON object. A block is one byte (its kind), four bytes (the length of what
follows, big-endian), and that. Blocks of records come first, then one with the manifest, then the end with the SHA-256
of all bytes before it; behind that there is nothing.
"""

from __future__ import annotations

import struct
from typing import Final

import msgspec

from hosanna_core.errors import BackupUnusable
from hosanna_core.model.backup import About

MAGIC: Final = b"HOSANNA-BACKUP "
FORM: Final = 1
RECORDS: Final = b"R"
"""A block of values: zlib over a MessagePack array of [kind, value]."""
MANIFEST: Final = b"M"
"""The block of the manifest: zlib over MessagePack."""
END: Final = b"E"
"""The last block: SHA-256."""
FRAME: Final = struct.Struct(">cI")
"""What stands before each block."""
LONGEST_LINE: Final = 4_096
LARGEST_BLOCK: Final = 1 << 30
DIGEST: Final = 32
UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What reading damaged bytes may raise."""
TAG: Final = 16
"""By so much a block is longer when it is encrypted."""


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The first line. *salt* and *check* are hexadecimal, and there where the file is encrypted."""

    about: About
    salt: str | None = None
    check: str | None = None
    """What shows that a key is the right one."""

    @property
    def encrypted(self) -> bool:
        """Whether a key is needed."""
        return self.salt is not None


def line_of(header: Header) -> bytes:
    """The first line of a file."""
    return MAGIC + b"%d " % FORM + msgspec.json.encode(header) + b"\n"


def header_of(line: bytes) -> Header:
    """What the first line says; raises BackupUnusable, in words that help."""
    if not line.startswith(MAGIC):
        raise BackupUnusable("This is no backup of Hosanna.")
    form, _, said = line.removeprefix(MAGIC).partition(b" ")
    if not form.isdigit():
        raise BackupUnusable(DAMAGED)
    if int(form) != FORM:
        raise BackupUnusable(
            f"This backup has the form {int(form)}, and this Hosanna reads the form {FORM}: take the Hosanna that made "
            "it."
        )
    try:
        return msgspec.json.decode(said, type=Header)
    except UNREADABLE:
        raise BackupUnusable(DAMAGED) from None


DAMAGED: Final = "The backup is damaged: its first line cannot be read."
