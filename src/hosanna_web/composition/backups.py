"""Where backups go and under which key, what they say of their source, and reading one that is handed over."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from hosanna_adapters.backupfile import BackupFile, FolderBackups
from hosanna_core.usecases.backing_up import Source
from hosanna_web import data_folder
from hosanna_web.checks import SHORTEST_BACKUP_KEY
from hosanna_web.data_folder import CannotStart

if TYPE_CHECKING:
    from pathlib import Path

    from hosanna_core.ports import Backups
    from hosanna_web.settings import Settings


def backups_in(settings: Settings, folder: Path | None = None) -> Backups:
    """The backups in *folder*, or in that of the settings, encrypted where there is a key. Raises CannotStart."""
    return FolderBackups(folder or settings.backup_folder, _passphrase(settings))


def backup_file(settings: Settings, path: Path) -> BackupFile:
    """A backup that somebody hands over. Raises CannotStart where the file of the key cannot be read."""
    return BackupFile(path, _passphrase(settings))


def source_of(settings: Settings, *, allow_clear: bool = False) -> Source:
    """What a backup says of the store of the settings."""
    kept = settings.jwt_secret is None
    return Source(
        product=version("hosanna"),
        store="MongoDB" if settings.mongodb_uri else "SQLite",
        # Who was never given a secret has it nowhere but in the folder that may be lost.
        signing_secret=data_folder.kept_secret(data_folder.prepare(settings.data)) if kept else None,
        must_be_encrypted=bool(settings.ring) and not allow_clear,
    )


def _passphrase(settings: Settings) -> str | None:
    if settings.backup_key is not None:
        return settings.backup_key.get_secret_value().strip()
    if settings.backup_key_file is None:
        return None
    try:
        first, _, _ = settings.backup_key_file.read_text(encoding="utf-8").partition("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise CannotStart(
            f"HOSANNA_BACKUP_KEY_FILE cannot be read: {settings.backup_key_file}: {reason}."
        ) from None
    if len(first.strip()) < SHORTEST_BACKUP_KEY:
        raise CannotStart(
            f"The first line of HOSANNA_BACKUP_KEY_FILE must be at least {SHORTEST_BACKUP_KEY} characters long."
        )
    return first.strip()
