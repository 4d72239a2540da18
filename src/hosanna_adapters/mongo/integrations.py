"""API keys and webhooks: the version as a field, the rest as MessagePack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from hosanna_adapters.mongo.batches import at_once
from hosanna_adapters.mongo.patience import in_time
from hosanna_adapters.mongo.schema import API_KEYS, LIVING, WEBHOOKS
from hosanna_core.model.api_key import ApiKey
from hosanna_core.model.ids import Id, Version
from hosanna_core.model.webhook import Webhook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_adapters.mongo.archive import Archive
    from hosanna_adapters.mongo.schema import Document
    from hosanna_adapters.mongo.veils import Veil

_key_from = msgspec.msgpack.Decoder(ApiKey).decode
_webhook_from = msgspec.msgpack.Decoder(Webhook).decode


class KeptWhole(msgspec.Struct, frozen=True, kw_only=True):
    """A key or a webhook as it lies in its collection."""

    id: Id
    version: Version
    doc: bytes


class KeptWebhook(KeptWhole, frozen=True, kw_only=True):
    """A webhook as it lies in its collection, and what it is found by."""

    gone: bool = False


class MongoApiKeys:
    """The API keys of a `MongoStore`."""

    def __init__(self, archive: Archive) -> None:
        self._veil = archive.veil
        self._keys = archive[API_KEYS]

    @in_time()
    def get(self, key_id: Id) -> ApiKey | None:
        document = self._keys.find_one({"_id": key_id}, {"change": 0})
        return None if document is None else api_key_of(self._veil, document)

    @in_time()
    def page(self, after: Id | None, limit: int) -> Sequence[ApiKey]:
        found = at_once(self._keys.find(_below(after), {"change": 0}).sort("_id", -1), limit)
        return [api_key_of(self._veil, document) for document in found]


class MongoWebhooks:
    """The webhooks of a `MongoStore`."""

    def __init__(self, archive: Archive) -> None:
        self._veil = archive.veil
        self._webhooks = archive[WEBHOOKS]

    @in_time()
    def get(self, webhook_id: Id) -> Webhook | None:
        document = self._webhooks.find_one({"_id": webhook_id}, {"change": 0})
        return None if document is None else webhook_of(self._veil, document)

    @in_time()
    def page(self, after: Id | None, limit: int) -> Sequence[Webhook]:
        # Not there, and so found as null, where it was not deleted, or was before anybody noted that.
        there: Document = {"gone": None, **_below(after)}
        found = at_once(self._webhooks.find(there, {"change": 0}).hint(LIVING).sort("_id", -1), limit)
        return [webhook_of(self._veil, document) for document in found]


def _below(after: Id | None) -> Document:
    return {} if after is None else {"_id": {"$lt": after}}


def integration_fields(veil: Veil, root: ApiKey | Webhook) -> Document:
    """A key or a webhook without its id."""
    collection = API_KEYS if isinstance(root, ApiKey) else WEBHOOKS
    fields: Document = {"version": root.version, "doc": msgspec.msgpack.encode(root)}
    if isinstance(root, Webhook) and root.deleted_at is not None:
        fields["gone"] = True
    return veil.hide(collection, root.id, fields)


def api_key_of(veil: Veil, document: Document) -> ApiKey:
    """The key of a stored document."""
    return _key_from(_doc(veil, API_KEYS, document))


def webhook_of(veil: Veil, document: Document) -> Webhook:
    """The webhook of a stored document."""
    return _webhook_from(_doc(veil, WEBHOOKS, document))


def _doc(veil: Veil, collection: str, document: Document) -> bytes:
    shown = veil.show(collection, document["_id"], {**document, "id": document["_id"]})
    return msgspec.convert(shown, KeptWhole).doc
