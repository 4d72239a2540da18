"""A log file that several processes write, that is put away when it is large or old, and compressed.

Whoever writes holds the file shared (`flock`) and looks whether it is still the one of that name; whoever puts it away
holds it alone. So no line comes after a file has its last name, and no file is put away twice. Lines are appended by
one call each, which a local file system does not mix; do not keep a log on a network's.
"""

from __future__ import annotations

import calendar
import contextlib
import fcntl
import gzip
import os
import re
import shutil
import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAY: Final = 86_400
_TRIES: Final = 100
_STAMP: Final = r"\.\d{8}T\d{6}\.\d{3}Z"
_PACKED: Final = ".gz"
_QUICKLY: Final = 3
"""How hard the compression tries."""


class LogFile:
    """The file at *path*. Put away beyond *most* bytes, or with None when a day (UTC) is over; *keep* of those stay.

    Made with mode 0600. For one thread; any number of processes may have one of the same path.
    """

    def __init__(self, path: Path, *, most: int | None, keep: int) -> None:
        # What is put away is the file and never a link to it: /dev/stdout would be gone for everybody.
        self._path = path.resolve() if path.is_file() else path
        self._most = most
        self._keep = keep
        self._torn = False
        self._packing: threading.Thread | None = None
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = self._opened()

    def write(self, lines: str) -> None:
        """Append whole lines. Raises OSError where they are not written, or not to their end."""
        data = lines.encode()
        for _ in range(_TRIES):
            with self._held(fcntl.LOCK_SH) as current:
                if not current:
                    continue
                if not self._is_due(len(data)):
                    self._append(data)
                    return
            self._put_away()
        raise OSError("the log is put away again and again")

    def close(self) -> None:
        """Let it go; what is being compressed is given a moment."""
        if self._packing is not None:
            self._packing.join(1.0)
        os.close(self._file)

    def _opened(self) -> int:
        return os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @contextlib.contextmanager
    def _held(self, how: int) -> Iterator[bool]:
        """Hold the file; whether it is the one of that name. If not, another is opened for the next time."""
        fcntl.flock(self._file, how)
        try:
            current = self._is_current()
            yield current
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        if not current:
            former, self._file = self._file, self._opened()
            os.close(former)

    def _is_current(self) -> bool:
        try:
            named = self._path.stat()
        except FileNotFoundError:
            return False
        return os.path.samestat(named, os.fstat(self._file))

    def _is_due(self, more: int) -> bool:
        found = os.fstat(self._file)
        if not found.st_size:
            return False
        if self._most is not None:
            return found.st_size + more > self._most
        return int(found.st_mtime) // DAY < int(time.time()) // DAY

    def _append(self, data: bytes) -> None:
        whole = b"\n" + data if self._torn else data
        written = os.write(self._file, whole)
        # What a full disk has cut off in the middle spoils no line but its own.
        self._torn = written < len(whole)
        if self._torn:
            raise OSError("the disk took a part of a line")

    def _put_away(self) -> None:
        with self._held(fcntl.LOCK_EX) as current:
            # Somebody may have been first.
            if not current or not self._is_due(0 if self._most is None else self._most):
                return
            self._path.rename(self._free_name())
        if self._packing is None or not self._packing.is_alive():
            self._packing = threading.Thread(target=self._pack, name="hosanna-log-archive", daemon=True)
            self._packing.start()

    def _free_name(self) -> Path:
        # Later than all that are there: names sort by age, also where two come within a millisecond, the oldest of
        # whose names is free again, and where the clock was set back.
        latest = max((_millis_of(each.name, self._path.name) for each in self._put_by()), default=-1)
        first = max(int(time.time() * 1000), latest + 1)
        for millis in range(first, first + _TRIES):
            stamp = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime(millis // 1000))}.{millis % 1000:03d}Z"
            name = self._path.with_name(f"{self._path.name}.{stamp}")
            if not name.exists() and not name.with_name(name.name + _PACKED).exists():
                return name
        raise OSError("no name is free for a log that is put away")

    def _put_by(self) -> list[Path]:
        """What was put away, the oldest first."""
        pattern = re.compile(re.escape(self._path.name) + _STAMP + f"({re.escape(_PACKED)})?")
        return sorted(each for each in self._path.parent.iterdir() if pattern.fullmatch(each.name))

    def _pack(self) -> None:
        """Compress what was put away, also what a process left that was killed; the oldest ones go."""
        for each in self._put_by():
            if each.suffix != _PACKED:
                # Where there is no room it stays as it is until the next time.
                with contextlib.suppress(OSError):
                    _compress(each)
        for each in self._put_by()[: -self._keep]:
            each.unlink(missing_ok=True)


def _millis_of(name: str, log: str) -> int:
    """When a file was put away, by its name; -1 where that tells no time, and so was not given by us.

    >>> _millis_of("a.log.20260301T093000.250Z.gz", "a.log")
    1772357400250
    """
    stamp = name.removeprefix(f"{log}.")
    try:
        return calendar.timegm(time.strptime(stamp[:15], "%Y%m%dT%H%M%S")) * 1000 + int(stamp[16:19])
    except ValueError:
        return -1


def _compress(path: Path) -> None:
    """Whole or not at all, once whoever else is at it is done."""
    packed = path.with_name(path.name + _PACKED)
    draft = packed.with_name(packed.name + ".part")
    with path.open("rb") as source:
        fcntl.flock(source, fcntl.LOCK_EX)
        if not path.exists():
            return
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as raw, gzip.open(raw, "wb", compresslevel=_QUICKLY) as target:
            shutil.copyfileobj(source, target)
        draft.rename(packed)
        path.unlink()
