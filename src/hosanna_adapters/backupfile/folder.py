"""A folder of backups, each of which is there whole or not at all."""

from __future__ import annotations

import os
import re
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hosanna_adapters.backupfile.reading import looks_whole
from hosanna_adapters.backupfile.sealing import FileKey
from hosanna_adapters.backupfile.writing import Writing
from hosanna_core.model.backup import Made

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from hosanna_core.model.backup import About, Manifest
    from hosanna_core.model.snapshot import Record

_NAME: Final = re.compile(r"hosanna-\d{8}T\d{6}\.\d{3}Z\.backup", re.ASCII)
"""What we call them. What somebody has named otherwise is theirs: it neither counts nor goes."""
_DRAFTS: Final = ".hosanna-*.part"
_FORGOTTEN_AFTER: Final = 3_600.0
"""Seconds after which nobody works on a draft any more that was not written to meanwhile."""


class FolderBackups:
    """`Backups` in a folder, for their owner alone (0600); with a *passphrase* they are encrypted."""

    def __init__(self, folder: Path, passphrase: str | None = None) -> None:
        self._folder = folder
        self._passphrase = passphrase

    @property
    def encrypted(self) -> bool:
        return self._passphrase is not None

    def write(self, about: About, records: Iterable[Record], manifest: Callable[[], Manifest]) -> Made:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._tidy()
        key = None if self._passphrase is None else FileKey.fresh(self._passphrase)
        path, draft = self._reserved(about.created_at)
        try:
            with draft.open("wb") as file:
                writing = Writing(file, about, key)
                for record in records:
                    writing.put(record)
                said = manifest()
                digest = writing.finish(said)
                file.flush()
                os.fsync(file.fileno())
                size = file.tell()
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        _make_safe(self._folder)
        return Made(path=str(path), sha256=digest, size=size, encrypted=key is not None, manifest=said)

    def _reserved(self, instant: int) -> tuple[Path, Path]:
        """A name that nobody has, the first from *instant* on, and its draft, which keeps others away from it."""
        while True:
            path = self._folder / _name_at(instant)
            draft = self._folder / f".{path.name}.part"
            instant += 1
            with suppress(FileExistsError):
                os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
                # Whoever had the draft before may be done with it.
                if not path.exists():
                    return path, draft
                draft.unlink()

    def good(self) -> Sequence[str]:
        found = sorted(
            (path.name for path in self._folder.glob("*") if _NAME.fullmatch(path.name)), reverse=True
        )
        return [name for name in found if looks_whole(self._folder / name)]

    def remove(self, name: str) -> None:
        (self._folder / name).unlink(missing_ok=True)

    def _tidy(self) -> None:
        """Remove what others left behind who were killed."""
        for draft in self._drafts():
            with suppress(OSError):
                if draft.stat().st_mtime < time.time() - _FORGOTTEN_AFTER:
                    draft.unlink()

    def _drafts(self) -> Iterator[Path]:
        return self._folder.glob(_DRAFTS)


def _name_at(instant: int) -> str:
    at = datetime.fromtimestamp(instant / 1000, UTC)
    return f"hosanna-{at:%Y%m%dT%H%M%S}.{instant % 1000:03d}Z.backup"


def _make_safe(folder: Path) -> None:
    """See to it that the folder's entry, too, outlives a loss of power."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
