"""Values that nobody else may hold: the `_id` of a claim is its value, so that it stays unique when sharded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymongo.errors import DuplicateKeyError

from hosanna_adapters.mongo.documents import claim_document
from hosanna_adapters.mongo.schema import CLAIMS
from hosanna_core.errors import Taken

if TYPE_CHECKING:
    from hosanna_adapters.mongo.archive import Archive
    from hosanna_adapters.mongo.units import Unit
    from hosanna_core.model.change import Claim
    from hosanna_core.model.ids import Id


def write_claim(archive: Archive, unit: Unit, claim: Claim, holder: Id) -> None:
    """Hold a value. Raises Taken if it is held already."""
    document = claim_document(claim, holder)
    unit.touch(CLAIMS, document["_id"])
    try:
        archive[CLAIMS].insert_one(document, session=unit.session)
    except DuplicateKeyError:
        raise Taken(claim.kind) from None
