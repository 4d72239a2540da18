"""The settings. Nothing in them is personal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from hosanna_adapters.mongo.patience import in_time
from hosanna_adapters.mongo.schema import FIRMS
from hosanna_core.model.firm import THE_FIRM, Firm

if TYPE_CHECKING:
    from hosanna_adapters.mongo.archive import Archive
    from hosanna_adapters.mongo.schema import Document


class MongoFirms:
    """The settings of a `MongoStore`."""

    def __init__(self, archive: Archive) -> None:
        self._firms = archive[FIRMS]

    @in_time()
    def get(self) -> Firm:
        document = self._firms.find_one({"_id": THE_FIRM})
        return Firm() if document is None else firm_of(document)


def firm_fields(firm: Firm) -> Document:
    """The settings without their id."""
    fields: Document = msgspec.to_builtins(firm)
    del fields["id"]
    return fields


def firm_of(document: Document) -> Firm:
    """The settings of a stored document."""
    return msgspec.convert({**document, "id": document["_id"]}, Firm)
