"""Keeping the receipts of requests that were done, for as long as they answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosanna_core.ports.receipts import KEPT_FOR

if TYPE_CHECKING:
    from hosanna_adapters.memory.state import State
    from hosanna_core.model.change import Receipt


def is_replayed(state: State, receipt: Receipt | None) -> bool:
    """Whether the same request was done before; the caller holds the lock."""
    kept = None if receipt is None else state.receipts.get(receipt.key)
    return kept is not None and receipt is not None and kept.at > receipt.at - KEPT_FOR


def keep_receipt(state: State, receipt: Receipt) -> None:
    """Keep it, and drop those that are too old to answer; the caller holds the lock."""
    kept = state.receipts
    kept.pop(receipt.key, None)
    kept[receipt.key] = receipt
    while kept:
        oldest = next(iter(kept.values()))
        if oldest.at > receipt.at - KEPT_FOR:
            return
        del kept[oldest.key]
