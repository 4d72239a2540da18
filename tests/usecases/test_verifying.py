"""SPEC section 6: verifying the audit trail names the first entry that was touched, dropped, moved or cut off."""

import json

import msgspec
import pytest
from tests.usecases.firm import HERE, MINUTE, Firm, refused
from tests.usecases.meddling import breaks_at, heads, lived_through, stream, verify

from hosanna_adapters.memory import MemoryStore
from hosanna_core.errors import BrokenChain
from hosanna_core.model.audit import Outcome
from hosanna_core.rules.history import canonical, chained
from hosanna_core.rules.trail import CHECKPOINTS, head_at, signed_by_checkpoint
from hosanna_core.testing.doubles import ports_on
from hosanna_core.testing.samples import id_of
from hosanna_core.usecases import privacy, trail

replace = msgspec.structs.replace


@pytest.fixture
def lived(firm):
    return lived_through(firm)


def test_a_trail_that_nobody_touched_verifies_and_says_how_much_it_is(lived):
    told = []
    verified = trail.verify_trail(lived.ports, told.append)
    entries = len(lived.told())
    assert verified == trail.Verified(streams=6, entries=entries, checkpoints=3)
    assert told == sorted(told)
    assert told[-1] == entries


def test_the_trail_of_a_store_where_nobody_is_verifies():
    ports = ports_on(MemoryStore().ports())
    assert trail.verify_trail(ports) == trail.Verified(0, 0, 0)
    assert trail.checkpoint(ports) is False


def test_a_trail_that_was_emptied_is_missed_by_those_who_are_there(lived):
    lived.memory._state.trail.__init__()
    broken = refused(BrokenChain, trail.verify_trail, lived.ports)
    assert f"'{CHECKPOINTS}' was cut off" in broken.detail
    lived.memory._state.mark = None
    assert "is gone, though the user is there" in refused(BrokenChain, trail.verify_trail, lived.ports).detail


def test_checkpoints_that_were_wound_back_with_what_they_covered_are_missed_by_their_mark(lived):
    cut = stream(lived, CHECKPOINTS)
    for name in (CHECKPOINTS, lived.mine):
        del stream(lived, name)[-1]
        heads(lived)[name] = head_at(stream(lived, name)[-1])
    breaks_at(lived, CHECKPOINTS, len(cut) + 1)
    # Going on does not make it good: the mark stays where it was.
    lived.log_in()
    lived.clock.step(MINUTE)
    assert trail.checkpoint(lived.ports)
    breaks_at(lived, CHECKPOINTS, len(cut))


def test_a_mark_that_somebody_made_is_none_of_ours(lived):
    lived.memory._state.mark = lived.memory._state.mark.replace(b'"n":3', b'"n":2')
    assert "is not signed by this store" in refused(BrokenChain, verify, lived).detail
    lived.memory._state.mark = b"no mark at all"
    assert "is not signed by this store" in refused(BrokenChain, verify, lived).detail


def test_a_head_that_is_gone_is_named_and_so_is_the_stream_of_somebody_who_is_there(lived):
    another = f"user|{lived.another.id}"
    del heads(lived)[another]
    assert "has lost its head" in breaks_at(lived, another, 1)
    del stream(lived, another)[:]
    breaks_at(lived, another, 1)


def test_who_was_there_before_there_was_a_trail_gets_a_stream_with_the_first_checkpoint():
    firm = Firm()
    firm.memory._state.trail.__init__()
    assert trail.checkpoint(firm.ports) is False
    assert {entry.action for entry in firm.told()} == {"user.adopted"}
    assert trail.checkpoint(firm.ports)
    verify(firm)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
