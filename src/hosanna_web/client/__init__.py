"""For those who write a field app or an integration: a session, the feed, a copy of the jobs, and queued commands.

It stands by itself: of Hosanna it needs nothing else, of others httpx and websockets (`pip install 'hosanna[client]'`).
"""

from hosanna_web.client.copying import LocalCopy
from hosanna_web.client.following import Follower
from hosanna_web.client.outbox import Command, Outbox, Verdict
from hosanna_web.client.refusals import ClientError, LoggedOut, Offline, Refused
from hosanna_web.client.session import Session
from hosanna_web.client.shelves import MemoryShelf, Shelf
from hosanna_web.client.sqlite_shelf import SqliteShelf

__all__ = [
    "ClientError",
    "Command",
    "Follower",
    "LocalCopy",
    "LoggedOut",
    "MemoryShelf",
    "Offline",
    "Outbox",
    "Refused",
    "Session",
    "Shelf",
    "SqliteShelf",
    "Verdict",
]
