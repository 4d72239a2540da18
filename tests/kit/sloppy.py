"""A store that works most of the time: each of its faults can be switched on alone, and the kit must find it."""

from dataclasses import replace

from tests.kit import (
    sloppy_access,
    sloppy_feeds,
    sloppy_integrations,
    sloppy_jobs,
    sloppy_ledgers,
    sloppy_plans,
    sloppy_snapshots,
    sloppy_tallies,
    sloppy_telling,
)
from tests.kit.spoiling import Around

from hosanna_adapters.memory import MemoryStore
from hosanna_core.ports import Store

ROOMS = (
    sloppy_ledgers,
    sloppy_jobs,
    sloppy_access,
    sloppy_feeds,
    sloppy_telling,
    sloppy_plans,
    sloppy_integrations,
    sloppy_snapshots,
    sloppy_tallies,
)


def sloppy_store(fault: str) -> Store:
    """A fresh store with one fault, named as its class; with none for "nothing"."""
    store = MemoryStore().ports()
    if fault == "nothing":
        return store
    (spoiled,) = {getattr(room, fault) for room in ROOMS if hasattr(room, fault)}
    assert issubclass(spoiled, Around)
    return replace(store, **{spoiled.port: spoiled(store)})