@pytest.mark.parametrize(
    "parts",
    [
        {"sealed": b'{"n":1}'},
        {"hash": bytes(32)},
        {"open": {"address": "192.0.2.66", "device": HERE.agent}},
        {"open": {}, "salt": b""},
        {"at": 7},
        {"actor_id": id_of(66)},
        {"action": "nothing"},
        {"outcome": Outcome.DENIED},
        {"subject": None},
        {"id": id_of(66)},
        {"n": 66},
    ],
    ids="+".join,
)
def test_an_entry_of_which_anything_was_altered_is_named(lived, n, parts):
    entries = stream(lived, lived.mine)
    if n == 1 and "open" in parts:
        # The making of the account has no personal value to take away.
        parts = {"open": {"address": "192.0.2.66"}}
    entries[n - 1] = replace(entries[n - 1], **parts)
    breaks_at(lived, lived.mine, n)


@pytest.mark.parametrize("n", [1, 2, 4])
def test_an_entry_that_was_dropped_in_the_middle_is_named(lived, n):
    del stream(lived, lived.mine)[n - 1]
    breaks_at(lived, lived.mine, n)


@pytest.mark.parametrize("n", [1, 2, 4])
def test_two_entries_in_each_others_place_are_named_at_the_first(lived, n):
    entries = stream(lived, lived.mine)
    entries[n - 1], entries[n] = replace(entries[n], n=n), replace(entries[n - 1], n=n + 1)
    breaks_at(lived, lived.mine, n)


def test_an_entry_that_was_moved_from_one_stream_to_another_is_named_in_the_first_of_both(lived):
    other = f"user|{lived.another.id}"
    moved = stream(lived, lived.mine).pop(1)
    stream(lived, other).append(replace(moved, stream=other, n=2))
    broken = refused(BrokenChain, verify, lived)
    assert broken.version == 2


def test_a_stream_under_the_name_of_another_is_named_whatever_its_rows_say(lived):
    other = f"user|{lived.another.id}"
    stream(lived, other)[:] = stream(lived, lived.mine)
    heads(lived)[other] = replace(heads(lived)[lived.mine], stream=other)
    breaks_at(lived, other, 1)


@pytest.mark.parametrize("kept", [0, 1, 4])
def test_a_tail_that_was_cut_off_is_named_by_the_head_that_was_left(lived, kept):
    del stream(lived, lived.mine)[kept:]
    assert "was cut off: " in breaks_at(lived, lived.mine, kept + 1)


@pytest.mark.parametrize("kept", [1, 3])
def test_a_tail_that_was_cut_off_together_with_its_head_is_named_by_a_checkpoint(lived, kept):
    entries = stream(lived, lived.mine)
    del entries[kept:]
    heads(lived)[lived.mine] = head_at(entries[-1])
    assert "a checkpoint knows 4 entries" in breaks_at(lived, lived.mine, kept + 1)


def test_what_was_written_since_the_last_checkpoint_is_missed_from_the_next_one_on(lived):
    """What the documents admit: whoever cuts off a tail within the minute, and its head, is found only later."""
    entries = stream(lived, lived.mine)
    cut, head = entries[-1], heads(lived)[lived.mine]
    del entries[-1]
    heads(lived)[lived.mine] = head_at(entries[-1])
    verify(lived)
    entries.append(cut)
    heads(lived)[lived.mine] = head
    assert trail.checkpoint(lived.ports)
    del entries[-1]
    heads(lived)[lived.mine] = head_at(entries[-1])
    breaks_at(lived, lived.mine, 5)


@pytest.mark.parametrize("name", ["mine", "process"])
def test_a_whole_stream_that_was_removed_is_named_by_a_checkpoint(lived, name):
    name = getattr(lived, name)
    del lived.memory._state.trail._streams[name]
    breaks_at(lived, name, 1)
    del heads(lived)[name]
    assert "a checkpoint knows " in breaks_at(lived, name, 1)


