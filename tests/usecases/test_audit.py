"""SPEC section 6: Administrators read the audit trail, and verifying it names the first entry that was touched."""

import json

import msgspec
import pytest
from tests.usecases.firm import HERE, MINUTE, PASSWORD, Firm, pointers, refused

from hosanna_core import errors
from hosanna_core.errors import BrokenChain
from hosanna_core.model.audit import Outcome
from hosanna_core.model.instants import to_text
from hosanna_core.rules.history import canonical, chained
from hosanna_core.rules.trail import CHECKPOINTS, head_at, signed_by_checkpoint, stream_of_process
from hosanna_core.testing.samples import audit_facts, id_of
from hosanna_core.usecases import auditing, privacy, trail, users
from hosanna_core.usecases.judging import Unparsed

NOTHING = Unparsed(b"")
replace = msgspec.structs.replace


def listed(firm, actor=None, **query):
    asked = {name.rstrip("_"): [str(value)] for name, value in query.items()}
    return trail.list_entries(firm.ports, actor or firm.administrator, asked)


def stream(firm, name):
    """The stored entries of a stream, to be meddled with."""
    return firm.memory._state.trail._streams[name]


def heads(firm):
    return firm.memory._state.trail._heads


def settled(firm):
    """The list of all entries shows what the streams hold after they were meddled with."""
    kept = firm.memory._state.trail
    places = (
        (entry.id, name, at) for name, each in kept._streams.items() for at, entry in enumerate(each, 1)
    )
    kept._order = sorted(places)


def verify(firm):
    settled(firm)
    return trail.verify_trail(firm.ports)


def breaks_at(firm, name, n):
    broken = refused(BrokenChain, verify, firm)
    assert broken.version == n, broken.detail
    assert f"entry {n} of stream '{name}'" in broken.detail
    return broken.detail


@pytest.fixture
def lived(firm):
    """A firm with a past: logins, failures, denials, and checkpoints in between."""
    for _ in range(3):
        firm.log_in()
        refused(errors.BadCredentials, firm.log_in, password="wrong")
        firm.clock.step(MINUTE)
        assert trail.checkpoint(firm.ports)
    firm.mine = f"user|{firm.technician.id}"
    firm.process = stream_of_process(firm.ports.process_id)
    firm.log_in()
    return firm


def test_a_trail_that_nobody_touched_verifies_and_says_how_much_it_is(lived):
    told = []
    verified = trail.verify_trail(lived.ports, told.append)
    entries = len(lived.told())
    assert verified == trail.Verified(streams=6, entries=entries, checkpoints=3)
    assert told == sorted(told)
    assert told[-1] == entries


def test_an_empty_trail_verifies():
    firm = Firm()
    firm.memory._state.trail.__init__()
    assert verify(firm) == trail.Verified(0, 0, 0)
    assert trail.checkpoint(firm.ports) is False


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


def test_a_denial_is_put_down_with_rule_and_operation_and_nothing_that_was_sent(firm):
    denied = refused(errors.PermissionDenied, firm.create, by=firm.technician, title="Their secret panel")
    auditing.record_denial(firm.ports, firm.technician, denied, "create_job", origin=HERE)
    (entry,) = firm.told("access.denied")
    assert (entry.outcome, entry.actor_id) == (Outcome.DENIED, firm.technician.id)
    details = json.loads(entry.sealed)["details"]
    assert (details["rule"], details["operation"]) == ("matrix.create_jobs", "create_job")
    assert details.keys() == {"rule", "operation", "address", "device"}
    assert entry.open == {"address": HERE.address, "device": HERE.agent}


