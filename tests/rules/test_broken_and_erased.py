"""SPEC section 6: a history stays whole when a person is erased, and names what no decision could have sealed."""

import json

import msgspec
import pytest
from tests.rules.test_history import ENTRIES, JOB, breaks_at, created, details_of, lived, sealed

from hosanna_core.errors import BrokenChain
from hosanna_core.model.details import Order
from hosanna_core.model.status import Action, Priority
from hosanna_core.rules import decisions, history
from hosanna_core.testing.samples import START


def forgotten(job=JOB, entries=ENTRIES):
    """What is stored once the customer is erased: the open values are gone, another key salts what comes."""
    bare, entry = sealed(decisions.erase(job, subject_key=b"n" * 32, actor_id=None, now=job.updated_at))
    return bare, [*(msgspec.structs.replace(each, open={}) for each in entries), entry]


def test_erasing_open_values_and_the_subject_key_leaves_the_history_whole():
    bare, entries = forgotten()
    history.verify(bare, entries)
    history.verify_job(bare, entries)
    assert [entry.hash for entry in entries[:-1]] == [entry.hash for entry in ENTRIES]
    assert bare.subject_key != JOB.subject_key


def test_open_values_that_are_gone_without_an_entry_that_says_so_are_found():
    breaks_at(1, [msgspec.structs.replace(entry, open={}) for entry in ENTRIES])
    bare = msgspec.structs.replace(JOB, subject_key=b"")
    breaks_at(1, [msgspec.structs.replace(entry, open={}) for entry in ENTRIES], bare)


@pytest.mark.parametrize("version", range(1, len(ENTRIES) + 1))
def test_an_open_value_that_came_back_after_it_was_erased_is_found(version):
    bare, entries = forgotten()
    if not ENTRIES[version - 1].open:
        return
    entries[version - 1] = ENTRIES[version - 1]
    breaks_at(version, entries, bare)


def test_an_open_value_of_the_entry_that_erased_is_held_to_its_digest_like_any_other():
    bare, entries = forgotten()
    last = entries[-1]
    for opened in ({}, {**last.open, "title": "Rewire the secret lab"}):
        breaks_at(len(entries), [*entries[:-1], msgspec.structs.replace(last, open=opened)], bare)


def test_a_job_that_was_erased_lives_on_and_may_be_erased_again():
    states, entries = lived()
    job, entries = forgotten(states[2], entries[:3])
    moved, entry = sealed(
        decisions.transition(job, Action("cancel"), Order(reason="Moved"), {}, actor_id=None, now=START * 2)
    )
    history.verify(moved, [*entries, entry])
    assert entry.open == {"reason": "Moved"}
    again, rest = forgotten(moved, [*entries, entry])
    history.verify(again, rest)
    assert [entry.open for entry in rest[:-1]] == [{}] * 5


def test_a_word_in_a_free_text_does_not_pass_for_an_entry_that_erased():
    job, entry = sealed(created(details_of(title='"action":"erase"', required_skills=('"action":"erase"',))))
    history.verify(job, [entry])
    breaks_at(1, [msgspec.structs.replace(entry, open={})], job)


def test_an_erased_job_is_compared_in_every_field():
    bare, erased = forgotten()
    assert (bare.title, bare.customer.name, bare.customer_keys) == ("(erased)", "(erased)", ())
    history.verify_job(bare, erased)
    for parts in ({"priority": Priority.LOW}, {"title": JOB.title}, {"customer": JOB.customer}):
        with pytest.raises(BrokenChain, match=next(iter(parts))):
            history.verify_job(msgspec.structs.replace(bare, **parts), erased)


def rewritten(version, said):
    """The history with other bytes sealed in one entry, and every hash from there on made to fit; and its job."""
    entries, previous = [], b""
    for entry in ENTRIES:
        bytes_ = said if entry.version == version else entry.sealed
        previous = history.chained(previous, bytes_)
        entries.append(msgspec.structs.replace(entry, sealed=bytes_, hash=previous))
    return entries, msgspec.structs.replace(JOB, chain=previous)


@pytest.mark.parametrize("version", [1, 3, len(ENTRIES)])
@pytest.mark.parametrize(
    "said",
    [b"", b"\xff", b"null", b"[]", b"{}", b'{"action":"erase"', b'{"action":"erase","changes":7}'],
)
def test_a_chain_of_what_no_decision_seals_is_named_and_not_stumbled_over(version, said):
    breaks_at(version, *rewritten(version, said))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"title": "Not even a digest"}, "the open value 'title' of entry 1 was altered"),
        ({"title": {"hmac": 7}}, "the open value 'title' of entry 1 was altered"),
        ({"priority": "WHENEVER"}, "no possible job"),
        ({"duration_minutes": None}, "no possible job"),
    ],
    ids=str,
)
def test_a_chain_that_was_rewritten_to_tell_of_an_impossible_job_is_named(changes, error):
    plain = json.loads(ENTRIES[0].sealed)
    plain["changes"].update(changes)
    entries, job = rewritten(1, history.canonical(plain))

    def check():
        history.verify(job, entries)
        history.verify_job(job, entries)

    with pytest.raises(BrokenChain, match=error):
        check()
