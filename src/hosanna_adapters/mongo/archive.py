"""A database, and how personal values lie in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pymongo import UpdateOne

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pymongo.client_session import ClientSession
    from pymongo.collection import Collection
    from pymongo.database import Database

    from hosanna_adapters.mongo.schema import Document
    from hosanna_adapters.mongo.veils import Veil


@dataclass(frozen=True, slots=True)
class Archive:
    """What every room of the store reads from and writes to."""

    database: Database[Document]
    veil: Veil
    bulk: bool = True
    """Whether the server takes many updates in one operation; mongomock does not."""

    def __getitem__(self, collection: str) -> Collection[Document]:
        """A collection, by its name."""
        return self.database[collection]

    def update_each(
        self,
        collection: str,
        updates: Sequence[tuple[Document, Document]],
        *,
        upsert: bool = False,
        session: ClientSession | None = None,
    ) -> int:
        """Change one document by each of many updates, in their order: a filter, and what is done. How many changed."""
        if not updates:
            return 0
        if self.bulk:
            bulk = [UpdateOne(found, update, upsert=upsert) for found, update in updates]
            return self[collection].bulk_write(bulk, session=session).modified_count
        results = [self[collection].update_one(found, update, upsert=upsert) for found, update in updates]
        return sum(result.modified_count for result in results)
