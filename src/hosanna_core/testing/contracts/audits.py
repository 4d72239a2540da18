"""The contract of `hosanna_core.ports.Audits`."""

from __future__ import annotations

from itertools import product
from random import Random
from typing import TYPE_CHECKING

import pytest

from hosanna_core.model.audit import AuditFilter, Outcome
from hosanna_core.model.event import Ref
from hosanna_core.model.ids import MINUTE
from hosanna_core.rules.trail import stream_of_process
from hosanna_core.testing.contracts.base import StoreContract
from hosanna_core.testing.samples import START, audit_facts, id_of
from hosanna_core.testing.trails import check_trail, told, walk_entries, walk_heads, walk_stream

if TYPE_CHECKING:
    from hosanna_core.model.audit import AuditEntry, AuditFacts
    from hosanna_core.ports import Store

PEOPLE = (id_of(901), id_of(902), id_of(903))
ACTIONS = ("login", "logout", "user.role_changed")


def a_busy_day(store: Store) -> list[AuditFacts]:
    """Sixty entries of four streams, stored in another order than that of their ids; as a list by id."""
    chance = Random(1)
    day = [
        audit_facts(
            number,
            who := chance.choice(PEOPLE),
            stream=chance.choice((f"user|{who}", stream_of_process(id_of(999)))),
            at=START + chance.randrange(20) * MINUTE,
            actor_id=chance.choice((None, *PEOPLE)),
            subject=chance.choice((None, Ref("user", who), Ref("job", id_of(950)))),
            action=chance.choice(ACTIONS),
            outcome=chance.choice(tuple(Outcome)),
        )
        for number in range(1, 61)
    ]
    for facts in chance.sample(day, len(day)):
        store.ledger.record([facts])
    return day


def asked_for(facts: AuditFacts, wanted: AuditFilter) -> bool:
    """Whether the filter asks for it, said a second time."""
    subject_id = facts.subject.id if facts.subject else None
    return not (
        (wanted.action is not None and facts.action != wanted.action)
        or (wanted.actor_id is not None and facts.actor_id != wanted.actor_id)
        or (wanted.subject_id is not None and subject_id != wanted.subject_id)
        or (wanted.outcome is not None and facts.outcome != wanted.outcome)
        or (wanted.since is not None and facts.at < wanted.since)
        or (wanted.until is not None and facts.at >= wanted.until)
    )


class AuditsContract(StoreContract):
    """Reading the audit trail."""

    def test_a_store_in_which_nothing_happened_has_no_trail(self, store: Store) -> None:
        assert check_trail(store) == []
        assert list(store.audits.stream("user|nobody", 0, 10)) == []

    def test_every_stream_is_a_chain_without_a_gap_up_to_its_head(self, store: Store) -> None:
        day = a_busy_day(store)
        assert told(check_trail(store)) == [facts.id for facts in reversed(day)]
        for head in walk_heads(store):
            numbers = [entry.n for entry in walk_stream(store, head.stream)]
            assert numbers == list(range(1, head.n + 1))

    @pytest.mark.parametrize("limit", [1, 7, 60, 200])
    def test_the_list_is_the_newest_first_however_it_is_paged(self, store: Store, limit: int) -> None:
        day = a_busy_day(store)
        assert told(walk_entries(store, limit=limit)) == [facts.id for facts in reversed(day)]

    def test_a_page_goes_on_below_an_id_whether_there_is_such_an_entry_or_not(self, store: Store) -> None:
        store.ledger.record([audit_facts(number, PEOPLE[0]) for number in (2, 4, 6)])
        assert told(store.audits.entries(AuditFilter(), id_of(6), 10)) == [id_of(4), id_of(2)]
        assert told(store.audits.entries(AuditFilter(), id_of(5), 1)) == [id_of(4)]
        assert told(store.audits.entries(AuditFilter(), id_of(2), 10)) == []

    @pytest.mark.parametrize("limit", [3, 100])
    def test_each_filter_and_all_of_them_together_give_what_was_asked_for(
        self, store: Store, limit: int
    ) -> None:
        day = a_busy_day(store)
        choices = product(
            (None, "login"), (None, PEOPLE[0]), (None, PEOPLE[1], id_of(950)), (None, Outcome.DENIED),
            (None, START + 5 * MINUTE), (None, START + 15 * MINUTE),
        )  # fmt: skip
        for action, actor_id, subject_id, outcome, since, until in choices:
            wanted = AuditFilter(
                action=action, actor_id=actor_id, subject_id=subject_id, outcome=outcome,
                since=since, until=until,
            )  # fmt: skip
            expected = [facts.id for facts in reversed(day) if asked_for(facts, wanted)]
            assert told(walk_entries(store, wanted, limit=limit)) == expected, wanted

    def test_an_instant_is_within_a_range_from_its_first_and_before_its_last(self, store: Store) -> None:
        facts = audit_facts(1, PEOPLE[0])
        store.ledger.record([facts])
        assert store.audits.entries(AuditFilter(since=facts.at, until=facts.at + 1), None, 10)
        assert not store.audits.entries(AuditFilter(since=facts.at + 1), None, 10)
        assert not store.audits.entries(AuditFilter(until=facts.at), None, 10)

    def test_nobody_is_asked_for_by_a_filter_that_nothing_meets(self, store: Store) -> None:
        a_busy_day(store)
        for wanted in (AuditFilter(action="nothing"), AuditFilter(actor_id=id_of(1))):
            assert list(store.audits.entries(wanted, None, 10)) == []

    @pytest.mark.parametrize("limit", [1, 4, 100])
    def test_a_stream_is_read_from_any_number_on(self, store: Store, limit: int) -> None:
        store.ledger.record([audit_facts(number, PEOPLE[0]) for number in range(1, 10)])
        store.ledger.record([audit_facts(20, PEOPLE[1])])
        stream = audit_facts(1, PEOPLE[0]).stream
        whole = walk_stream(store, stream, limit=limit)
        assert [entry.n for entry in whole] == list(range(1, 10))
        assert list(store.audits.stream(stream, 7, 10)) == whole[7:]
        assert list(store.audits.stream(stream, 9, 10)) == []

    @pytest.mark.parametrize("limit", [1, 2, 100])
    def test_heads_are_in_the_order_of_their_streams_however_they_are_paged(
        self, store: Store, limit: int
    ) -> None:
        a_busy_day(store)
        heads = walk_heads(store, limit=limit)
        assert [head.stream for head in heads] == [
            stream_of_process(id_of(999)), *(f"user|{who}" for who in PEOPLE)
        ]  # fmt: skip

    def test_only_the_heads_that_moved_since_are_answered(self, store: Store) -> None:
        first, second = audit_facts(1, PEOPLE[0]), audit_facts(2, PEOPLE[1])
        store.ledger.record([first, second])
        for since, expected in (
            (0, [first, second]),
            (first.at, [first, second]),
            (first.at + 1, [second]),
            (second.at, [second]),
            (second.at + 1, []),
        ):
            assert [head.stream for head in walk_heads(store, since=since)] == [
                facts.stream for facts in expected
            ]
        store.ledger.record([third := audit_facts(3, PEOPLE[0])])
        assert [head.stream for head in walk_heads(store, since=third.at)] == [third.stream]

    def test_a_long_stream_stays_whole(self, store: Store) -> None:
        for start in range(1, 301, 50):
            store.ledger.record([audit_facts(number, PEOPLE[0]) for number in range(start, start + 50)])
        entries: list[AuditEntry] = check_trail(store)
        assert len(entries) == 300
