"""MongoDB: many processes and machines on one replica set or sharded cluster."""

from hosanna_adapters.mongo.store import MongoStore, Standalone

__all__ = ["MongoStore", "Standalone"]
