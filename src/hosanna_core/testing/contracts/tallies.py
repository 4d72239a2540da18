"""The contract of what is counted."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import pytest

from hosanna_core.errors import StaleVersion
from hosanna_core.model.audit import Outcome
from hosanna_core.model.ids import DAY, LATEST
from hosanna_core.model.people import Actor, Role
from hosanna_core.model.schedule import Window
from hosanna_core.model.snapshot import Keys, Numbering, WholeJob
from hosanna_core.model.status import Action, Status
from hosanna_core.model.tally import SLOTS_A_DAY, WIDTHS, Measure, Sought, slot_of
from hosanna_core.rules.history import read
from hosanna_core.rules.lifecycle import MAIN_LINE, OFF_THE_MAIN_LINE, Lifecycle
from hosanna_core.rules.tallies import REASONED, SIGNED_IN, account_from, at_every_width
from hosanna_core.rules.visibility import SEES_ALL, scope_of
from hosanna_core.testing.contracts.base import StoreContract
from hosanna_core.testing.samples import START, audit_facts, id_of
from hosanna_core.testing.walking import TECHNICIANS, walks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from hosanna_core.model.change import Change
    from hosanna_core.model.entry import Entry
    from hosanna_core.model.job import Job
    from hosanna_core.ports import Store

OFFICE: Final = scope_of(Actor(id_of(1), Role.OFFICE_MANAGER))
ALWAYS: Final = Window(0, LATEST)
GOING_BACK: Final = Lifecycle(
    step._replace(target=Status.TENTATIVE) if step.action is Action.UNASSIGN else step
    for step in (*MAIN_LINE, *OFF_THE_MAIN_LINE)
)
"""Jobs that were confirmed, and more, leave the office's view again."""
_ONE_DAY: Final = Sought(
    measures=tuple(Measure),
    since=slot_of(START + 9 * DAY),
    until=slot_of(START + 23 * DAY),
    hidden=True,
    every=SLOTS_A_DAY,
)


def asked(*, hidden: bool, width: int) -> Sought:
    """Everything that was ever counted."""
    return Sought(measures=tuple(Measure), since=0, until=10**9, hidden=hidden, width=width)


def counted(store: Store, sought: Sought) -> Counter[tuple[object, ...]]:
    """The sums of a store, as they can be compared."""
    (sums,) = store.tallies.sums([sought])
    found: Counter[tuple[object, ...]] = Counter({each[:-1]: each.n for each in sums})
    assert len(found) == len(sums), "a sum came twice"
    assert all(found.values()), "a sum is nothing"
    return found


def expected(histories: Iterable[Sequence[Entry]], sought: Sought) -> Counter[tuple[object, ...]]:
    """What the histories of all jobs add up to."""
    found: Counter[tuple[object, ...]] = Counter()
    for history in histories:
        for tally, count in at_every_width(account_from(history).tallies).items():
            inside = sought.since <= tally.slot < sought.until and tally.measure in sought.measures
            if inside and tally.width == sought.width and (tally.office or sought.hidden):
                group = (tally.slot - sought.since) // sought.every if sought.every else 0
                found[tally.measure, tally.key, tally.bucket, group] += count
    return +found


def histories_of(changes: Sequence[Change[Job]]) -> dict[str, list[Entry]]:
    """Of each job the entries of its changes."""
    found: dict[str, list[Entry]] = {}
    for change in changes:
        if change.entry is not None:
            found.setdefault(change.root.id, []).append(change.entry)
    return found


def demand_counted(store: Store, changes: Sequence[Change[Job]]) -> None:
    """Every question has the answer that the histories give."""
    histories = histories_of(changes).values()
    for hidden in (False, True):
        for width in sorted({width for widths in WIDTHS.values() for width in widths}):
            sought = asked(hidden=hidden, width=width)
            assert counted(store, sought) == expected(histories, sought)
    assert counted(store, _ONE_DAY) == expected(histories, _ONE_DAY)
    together = [asked(hidden=False, width=1), _ONE_DAY, asked(hidden=True, width=1), _ONE_DAY]
    assert [Counter(each) for each in store.tallies.sums(together)] == [
        Counter(store.tallies.sums([sought])[0]) for sought in together
    ]
    assert list(store.tallies.sums([])) == []


