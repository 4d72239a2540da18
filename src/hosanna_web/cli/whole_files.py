"""Writing a file whole or not at all, for its owner alone."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file that is there, with mode 0600 and all that was written, only once this is left without an error.

    What was there before is replaced then. Raises ClickException where it cannot be written, and where a device or a
    pipe is in its place: to replace /dev/stdout would be to take it from everybody.
    """
    if path.exists() and not path.is_file():
        raise click.ClickException(f"{path} is no file, and a file would take its place: name another one.")
    draft: Path | None = None
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        draft = Path(name)
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        draft = None
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror or error}.") from None
    finally:
        if draft is not None:
            draft.unlink(missing_ok=True)
