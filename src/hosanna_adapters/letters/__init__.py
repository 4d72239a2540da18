"""Letters that no server takes: into a folder, onto the terminal, or nowhere. For development, and for tests."""

from hosanna_adapters.letters.console import ConsoleMailer
from hosanna_adapters.letters.folder import FileMailer
from hosanna_adapters.letters.nowhere import NoMailer

__all__ = ["ConsoleMailer", "FileMailer", "NoMailer"]
