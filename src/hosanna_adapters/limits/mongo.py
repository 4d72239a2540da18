"""A shared counter in MongoDB."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from limits.storage import MongoDBStorage
from pymongo import MongoClient

from hosanna_adapters.distant import A_STEP, PATIENCE, Opened
from hosanna_adapters.limits.shared import SharedCounter

if TYPE_CHECKING:
    from limits.storage import MovingWindowSupport

COLLECTION: Final = "throttle_windows"
_COUNTERS: Final = "throttle_counters"


class _Storage(MongoDBStorage):
    """The storage of `limits` on a client of ours, which exists from the start.

    Theirs is made when it is first needed, indexes and all, by whoever asks first; and by `__del__`, if nobody did.
    """

    def __init__(self, client: MongoClient[dict[str, Any]], database: str) -> None:
        super().__init__(
            "", database_name=database, counter_collection_name=_COUNTERS, window_collection_name=COLLECTION
        )
        self._storage = client


def mongo_counter(uri: str, database: str, *, patience: float = PATIENCE) -> SharedCounter:
    """Counts in the collection `throttle_windows` of that database; old windows are removed by a TTL index."""
    step_ms = int(patience * A_STEP * 1_000)

    def opening() -> Opened[MovingWindowSupport]:
        client: MongoClient[dict[str, Any]] = MongoClient(
            uri,
            timeoutMS=step_ms,
            serverSelectionTimeoutMS=step_ms,
            connectTimeoutMS=step_ms,
            socketTimeoutMS=step_ms,
            retryReads=False,
            retryWrites=False,
            # What a fail-over forgets is a few tries of the last second.
            w=1,
            maxPoolSize=8,
        )
        try:
            client[database][COLLECTION].create_index("expireAt", expireAfterSeconds=0)
        except BaseException:
            client.close()
            raise
        return Opened(_Storage(client, database), client.close)

    return SharedCounter(f"MongoDB, database {database}", opening, patience=patience)
