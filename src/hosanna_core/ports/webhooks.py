"""Reading webhooks, which `Ledger.commit` writes; and keeping what is to be told to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.model.feed import Cursor
    from hosanna_core.model.ids import Id, Millis
    from hosanna_core.model.webhook import Delivery, Webhook


class Webhooks(Protocol):
    """The subscriptions, disabled and deleted ones among them."""

    def get(self, webhook_id: Id) -> Webhook | None:
        """The webhook as it was committed last, None if there is none."""

    def page(self, after: Id | None, limit: int) -> Sequence[Webhook]:
        """At most *limit* webhooks, newest first (by id, descending), those below *after*.

        Of those that were deleted none, but for what a store kept before it told them apart: these are read all the
        time, and there may be ever more of the others.
        """


class Deliveries(Protocol):
    """What is to be told to webhooks, what was, and how far the feed has been read for that."""

    def place(self) -> Cursor | None:
        """How far the feed has been read; None: nobody has begun."""

    def queue(self, deliveries: Sequence[Delivery], was: Cursor | None, place: Cursor) -> bool:
        """Keep new deliveries and that the feed has been read up to *place*, in one commit.

        False, and nothing is kept, where the place is not *was* any more.
        """

    def due(self, webhook_id: Id, now: Millis, limit: int) -> Sequence[Delivery]:
        """At most *limit* deliveries of one webhook that are due by *now*, in the order of their ids."""

    def with_due(self, now: Millis) -> Sequence[Id]:
        """The webhooks that have a delivery due by *now*, in the order of their ids."""

    def keep(self, delivery: Delivery) -> None:
        """Store a delivery, in the place of the one of its id if there is one."""

    def get(self, webhook_id: Id, delivery_id: Id) -> Delivery | None:
        """One delivery of that webhook, None if it has no such delivery."""

    def of(self, webhook_id: Id, after: Id | None, limit: int) -> Sequence[Delivery]:
        """At most *limit* deliveries of one webhook, newest first (by id, descending), those below *after*."""

    def drop(self, webhook_id: Id) -> None:
        """Forget all deliveries of one webhook."""

    def sweep(self, before: Millis, limit: int) -> int:
        """Forget at most *limit* deliveries that were made before then and are not due any more; how many."""
