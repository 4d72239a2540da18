"""A database, and how personal values lie in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pymongo.collection import Collection
    from pymongo.database import Database

    from hosanna_adapters.mongo.schema import Document
    from hosanna_adapters.mongo.veils import Veil


@dataclass(frozen=True, slots=True)
class Archive:
    """What every room of the store reads from and writes to."""

    database: Database[Document]
    veil: Veil

    def __getitem__(self, collection: str) -> Collection[Document]:
        """A collection, by its name."""
        return self.database[collection]
