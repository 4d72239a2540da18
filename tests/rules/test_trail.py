"""SPEC section 6: an audit trail that shows every tampering, and stays whole when a person is erased."""

import json
from functools import reduce

import msgspec
import pytest

from hosanna_core.errors import BrokenChain
from hosanna_core.model.audit import Outcome
from hosanna_core.model.event import Ref
from hosanna_core.rules.history import chained
from hosanna_core.rules.trail import (
    Marks,
    StreamCheck,
    document_of,
    forgotten,
    head_at,
    names,
    sealed_after,
)
from hosanna_core.testing.samples import audit_facts, id_of

ANN, BO = id_of(901), id_of(902)
STREAM = f"user|{ANN}"
replace = msgspec.structs.replace


def stream_of(*facts):
    """The entries that a store makes of facts."""
    return reduce(
        lambda made, each: [*made, sealed_after(head_at(made[-1]) if made else None, each)], facts, []
    )


FACTS = (
    audit_facts(1, ANN),
    audit_facts(2, ANN, personal={"address": "192.0.2.2", "device": "Ann's phone"}),
    audit_facts(3, ANN, actor_id=BO, details={"fields": ["email"]}),
    audit_facts(4, ANN, outcome=Outcome.FAILURE, personal={}),
    audit_facts(5, ANN, subject=None, actor_id=None),
)
ENTRIES = stream_of(*FACTS)
HEAD = head_at(ENTRIES[-1])


def verify(entries, head=HEAD, *, stream=STREAM, erased=()):
    check = StreamCheck(stream, frozenset(erased))
    for entry in entries:
        check.follow(entry)
    check.reach(head.n, head.hash, "its head")


def breaks_at(n, entries, **more):
    with pytest.raises(BrokenChain, match=f"entry {n} of stream '") as broken:
        verify(entries, **more)
    assert broken.value.version == n


def with_entry(n, /, **parts):
    changed = list(ENTRIES)
    changed[n - 1] = replace(ENTRIES[n - 1], **parts)
    return changed


NUMBERS = range(1, len(ENTRIES) + 1)


def test_a_stream_that_nobody_touched_verifies():
    verify(ENTRIES)
    assert [entry.n for entry in ENTRIES] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("n", NUMBERS)
@pytest.mark.parametrize(
    "parts",
    [
        {"sealed": b"{}"},
        {"hash": bytes(32)},
        {"id": id_of(77)},
        {"stream": f"user|{BO}"},
        {"n": 77},
        {"at": 7},
        {"actor_id": id_of(77)},
        {"action": "session.replayed"},
        {"subject": Ref("job", ANN)},
        {"outcome": Outcome.DENIED},
        {"open": {"address": "192.0.2.66"}},
        {"open": {"address": "192.0.2.1", "more": "x"}, "salt": bytes(16)},
    ],
)
def test_an_entry_of_which_anything_was_altered_is_found(n, parts):
    breaks_at(n, with_entry(n, **parts))


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_a_value_that_was_removed_though_nobody_of_the_entry_was_erased_is_found(n):
    for parts in ({"open": {}}, {"salt": b""}, {"open": {}, "salt": b""}):
        breaks_at(n, with_entry(n, **parts))
        breaks_at(n, with_entry(n, **parts), erased=[id_of(77)])


@pytest.mark.parametrize("n", range(1, len(ENTRIES)))
def test_an_entry_that_was_dropped_in_the_middle_is_found_also_when_the_rest_is_numbered_anew(n):
    rest = [entry for entry in ENTRIES if entry.n != n]
    breaks_at(n, rest)
    breaks_at(n, [replace(entry, n=number) for number, entry in enumerate(rest, start=1)])


@pytest.mark.parametrize("n", range(1, len(ENTRIES)))
def test_two_entries_in_each_others_place_are_found_at_the_first(n):
    swapped = list(ENTRIES)
    swapped[n - 1], swapped[n] = swapped[n], swapped[n - 1]
    breaks_at(n, swapped)
    breaks_at(n, [replace(entry, n=number) for number, entry in enumerate(swapped, start=1)])


@pytest.mark.parametrize("kept", range(len(ENTRIES)))
def test_a_tail_that_was_cut_off_is_found_by_the_head(kept):
    breaks_at(kept + 1, ENTRIES[:kept])


