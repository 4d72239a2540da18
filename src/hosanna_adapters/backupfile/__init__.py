"""Backups as files: one file each, in a form of our own over zlib, MessagePack, SHA-256 and AES-256-GCM."""

from hosanna_adapters.backupfile.folder import FolderBackups
from hosanna_adapters.backupfile.reading import BackupFile

__all__ = ["BackupFile", "FolderBackups"]
