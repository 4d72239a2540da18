"""Taking away what is too old, a little at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pymongo.collection import Collection

    from hosanna_adapters.mongo.schema import Document


def forget(collection: Collection[Document], old: Document, limit: int) -> int:
    """Delete at most *limit* of the documents that *old* finds, which are so still; how many."""
    found = [each["_id"] for each in collection.find(old, {"_id": 1}).limit(limit)]
    # It is asked twice, because something may have become of them meanwhile.
    return collection.delete_many({"_id": {"$in": found}, **old}).deleted_count if found else 0
