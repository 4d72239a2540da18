"""Checkpoints: each move of a stream is set down once, signed, all or none, and nothing makes good what was cut off."""

import json

import msgspec
import pytest
from tests.usecases.firm import MINUTE, refused
from tests.usecases.meddling import breaks_at, heads, lived_through, settled, stream, verify

from hosanna_core import errors
from hosanna_core.rules.trail import CHECKPOINTS, head_at, signed_by_checkpoint
from hosanna_core.testing.samples import audit_facts
from hosanna_core.usecases import trail


@pytest.fixture
def lived(firm):
    return lived_through(firm)


def checkpoints(firm):
    return [json.loads(entry.sealed)["details"] for entry in firm.told("checkpoint")]


def test_a_checkpoint_says_how_far_every_stream_had_come_and_is_signed(firm):
    assert trail.checkpoint(firm.ports)
    (said,) = checkpoints(firm)
    found = {
        name: [name, head.n, head.hash.hex()] for name, head in heads(firm).items() if name != CHECKPOINTS
    }
    assert said["heads"] == [found[name] for name in sorted(found)]
    message = signed_by_checkpoint(said["heads"], firm.told("checkpoint")[0].at)
    assert firm.ports.signatures.fits(message, bytes.fromhex(said["signature"]))


def test_where_nothing_moved_no_checkpoint_is_written_however_often_it_is_asked_for(firm):
    assert trail.checkpoint(firm.ports)
    for by in (0, 1, MINUTE, 2 * MINUTE, 60 * MINUTE):
        firm.clock.step(by)
        assert trail.checkpoint(firm.ports) is False
    assert len(checkpoints(firm)) == 1


def test_each_move_is_in_one_checkpoint_however_many_follow_within_the_minute(firm):
    trail.checkpoint(firm.ports)
    for work in (firm.log_in, lambda: firm.log_in("theo@example.com"), firm.log_in):
        firm.clock.step(1000)
        work()
        assert trail.checkpoint(firm.ports)
        for _ in range(3):
            firm.clock.step(1000)
            assert trail.checkpoint(firm.ports) is False
    moved = [[(name, n) for name, n, _ in each["heads"]] for each in checkpoints(firm)[1:]]
    tess, theo = f"user|{firm.technician.id}", f"user|{firm.another.id}"
    assert moved == [[(tess, 2)], [(theo, 2)], [(tess, 3)]]


def test_what_was_committed_late_is_not_missed(firm):
    at = firm.clock.now()
    firm.clock.step(MINUTE)
    trail.checkpoint(firm.ports)
    firm.memory.ledger.record([audit_facts(10**6, firm.another.id, at=at + 1, stream="process|late")])
    assert trail.checkpoint(firm.ports)
    assert [name for name, _, _ in checkpoints(firm)[-1]["heads"]] == ["process|late"]


DAY = 24 * 60 * MINUTE


def written_by_a_slow_clock(firm, behind, number=10**6, stream="process|slow"):
    """Something that a machine wrote whose clock is behind."""
    facts = audit_facts(number, firm.another.id, at=firm.clock.now() - behind, stream=stream)
    firm.memory.ledger.record([facts])


@pytest.mark.parametrize("behind", [3 * MINUTE, 60 * MINUTE, 3 * DAY], ids=["minutes", "an hour", "days"])
def test_what_a_machine_wrote_whose_clock_is_behind_is_set_down_within_ten_minutes(firm, behind):
    looked = trail.Looked()
    firm.clock.step(4 * DAY)
    assert trail.checkpoint(firm.ports, looked)
    written_by_a_slow_clock(firm, behind)
    times = 0
    while not trail.checkpoint(firm.ports, looked):
        firm.clock.step(MINUTE)
        times += 1
    assert times == 10
    assert [name for name, _, _ in checkpoints(firm)[-1]["heads"]] == ["process|slow"]
    firm.clock.step(60 * MINUTE)
    firm.log_in()
    assert trail.checkpoint(firm.ports, looked)
    written_by_a_slow_clock(firm, behind, 10**6 + 1)
    assert trail.checkpoint(firm.ports, looked) is False
    firm.clock.step(10 * MINUTE)
    assert trail.checkpoint(firm.ports, looked)
    assert [head[:2] for head in checkpoints(firm)[-1]["heads"]] == [["process|slow", 2]]