def test_a_chain_that_was_rewritten_with_its_head_is_named_by_a_checkpoint_though_nothing_is_missing(lived):
    entries, previous = stream(lived, lived.mine), b""
    for n, entry in enumerate(entries, start=1):
        sealed = entry.sealed.replace(b'"login"', b'"nopes"')
        action = "nopes" if sealed != entry.sealed else entry.action
        previous = chained(previous, sealed)
        entries[n - 1] = replace(entry, sealed=sealed, action=action, hash=previous)
    heads(lived)[lived.mine] = head_at(entries[-1])
    assert "is not the one that a checkpoint knows" in breaks_at(lived, lived.mine, 2)


def forge(firm, number, **changes):
    """Another checkpoint in the place of one, the chain and the head of checkpoints rewritten to fit."""
    entries, previous = stream(firm, CHECKPOINTS), b""
    for n, entry in enumerate(entries, start=1):
        sealed = entry.sealed
        if n == number:
            said = json.loads(sealed)
            said["details"].update(changes)
            sealed = canonical(said)
        previous = chained(previous, sealed)
        entries[n - 1] = replace(entry, sealed=sealed, hash=previous)
    heads(firm)[CHECKPOINTS] = head_at(entries[-1])


@pytest.mark.parametrize(
    "changes",
    [
        {"heads": []},
        {"heads": [["user|x", 1, "00"]]},
        {"heads": 7},
        {"heads": [7]},
        {"signature": "00" * 64},
        {"signature": "no hexadecimal"},
        {"signature": None},
        {"signature": ""},
    ],
    ids=str,
)
def test_a_forged_checkpoint_is_named(lived, changes):
    verify(lived)
    forge(lived, 2, **changes)
    assert "is not signed by this store" in breaks_at(lived, CHECKPOINTS, 2)


def test_a_checkpoint_that_another_store_signed_is_named(lived):
    other = Firm()
    (said,) = [json.loads(stream(lived, CHECKPOINTS)[1].sealed)]
    at = said["at"]
    heads_then = said["details"]["heads"][:1]
    key = type(other.ports.signatures)(b"another key")
    forge(lived, 2, heads=heads_then, signature=key.sign(signed_by_checkpoint(heads_then, at)).hex())
    breaks_at(lived, CHECKPOINTS, 2)


@pytest.mark.parametrize("kept", [0, 2])
def test_checkpoints_that_were_cut_off_are_named_by_their_own_head(lived, kept):
    del stream(lived, CHECKPOINTS)[kept:]
    breaks_at(lived, CHECKPOINTS, kept + 1)


class Beside:
    """An audit trail beside which a writer goes on: *work* happens after the first read of heads."""

    def __init__(self, audits, work):
        self._audits = audits
        self._work = work
        self.entries = audits.entries
        self.stream = audits.stream

    def heads(self, *args):
        found = self._audits.heads(*args)
        if self._work:
            work, self._work = self._work, None
            work()
        return found


def beside(firm, work):
    firm.ports = firm.ports_with(audits=Beside(firm.ports.store.audits, work))


def test_it_verifies_beside_a_writer(lived):
    def write():
        lived.log_in()
        lived.hire("new@example.com", "TECHNICIAN")
        lived.clock.step(MINUTE)
        assert trail.checkpoint(lived.ports)
        lived.log_in()

    beside(lived, write)
    verify(lived)


def test_it_verifies_beside_somebody_who_erases_a_person(lived):
    work = []
    plain = lived.ports.store.audits
    beside(lived, lambda: None)

    def entries(wanted, after, limit):
        found = plain.entries(wanted, after, limit)
        if wanted.action == trail.ERASED and not work:
            work.append(1)
            person = privacy.Person(user_id=lived.technician.id)
            privacy.erase_person(lived.ports, lived.administrator, person)
        return found

    lived.ports.store.audits.entries = entries
    verify(lived)
    assert work
    stream(lived, f"user|{lived.another.id}")[0] = replace(
        stream(lived, f"user|{lived.another.id}")[0], open={"x": "y"}
    )
    breaks_at(lived, f"user|{lived.another.id}", 1)
