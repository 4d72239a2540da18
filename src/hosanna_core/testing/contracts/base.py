"""What every contract suite stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings

from hosanna_core.testing.samples import job_change, user_change

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hosanna_core.model.job import Job
    from hosanna_core.model.people import User
    from hosanna_core.ports import Store

shared_store = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]
)
"""Examples share the store on purpose: each brings values of its own, or only reads.

And one test runs from many subclasses: one for each store.
"""


class StoreContract:
    """Override `store` with a fixture that gives an empty store, and declare what yours can do.

    An ability that is declared absent skips the tests that need it, and the skip names the ability.
    """

    concurrency: ClassVar[bool] = True
    """Several threads may write at once, and none of them loses an update."""
    durable: ClassVar[bool] = False
    """What was acknowledged is there when the store is opened again: override `reopen`, too."""
    follows: ClassVar[bool] = True
    """Whoever follows the feed can be woken, and goes on from where they were."""
    interruptible: ClassVar[bool] = False
    """A commit can be made to die at its n-th step: override `interrupt`, too."""
    many: ClassVar[int] = 2_500
    """How many jobs the tests of long lists store; more than one page may look at (about 2,000) shows most."""

    @pytest.fixture
    def store(self) -> Store:
        """An empty store. Yours: return one, or yield one and close it."""
        raise NotImplementedError(f"{type(self).__name__} must override the fixture 'store'")

    @pytest.fixture
    def reopen(self) -> Callable[[], Store]:
        """For durable stores: closes `store` and answers the same data, opened anew."""
        raise NotImplementedError(f"{type(self).__name__} is durable and must override the fixture 'reopen'")

    @pytest.fixture
    def interrupt(self) -> Callable[[int], Any]:
        """For interruptible stores: `interrupt(n)` is a context within which a commit dies at its n-th step.

        The context swallows that death, and answers (from `__enter__`) a list that is empty as long as none came.
        """
        raise NotImplementedError(f"{type(self).__name__} must override the fixture 'interrupt'")

    def needs(self, ability: str) -> None:
        """Skip the running test, visibly, where the adapter lacks an ability."""
        if not getattr(self, ability):
            pytest.skip(f"{type(self).__name__} declares no ability '{ability}'")


def stored(store: Store, job: Job, before: Job | None = None, **parts: Any) -> Job:
    """Commit *job* in the place of *before*; answers it as it was stored."""
    change = job_change(job, before, **parts)
    store.ledger.commit(change)
    return change.root


def stored_each(store: Store, jobs: Sequence[Job]) -> list[Job]:
    """Commit many new jobs at once; answers them as they were stored."""
    changes = [job_change(job) for job in jobs]
    assert store.ledger.commit_each(changes) == [None] * len(changes)
    return [change.root for change in changes]


def stored_user(store: Store, user: User, before: User | None = None, **parts: Any) -> User:
    """Commit *user* in the place of *before*; answers it."""
    store.ledger.commit(user_change(user, before, **parts))
    return user


def unused(store: Store) -> int:
    """A number that nothing in the store is named by yet."""
    (number,) = store.jobs.claim_numbers(1)
    return 1_000_000 + number
