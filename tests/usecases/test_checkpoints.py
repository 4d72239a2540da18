"""Checkpoints: each move of a stream is set down once, signed, all or none, and nothing makes good what was cut off."""

import json

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
