"""Reading so much in one operation: a driver that is not told asks for a hundred first, and then for the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pymongo.cursor import Cursor

    from hosanna_adapters.mongo.schema import Document


def at_once(cursor: Cursor[Document], most: int) -> Cursor[Document]:
    """At most so many (1 at least), all of them with the first answer unless they are 16 MB."""
    return cursor.limit(most).batch_size(most)
