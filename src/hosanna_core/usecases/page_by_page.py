"""Reading a list of the store to its end, some of it at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosanna_core.usecases.queries import MOST_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hosanna_core.model.ids import UserId
    from hosanna_core.model.people import User
    from hosanna_core.model.query import JobFilter, Position, Row, Sort, UserFilter
    from hosanna_core.ports import Ports
    from hosanna_core.rules.visibility import Scope


def users_by_page(ports: Ports, wanted: UserFilter, at_once: int = MOST_ROWS) -> Iterator[Sequence[User]]:
    """The users that are wanted, oldest first; one page at least. Asks nobody's permission."""
    after: UserId | None = None
    while True:
        page = ports.store.users.page(wanted, after, at_once)
        yield page.rows
        if page.next is None:
            return
        after = page.next.id


def jobs_by_page(ports: Ports, scope: Scope, wanted: JobFilter, sort: Sort) -> Iterator[Sequence[Row]]:
    """The jobs of *scope* that are wanted, in the order of *sort*; one page at least.

    The caller has narrowed the scope by the filter, as for `Jobs.page`.
    """
    after: Position | None = None
    while True:
        page = ports.store.jobs.page(scope, wanted, sort, after, MOST_ROWS)
        yield page.rows
        after = page.next
        if after is None:
            return