def account(firm):
    """What changes an account, and the action and details that it leaves."""
    ports, admin, user_id = firm.ports, firm.administrator, firm.another.id
    return [
        ("user.role_changed", {"fields": ["role"], "from": "TECHNICIAN", "to": "OFFICE_MANAGER"},
         lambda: users.set_role(ports, admin, user_id, Unparsed.of({"role": "OFFICE_MANAGER"}))),
        ("user.deactivated", {"fields": ["active"]},
         lambda: users.set_active(ports, admin, user_id, active=False, body=NOTHING)),
        ("user.activated", {"fields": ["active"]},
         lambda: users.set_active(ports, admin, user_id, active=True, body=NOTHING)),
        ("user.updated", {"fields": ["email", "full_name"]},
         lambda: users.edit_user(ports, admin, user_id, Unparsed.of({"email": "n@example.com", "full_name": "N"}))),
    ]  # fmt: skip


def test_every_change_of_an_account_is_one_entry_that_names_fields_and_roles_and_no_value(firm):
    for action, details, work in account(firm):
        before = len(firm.told())
        work()
        entry = firm.told()[-1]
        assert len(firm.told()) == before + 1
        assert (entry.action, json.loads(entry.sealed)["details"]) == (action, details)
        assert (entry.actor_id, entry.subject.id) == (firm.administrator.id, firm.another.id)
        work()
        assert len(firm.told()) == before + 1


def test_what_is_refused_leaves_no_entry_of_a_change(firm):
    before = firm.told()
    for user_id, role in ((firm.administrator.id, "TECHNICIAN"), (firm.another.id, "KING")):
        refused(
            (errors.LastAdministrator, errors.Invalid),
            users.set_role, firm.ports, firm.administrator, user_id, Unparsed.of({"role": role}),
        )  # fmt: skip
    assert firm.told() == before


@pytest.mark.parametrize("name", ["office", "technician"])
def test_only_an_administrator_reads_the_trail_whatever_is_asked(firm, name):
    for query in ({}, {"limit": "0"}, {"nonsense": "1"}):
        denied = refused(errors.PermissionDenied, listed, firm, firm.actor(name), **query)
        assert denied.rule == "duty.see_audit_trail"


def test_the_list_is_every_entry_newest_first_page_by_page(lived):
    everything = [entry.id for entry in reversed(lived.told())]
    found, cursor, query = [], None, {}
    for _ in range(99):
        page, cursor = listed(lived, limit=4, **query)
        assert len(page) <= 4
        found += [document.id for document in page]
        if cursor is None:
            break
        query = {"cursor": cursor}
        # What is written meanwhile comes before the first page.
        lived.log_in()
    assert found == everything


def test_the_list_shows_what_is_open_and_no_digest(lived):
    (document,), _ = listed(lived, limit=1, action="login", outcome="failure")
    assert document.details == {"address": HERE.address, "device": HERE.agent}
    assert document.at == to_text(lived.clock.now() - MINUTE)
    assert (document.actor_id, document.subject.id) == (None, lived.technician.id)
    assert len(document.hash) == 64


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ({"action": "login"}, lambda firm, entry: entry.action == "login"),
        ({"action": "nothing"}, lambda firm, entry: False),
        ({"outcome": "failure"}, lambda firm, entry: entry.outcome is Outcome.FAILURE),
        ({"actor_id": "technician"}, lambda firm, entry: entry.actor_id == firm.technician.id),
        (
            {"subject_id": "another"},
            lambda firm, entry: entry.subject and entry.subject.id == firm.another.id,
        ),
        ({"from_": 2}, lambda firm, entry: entry.at >= firm.start + 2 * MINUTE),
        ({"to": 2}, lambda firm, entry: entry.at < firm.start + 2 * MINUTE),
        ({"from_": 1, "to": 2}, lambda firm, entry: 1 <= (entry.at - firm.start) / MINUTE < 2),
        (
            {"action": "login", "outcome": "success", "subject_id": "technician"},
            lambda firm, entry: entry.action == "login" and entry.outcome is Outcome.SUCCESS,
        ),
    ],
    ids=("action", "no action", "outcome", "actor", "subject", "from", "to", "from and to", "three at once"),
)
def test_a_filter_narrows_the_list_to_what_fits(lived, query, fits):
    lived.start = lived.told()[0].at
    asked = {
        name: to_text(lived.start + value * MINUTE)
        if isinstance(value, int)
        else getattr(lived, value).id
        if name.endswith("_id")
        else value
        for name, value in query.items()
    }
    page, cursor = listed(lived, limit=200, **asked)
    wanted = [entry.id for entry in reversed(lived.told()) if fits(lived, entry)]
    assert [document.id for document in page] == wanted
    assert cursor is None


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ({"limit": 0}, ["/limit"]),
        ({"limit": 201, "outcome": "x", "from_": "yesterday"}, ["/from", "/limit", "/outcome"]),
        ({"actor_id": "x", "subject_id": "y"}, ["/actor_id", "/subject_id"]),
        ({"since": "2026-01-01T00:00:00Z"}, ["/since"]),
        ({"cursor": "x", "nonsense": "y"}, ["/cursor", "/nonsense"]),
        ({"action": ""}, ["/action"]),
        ({"action": "a\x00b"}, ["/action"]),
    ],
    ids=str,
)
def test_every_bad_parameter_is_named_at_once(firm, query, wrong):
    assert pointers(refused(errors.Invalid, listed, firm, **query)) == wrong


