"""A store as a whole: copied out, and put into one that is empty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from hosanna_core.model.snapshot import Record


class Snapshots(Protocol):
    """All that the store keeps and cannot derive; what tells of the moment (feed, tickets, leases) is none of it."""

    def census(self) -> Mapping[str, int]:
        """How many values of each kind there are now, by the names of `model.snapshot.KINDS`; kinds of none may miss.

        There are always one of the keys and one numbering.
        """

    def dump(self) -> Iterator[Record]:
        """Every value once, all as they were at one instant between two commits, in the order of the kinds.

        Each is plain, however the store keeps it. Others read and write meanwhile and never wait for it. The instant
        lies between the call of the first `next` and its answer. Whoever does not go to the end closes the iterator.

        Raises Busy where the store is away, SnapshotLost where it could not keep the instant so long.
        """

    def demand_empty(self) -> None:
        """Raises NotEmpty where there is a job or a user, so that nothing could be loaded; one that broke off is none.

        For whoever wants to know before reading for long: `load` asks by itself.
        """

    def load(self, records: Iterable[Record]) -> None:
        """Put in what `dump` gave, of whatever store, and begin a new epoch: cursors of before lead nowhere.

        Versions, hashes and sealed bytes stay what they were; words, sort keys, documents and indexes are derived anew.
        Nothing is told to the feed. What else an empty store holds (its secret, entries of the audit trail, settings)
        gives way. *records* is gone through once, and may raise.

        Raises NotEmpty, and changes nothing, where there is a job or a user. Whatever else it raises, and where the
        process dies, the store is left empty, or opens (RestoreUnfinished) for nothing but another `load`.
        """