class TalliesContract(StoreContract):
    """Counting what happens to jobs."""

    walkers = 25
    """How many jobs walk."""

    @pytest.mark.parametrize("seed", [1, 2])
    def test_the_sums_are_those_of_the_histories(self, store: Store, seed: int) -> None:
        changes = walks(seed, self.walkers)
        for change in changes:
            store.ledger.commit(change)
        demand_counted(store, changes)

    def test_a_job_takes_with_it_what_it_gave_wherever_it_comes_into_view_or_leaves_it(
        self, store: Store
    ) -> None:
        changes = walks(3, self.walkers, steps=25, lifecycle=GOING_BACK)
        for change in changes:
            store.ledger.commit(change)
        demand_counted(store, changes)

    def test_many_that_are_committed_at_once_count_as_each_does(self, store: Store) -> None:
        changes = walks(4, self.walkers, steps=0)
        assert store.ledger.commit_each(changes) == [None] * len(changes)
        demand_counted(store, changes)

    def test_what_is_refused_counts_nothing(self, store: Store) -> None:
        changes = walks(5, 3)
        for change in changes:
            store.ledger.commit(change)
        for change in changes:
            with pytest.raises(StaleVersion):
                store.ledger.commit(change)
        demand_counted(store, changes)

    def test_what_is_loaded_counts_as_if_it_had_happened_here(self, store: Store) -> None:
        changes = walks(6, self.walkers)
        store.snapshots.load(_records(changes))
        demand_counted(store, changes)
        later = walks(7, 5, first=5_000)
        for change in later:
            store.ledger.commit(change)
        demand_counted(store, [*changes, *later])

    def test_what_was_counted_outlives_the_process(
        self, store: Store, request: pytest.FixtureRequest
    ) -> None:
        self.needs("durable")
        changes = walks(8, 5)
        for change in changes:
            store.ledger.commit(change)
        reopen: Callable[[], Store] = request.getfixturevalue("reopen")
        demand_counted(reopen(), changes)

    @pytest.mark.parametrize("since", [(), (START + 30 * DAY, START + 20 * DAY, START + 3 * DAY)])
    def test_jobs_are_counted_where_they_stand_by_when_they_were_created(
        self, store: Store, since: tuple[int, ...]
    ) -> None:
        changes = walks(9, self.walkers)
        for change in changes:
            store.ledger.commit(change)
        jobs = {change.root.id: change.root for change in changes}.values()
        for scope in (SEES_ALL, OFFICE):
            found = {
                standing: list(counts) for standing, counts in store.tallies.standing(scope, since).items()
            }
            wanted = {standing: [0] * (len(since) + 1) for standing in scope.standings}
            for job in jobs:
                if scope.admits(job.place):
                    wanted[job.standing][sum(job.created_at < cut for cut in since)] += 1
            assert found == wanted

    @pytest.mark.parametrize("period", [ALWAYS, Window(START + 9 * DAY, START + 23 * DAY)])
    def test_reasons_are_told_of_jobs_that_are_seen_newest_first_unless_they_were_erased(
        self, store: Store, period: Window
    ) -> None:
        changes = walks(10, self.walkers)
        for change in changes:
            store.ledger.commit(change)
        for scope in (SEES_ALL, OFFICE):
            wanted = _reasons(store, changes, period, scope.admits)
            found = store.tallies.reasons(scope, period, 1_000)
            assert sorted(found, key=repr) == sorted(wanted, key=repr)
            assert [each.at for each in found] == sorted((each.at for each in found), reverse=True)
            assert list(store.tallies.reasons(scope, period, 3)) == list(found[:3])

    def test_sign_ins_are_counted_by_user_and_quarter_of_an_hour(self, store: Store) -> None:
        tess, theo, _ = TECHNICIANS
        store.ledger.record(
            (
                audit_facts(1, tess, action=SIGNED_IN),
                audit_facts(2, tess, action=SIGNED_IN),
                audit_facts(40, tess, action=SIGNED_IN),
                audit_facts(3, theo, action=SIGNED_IN),
                audit_facts(4, theo, action=SIGNED_IN, outcome=Outcome.FAILURE),
                audit_facts(5, theo, action="session.ended"),
                audit_facts(6, theo, action=SIGNED_IN, actor_id=None),
                audit_facts(70, theo, action=SIGNED_IN),
            )
        )
        found = store.tallies.sign_ins(Window(START, START + 3_600_000))
        first = slot_of(START)
        assert {(each.key, each.group): each.n for each in found} == {
            (tess, first): 2, (tess, first + 2): 1, (theo, first): 1,
        }  # fmt: skip


def _records(changes: Sequence[Change[Job]]) -> list[Keys | Numbering | WholeJob]:
    jobs = {change.root.id: change.root for change in changes}
    whole = [WholeJob(jobs[job_id], tuple(history)) for job_id, history in histories_of(changes).items()]
    return [Keys(wrapped=None, mark=None), Numbering(10_000), *whole]


def _reasons(
    store: Store, changes: Sequence[Change[Job]], period: Window, admits: Callable[..., bool]
) -> list[tuple[object, ...]]:
    jobs = {change.root.id: change.root for change in changes}
    found: list[tuple[object, ...]] = []
    for job in jobs.values():
        for entry in store.jobs.history(job.id) if admits(job.place) else ():
            facts = read(entry)
            if facts.action in REASONED and period.start <= facts.at < period.end:
                found.append((job.id, facts.at, facts.action, entry.open.get("reason")))
    return found