def test_a_cursor_is_good_for_its_reader_only(lived):
    second = lived.hire("second@example.com", "ADMINISTRATOR")
    _, cursor = listed(lived, limit=1)
    listed(lived, limit=1, cursor=cursor)
    assert pointers(refused(errors.Invalid, listed, lived, second, cursor=cursor)) == ["/cursor"]


def meddled(firm, job, version, **parts):
    entries = firm.memory._state.histories[job.id]
    entries[version - 1] = replace(entries[version - 1], **parts)


def test_every_history_is_verified_and_the_job_named_that_breaks(firm):
    jobs = [firm.dispatched() for _ in range(3)]
    told = []
    assert trail.verify_histories(firm.ports, told.append) == 3
    assert told == [3]
    meddled(firm, jobs[1], 2, hash=bytes(32))
    broken = refused(BrokenChain, trail.verify_histories, firm.ports)
    assert broken.version == 2
    assert broken.detail.startswith(f"job {jobs[1].id}: entry 2 ")


def test_a_job_that_is_not_what_its_history_says_and_a_history_that_was_cut_off_are_named(firm):
    job = firm.dispatched()
    state = firm.memory._state
    stored, entries = state.jobs[job.id], list(state.histories[job.id])
    state.jobs[job.id] = replace(stored, amount="1.00")
    assert "'amount' is not what" in refused(BrokenChain, trail.verify_histories, firm.ports).detail
    state.jobs[job.id] = stored
    del state.histories[job.id][-1]
    assert refused(BrokenChain, trail.verify_histories, firm.ports).version == len(entries)
    state.histories[job.id] = entries
    sealed = b'{"action":"erase"'
    meddled(firm, job, 4, sealed=sealed, hash=chained(entries[2].hash, sealed))
    assert refused(BrokenChain, trail.verify_histories, firm.ports).version == 4


class Moving:
    """Jobs that move on between two reads of one."""

    def __init__(self, jobs, work):
        self._jobs = jobs
        self._work = work
        self.page = jobs.page
        self.get = jobs.get

    def history(self, job_id):
        if self._work:
            self._work.pop()()
        return self._jobs.history(job_id)


def test_histories_verify_beside_a_writer(firm):
    job = firm.create()
    steps = [
        lambda: firm.do(firm.administrator, job, "cancel", reason="Moved"),
        lambda: firm.do(firm.administrator, job, "confirm"),
    ]
    ports = firm.ports_with(jobs=Moving(firm.ports.store.jobs, steps))
    assert trail.verify_histories(ports) == 1
    assert steps == []
    assert PASSWORD not in repr(firm.told())