def test_a_process_that_starts_looks_back_a_day_and_sets_nothing_down_again(firm):
    firm.memory.ledger.record([audit_facts(10**6, firm.another.id, at=1, stream="process|old")])
    assert trail.checkpoint(firm.ports, trail.Looked())
    for _ in range(3):
        firm.clock.step(DAY)
        firm.log_in()
        assert trail.checkpoint(firm.ports, trail.Looked())
        assert trail.checkpoint(firm.ports, trail.Looked()) is False
    written_by_a_slow_clock(firm, 60 * MINUTE, 10**6 + 1)
    assert trail.checkpoint(firm.ports) is False
    assert trail.checkpoint(firm.ports, trail.Looked())
    assert [[head[:2] for head in each["heads"]] for each in checkpoints(firm)[-2:]] == [
        [[f"user|{firm.technician.id}", 4]], [["process|slow", 1]],
    ]  # fmt: skip


def test_two_processes_that_look_at_all_do_not_say_again_what_the_other_said(firm):
    one, other = trail.Looked(), trail.Looked()
    assert trail.checkpoint(firm.ports, one)
    assert trail.checkpoint(firm.ports, other) is False
    for by, next_one in ((one, other), (other, one)):
        firm.clock.step(11 * MINUTE)
        written_by_a_slow_clock(firm, 30 * MINUTE, 10**6 + firm.clock.now() % 10**6)
        assert trail.checkpoint(firm.ports, by)
        assert trail.checkpoint(firm.ports, next_one) is False


def test_a_look_at_all_that_failed_is_made_good_and_stops_no_other_checkpoint(firm):
    looked = trail.Looked()
    assert trail.checkpoint(firm.ports, looked)
    written_by_a_slow_clock(firm, 30 * MINUTE)
    firm.clock.step(10 * MINUTE)
    firm.ledger.failing = True
    refused(errors.Busy, trail.checkpoint, firm.ports, looked)
    firm.ledger.failing = False
    firm.log_in()
    assert trail.checkpoint(firm.ports, looked)
    firm.clock.step(10 * MINUTE)
    assert trail.checkpoint(firm.ports, looked)
    assert [head[0] for head in checkpoints(firm)[-1]["heads"]] == ["process|slow"]


@pytest.mark.parametrize(
    "spoiled", [b"", b"{}", b'{"details":{"heads":[1]}}', b'{"details":{"heads":[[1,2]]}}']
)
def test_a_checkpoint_that_somebody_spoiled_stops_no_other_and_what_it_said_is_said_again(firm, spoiled):
    looked = trail.Looked()
    assert trail.checkpoint(firm.ports, looked)
    entries = stream(firm, CHECKPOINTS)
    said = {head[0] for head in checkpoints(firm)[0]["heads"]}
    entries[0] = msgspec.structs.replace(entries[0], sealed=spoiled)
    settled(firm)
    for each in (trail.Looked(), looked, None):
        firm.log_in()
        assert trail.checkpoint(firm.ports, each)
    newest = [trail.heads_of(entry) for entry in stream(firm, CHECKPOINTS)[1:]]
    assert {head[0] for head in newest[0]} == said
    assert [[head[0] for head in each] for each in newest[1:]] == [[f"user|{firm.technician.id}"]] * 2


def test_more_streams_than_one_checkpoint_holds_are_set_down_all_or_none(firm):
    firm.memory.ledger.record(
        [
            audit_facts(10**6 + n, firm.another.id, at=firm.clock.now(), stream=f"process|{n:04}")
            for n in range(1, 1201)
        ]
    )
    firm.ledger.failing = True
    refused(errors.Busy, trail.checkpoint, firm.ports)
    firm.ledger.failing = False
    firm.clock.step(10 * MINUTE)
    assert trail.checkpoint(firm.ports)
    said = [head[0] for each in checkpoints(firm) for head in each["heads"]]
    assert sorted(said) == sorted(set(heads(firm)) - {CHECKPOINTS})
    assert [len(each["heads"]) for each in checkpoints(firm)] == [500, 500, 204]
    assert trail.checkpoint(firm.ports) is False
    verify(firm)
    del stream(firm, "process|0700")[:]
    del heads(firm)["process|0700"]
    breaks_at(firm, "process|0700", 1)


@pytest.mark.parametrize("more", [1, 2, 5])
def test_no_later_checkpoint_makes_good_what_was_cut_off_however_far_the_stream_went_on(lived, more):
    entries = stream(lived, lived.mine)
    del entries[2:]
    heads(lived)[lived.mine] = head_at(entries[-1])
    settled(lived)
    for _ in range(more):
        lived.log_in()
    assert trail.checkpoint(lived.ports)
    breaks_at(lived, lived.mine, 3)