@pytest.mark.parametrize("n", NUMBERS)
def test_a_chain_that_was_rewritten_from_an_entry_on_is_found_by_the_head(n):
    forged = stream_of(*FACTS[: n - 1], replace(FACTS[n - 1], action="nothing.happened"), *FACTS[n:])
    breaks_at(len(ENTRIES), forged)
    verify(forged, head_at(forged[-1]))


@pytest.mark.parametrize("n", NUMBERS)
def test_an_entry_of_another_stream_does_not_pass_in_this_one_even_rechained(n):
    theirs = stream_of(*(replace(each, stream=f"user|{BO}") for each in FACTS))
    breaks_at(1, theirs, head=head_at(theirs[-1]))
    breaks_at(n, [*ENTRIES[: n - 1], theirs[n - 1], *ENTRIES[n:]])


@pytest.mark.parametrize(
    "sealed",
    [
        b"",
        b"\xff",
        b"null",
        b"[]",
        b"{}",
        b'{"stream":7}',
        b"[" * 10_000,
        ENTRIES[0].sealed[:-1] + b',"x":1}',
    ],
)
def test_a_chain_of_what_no_commit_seals_is_named_and_not_stumbled_over(sealed):
    forged = replace(ENTRIES[0], sealed=sealed, hash=chained(b"", sealed))
    breaks_at(1, [forged], head=head_at(forged))


def test_entries_beyond_the_head_that_was_read_are_no_harm_a_writer_goes_on():
    check = StreamCheck(STREAM)
    for entry in ENTRIES:
        check.follow(entry)
        if check.n == 3:
            check.reach(3, ENTRIES[2].hash, "its head")
    check.reach(3, ENTRIES[2].hash, "its head")


def test_who_is_erased_leaves_every_chain_whole_as_the_one_who_acted_and_as_the_one_it_was_done_to():
    for person in (ANN, BO):
        bare = [forgotten(entry) if names(entry, person) else entry for entry in ENTRIES]
        verify(bare, erased=[person])
        assert not any(entry.open or entry.salt for entry in bare if names(entry, person))
        assert [entry.hash for entry in bare] == [entry.hash for entry in ENTRIES]
    assert [names(entry, ANN) for entry in ENTRIES] == [True, True, True, True, False]
    assert [names(entry, BO) for entry in ENTRIES] == [False, False, True, False, False]


def test_what_is_kept_of_somebody_erased_is_still_held_to_its_digest():
    breaks_at(1, with_entry(1, open={"address": "192.0.2.66"}), erased=[ANN])
    breaks_at(2, with_entry(2, open={"address": "192.0.2.2"}), erased=[ANN])


def test_no_personal_value_stands_in_what_is_sealed_and_equal_ones_leave_different_digests():
    for entry in ENTRIES:
        assert all(value.encode() not in entry.sealed for value in entry.open.values())
    one, other = (sealed_after(None, audit_facts(number, ANN, personal={"device": "x"})) for number in (1, 2))
    digests = {json.loads(entry.sealed)["details"]["device"]["hmac"] for entry in (one, other)}
    assert len(digests) == 2


def test_an_entry_without_personal_values_keeps_no_salt():
    assert ENTRIES[3].salt == b""
    assert all(entry.salt for entry in ENTRIES if entry.open)


def test_an_administrator_reads_what_is_open_and_no_digest_of_what_was_erased():
    assert document_of(ENTRIES[1]).details == {
        "number": 2,
        "address": "192.0.2.2",
        "device": "Ann's phone",
    }
    assert document_of(forgotten(ENTRIES[1])).details == {"number": 2}
    assert document_of(ENTRIES[2]).hash == ENTRIES[2].hash.hex()


def test_marks_keep_of_each_what_was_said_first_and_24_bytes():
    marks, heads = Marks(), [head_at(entry) for entry in ENTRIES]
    for head in (*heads, replace(heads[0], hash=b"x" * 32)):
        marks.add(head)
    assert marks.by_number() == {head.n: head.hash[:16] for head in heads}
    assert len(marks._packed) == 24 * (len(heads) + 1)


@pytest.mark.parametrize("size", [0, 1, 15])
def test_less_of_a_hash_than_is_kept_fits_nothing(size):
    check = StreamCheck(ENTRIES[0].stream)
    check.follow(ENTRIES[0])
    check.reach(1, ENTRIES[0].hash[:16], "a checkpoint")
    with pytest.raises(BrokenChain, match="is not the one that a checkpoint knows"):
        check.reach(1, ENTRIES[0].hash[:size], "a checkpoint")
