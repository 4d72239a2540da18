"""The settings: the version as a field, the rest as MessagePack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from hosanna_adapters.mongo.integrations import KeptWhole
from hosanna_adapters.mongo.patience import in_time
from hosanna_adapters.mongo.schema import FIRMS
from hosanna_core.model.firm import THE_FIRM, Firm

if TYPE_CHECKING:
    from hosanna_adapters.mongo.archive import Archive
    from hosanna_adapters.mongo.schema import Document
    from hosanna_adapters.mongo.veils import Veil

_firm_from = msgspec.msgpack.Decoder(Firm).decode


class MongoFirms:
    """The settings of a `MongoStore`."""

    def __init__(self, archive: Archive) -> None:
        self._veil = archive.veil
        self._firms = archive[FIRMS]

    @in_time()
    def get(self) -> Firm:
        document = self._firms.find_one({"_id": THE_FIRM})
        return Firm() if document is None else firm_of(self._veil, document)


def firm_fields(veil: Veil, firm: Firm) -> Document:
    """The settings without their id."""
    fields: Document = {"version": firm.version, "doc": msgspec.msgpack.encode(firm)}
    return veil.hide(FIRMS, firm.id, fields)


def firm_of(veil: Veil, document: Document) -> Firm:
    """The settings of a stored document."""
    shown = veil.show(FIRMS, document["_id"], {**document, "id": document["_id"]})
    return _firm_from(msgspec.convert(shown, KeptWhole).doc)
