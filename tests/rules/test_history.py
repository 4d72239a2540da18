"""SPEC section 6: a history that shows every tampering, and stays whole when something is erased."""

import itertools
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.rules.tables import ADMINISTRATOR, ANOTHER, TECHNICIAN

from hosanna_core.errors import BrokenChain
from hosanna_core.model.customer import Customer
from hosanna_core.model.details import Order
from hosanna_core.model.documents import body_of
from hosanna_core.model.entry import Facts
from hosanna_core.model.ids import HOUR, MINUTE
from hosanna_core.model.schedule import Window
from hosanna_core.model.status import Action, Priority, Status
from hosanna_core.rules import decisions, history
from hosanna_core.rules.lifecycle import STANDARD
from hosanna_core.testing.samples import START, a_calendar, a_job, id_of
from hosanna_core.testing.strategies import work

CALENDARS = {actor.id: a_calendar(actor.id) for actor in (TECHNICIAN, ANOTHER)}
KEY = b"k" * 32
ABSENT_FROM_THE_SEAL = {
    "title": "Rewire the secret lab",
    "description": "Behind the false wall",
    "customer": "Ann Lee",
    "site": "1 Hidden Lane",
    "reason": "Their mother is ill",
    "work_summary": "Found a safe",
    "invoice_number": "INV-ANNLEE",
}


def sealed(decision):
    """What a commit stores: the job with its chain carried on, and the entry."""
    entry = history.seal(decision.job.chain, decision.facts, decision.job.id, decision.job.subject_key)
    return msgspec.structs.replace(decision.job, chain=entry.hash), entry


def created(details, number=1):
    return decisions.create(
        details,
        job_id=id_of(number),
        number=number,
        subject_key=bytes([number]) * 32,
        customers_key=KEY,
        actor_id=ADMINISTRATOR.id,
        now=START,
    )


def details_of(**parts):
    return msgspec.structs.replace(decisions.details_of(a_job(1)), **parts)


def lived(details=None, number=1):
    """A job after a full life, with its history: edited, assigned, sent back, completed and billed."""
    job, entry = sealed(created(details or details_of(), number))
    states, entries = [job], [entry]

    def on(action, **order):
        nonlocal job
        moved = decisions.transition(
            job,
            Action(action),
            Order(**order),
            CALENDARS,
            actor_id=TECHNICIAN.id,
            now=job.updated_at + MINUTE,
        )
        job, entry = sealed(moved)
        states.append(job)
        entries.append(entry)

    edited = decisions.edit(
        job,
        msgspec.structs.replace(decisions.details_of(job), description="Bring the long ladder"),
        customers_key=KEY,
        actor_id=ADMINISTRATOR.id,
        now=START + 1,
    )
    job, entry = sealed(edited)
    states.append(job)
    entries.append(entry)
    on("confirm")
    on("assign", technician_id=TECHNICIAN.id, window=Window(START, START + 2 * HOUR))
    on("dispatch")
    on("start")
    on("hold", reason="No power at the pole")
    on("return_visit", reason="Part on order")
    on("assign", technician_id=ANOTHER.id)
    on("dispatch")
    on("start")
    on("complete", work_summary="Replaced the panel")
    on("bill", invoice_number="INV-7", amount="1250.00")
    return states, entries


STATES, ENTRIES = lived()
JOB = STATES[-1]


def breaks_at(version, entries, job=JOB):
    with pytest.raises(BrokenChain) as broken:
        history.verify(job, entries)
    assert broken.value.version == version


def with_entry(version, **parts):
    changed = list(ENTRIES)
    changed[version - 1] = msgspec.structs.replace(ENTRIES[version - 1], **parts)
    return changed


def test_a_history_verifies_and_numbers_its_entries_from_one_without_a_gap():
    history.verify(JOB, ENTRIES)
    assert [entry.version for entry in ENTRIES] == list(range(1, JOB.version + 1))


def test_each_hash_covers_the_one_before_it():
    previous = b""
    for entry in ENTRIES:
        assert entry.hash == history.chained(previous, entry.sealed)
        previous = entry.hash
    assert previous == JOB.chain


@pytest.mark.parametrize("version", range(1, len(ENTRIES) + 1))
def test_an_altered_seal_is_found_where_it_was_altered(version):
    forged = ENTRIES[version - 1].sealed.replace(b'"at":', b'"at":1')
    breaks_at(version, with_entry(version, sealed=forged))


@pytest.mark.parametrize("version", range(1, len(ENTRIES) + 1))
def test_an_altered_hash_is_found_where_it_was_altered(version):
    breaks_at(version, with_entry(version, hash=bytes(32)))


@pytest.mark.parametrize("version", range(1, len(ENTRIES) + 1))
def test_a_removed_entry_is_found_where_it_is_missing(version):
    breaks_at(version, [entry for entry in ENTRIES if entry.version != version])


@pytest.mark.parametrize("version", range(1, len(ENTRIES)))
def test_a_removed_entry_is_found_also_when_the_rest_is_numbered_anew(version):
    rest = [entry for entry in ENTRIES if entry.version != version]
    breaks_at(version, [msgspec.structs.replace(entry, version=n) for n, entry in enumerate(rest, start=1)])


@pytest.mark.parametrize("version", range(1, len(ENTRIES)))
def test_two_entries_in_each_others_place_are_found_at_the_first_of_them(version):
    swapped = list(ENTRIES)
    swapped[version - 1], swapped[version] = swapped[version], swapped[version - 1]
    breaks_at(version, swapped)


@pytest.mark.parametrize("kept", range(len(ENTRIES)))
def test_a_history_that_was_cut_off_is_found_at_its_end(kept):
    breaks_at(kept + 1, ENTRIES[:kept])


def test_a_job_that_claims_another_version_than_its_history_ends_at_is_found():
    breaks_at(len(ENTRIES) + 1, ENTRIES, msgspec.structs.replace(JOB, version=JOB.version + 1))


def test_an_entry_too_many_is_found():
    facts = Facts(version=JOB.version + 1, at=START, actor_id=None, action="edit", source=Status.BILLED,
                  target=Status.BILLED, changes={})  # fmt: skip
    more = history.seal(JOB.chain, facts, JOB.id, JOB.subject_key)
    breaks_at(JOB.version + 2, [*ENTRIES, more])


@pytest.mark.parametrize(
    ("version", "name", "value"),
    [
        (1, "title", "Another title"),
        (1, "customer", {"name": "Ann Lee", "phone": None, "email": None}),
        (2, "description", "Bring nothing"),
        (7, "reason", "No reason at all"),
        (12, "work_summary", None),
        (3, "description", "An open value that was never sealed"),
        (3, "reason", "A reason that was never given"),
    ],
)
def test_an_open_value_that_was_changed_or_added_is_found(version, name, value):
    breaks_at(version, with_entry(version, open={**ENTRIES[version - 1].open, name: value}))


def test_an_open_value_that_vanished_is_found_and_so_is_a_key_that_did():
    breaks_at(1, with_entry(1, open={name: ENTRIES[0].open[name] for name in ("title", "site")}))
    erased = msgspec.structs.replace(JOB, subject_key=b"")
    breaks_at(1, ENTRIES, erased)


@pytest.mark.parametrize("parts", [{"title": "Another"}, {"duration_minutes": 1}, {"priority": Priority.LOW}])
def test_a_job_that_is_not_what_its_history_says_is_found(parts):
    history.verify_job(JOB, ENTRIES)
    with pytest.raises(BrokenChain, match=next(iter(parts))):
        history.verify_job(msgspec.structs.replace(JOB, **parts), ENTRIES)


def test_the_history_of_another_job_does_not_pass_for_this_ones_even_when_everything_open_is_erased():
    others, entries = lived(number=2)
    entries = [msgspec.structs.replace(entry, open={}) for entry in entries]
    stolen = msgspec.structs.replace(JOB, chain=others[-1].chain)
    assert stolen.version == others[-1].version
    breaks_at(1, entries, stolen)


def test_no_personal_or_free_text_stands_in_a_sealed_entry():
    details = details_of(
        title=ABSENT_FROM_THE_SEAL["title"],
        description=ABSENT_FROM_THE_SEAL["description"],
        customer=Customer(ABSENT_FROM_THE_SEAL["customer"], "+1 512 555 0199", "ann.lee@example.org"),
        site=msgspec.structs.replace(a_job(1).site, street=ABSENT_FROM_THE_SEAL["site"]),
    )
    job, first = sealed(created(details))
    facts = Facts(
        version=2, at=START, actor_id=ADMINISTRATOR.id, action="cancel", source=Status.TENTATIVE,
        target=Status.CANCELLED, reason=ABSENT_FROM_THE_SEAL["reason"],
        changes={name: ABSENT_FROM_THE_SEAL[name] for name in ("work_summary", "invoice_number")},
    )  # fmt: skip
    second = history.seal(job.chain, facts, job.id, job.subject_key)
    words = [*ABSENT_FROM_THE_SEAL.values(), "512 555", "ann.lee", "Austin", "78701", "30.2672"]
    for word, entry in itertools.product(words, (first, second)):
        assert word.encode() not in entry.sealed


def test_equal_values_leave_different_digests_in_different_entries_and_jobs():
    def digest(entry):
        return json.loads(entry.sealed)["changes"]["title"]["hmac"]

    facts = Facts(version=1, at=START, actor_id=None, action="edit", source=None, target=Status.TENTATIVE,
                  changes={"title": "Panel"})  # fmt: skip
    one = history.seal(b"", facts, id_of(1), KEY)
    again = history.seal(b"", facts, id_of(1), KEY)
    later = history.seal(b"", msgspec.structs.replace(facts, version=2), id_of(1), KEY)
    other = history.seal(b"", facts, id_of(2), KEY)
    keyed = history.seal(b"", facts, id_of(1), b"x" * 32)
    assert one == again
    assert len({digest(entry) for entry in (one, later, other, keyed)}) == 4


def test_a_seal_is_canonical_json_that_names_its_job():
    read = json.loads(ENTRIES[3].sealed)
    assert ENTRIES[3].sealed == json.dumps(read, sort_keys=True, separators=(",", ":")).encode()
    assert (read["job"], read["version"], read["action"]) == (JOB.id, 4, "assign")
    assert (read["from"], read["to"]) == ("CONFIRMED", "ASSIGNED")
    assert read["changes"]["technician_id"] == TECHNICIAN.id


@pytest.mark.parametrize("version", range(1, len(ENTRIES) + 1))
def test_the_past_is_folded_from_the_history_word_for_word(version):
    assert history.fold(JOB, ENTRIES[:version]) == STATES[version - 1]
    assert body_of(history.fold(JOB, ENTRIES[:version])) == body_of(STATES[version - 1])
    assert history.at_version(JOB, ENTRIES, version) == STATES[version - 1]


def test_as_of_is_what_was_true_at_an_instant_the_instant_of_a_change_included():
    for state, following in itertools.pairwise(STATES):
        assert history.as_of(JOB, ENTRIES, state.updated_at) == state
        assert history.as_of(JOB, ENTRIES, following.updated_at - 1) == state
    assert history.as_of(JOB, ENTRIES, START - 1) is None
    assert history.as_of(JOB, ENTRIES, JOB.updated_at + HOUR) == JOB


def test_what_was_erased_reads_as_erased():
    erased = [msgspec.structs.replace(entry, open={}) for entry in ENTRIES]
    past = history.fold(JOB, erased)
    assert (past.title, past.customer, past.site.street) == ("(erased)", Customer("(erased)"), "(erased)")
    assert (past.description, past.work_summary) == (None, None)
    assert (past.status, past.stages, past.window) == (JOB.status, JOB.stages, JOB.window)


def test_people_read_what_was_and_what_became_times_in_words_and_the_reason():
    shown = history.documents(ENTRIES)
    assert [entry.version for entry in shown] == list(range(1, 14))
    assert (shown[0].source, shown[0].target, shown[0].action) == (None, "TENTATIVE", "create")
    assert shown[1].changes == {"description": {"from": None, "to": "Bring the long ladder"}}
    assert shown[3].changes["window"] == {
        "from": None,
        "to": {"start": "2026-01-01T00:00:00Z", "end": "2026-01-01T02:00:00Z"},
    }
    assert shown[7].changes["technician_id"] == {"from": TECHNICIAN.id, "to": None}
    assert (shown[7].reason, shown[6].reason, shown[5].reason) == (
        "Part on order",
        "No power at the pole",
        None,
    )
    assert [entry.hash for entry in shown] == [entry.hash.hex() for entry in ENTRIES]


@given(work.details(), st.data())
def test_folding_a_whole_history_gives_the_job_again_whatever_happened_to_it(details, data):
    job, entry = sealed(created(details))
    entries = [entry]
    for _ in range(data.draw(st.integers(0, 12))):
        decision = _anything(job, data)
        if decision is None:
            break
        job, entry = sealed(decision)
        entries.append(entry)
    history.verify(job, entries)
    assert history.fold(job, entries) == job
    assert body_of(history.fold(job, entries)) == body_of(job)
    assert job.version == len(entries)


def _anything(job, data):
    """Any legal next step of *job*, an edit among them; None where there is none."""
    allowed = STANDARD.allowed(job.status)
    now = job.updated_at + data.draw(st.integers(0, HOUR))
    if not allowed:
        return None
    action = data.draw(st.sampled_from([*allowed, "edit"]))
    if action == "edit":
        kept = {} if job.status == "TENTATIVE" else {"window": job.window}
        wanted = msgspec.structs.replace(data.draw(work.details()), **kept)
        return decisions.edit(job, wanted, customers_key=KEY, actor_id=ADMINISTRATOR.id, now=now)
    start = START + data.draw(st.integers(0, 100)) * HOUR
    window = Window(start, start + job.duration_minutes * MINUTE)
    orders = {
        Action.ASSIGN: {"technician_id": TECHNICIAN.id, "override": True},
        Action.REASSIGN: {
            "technician_id": TECHNICIAN.id if job.technician_id == ANOTHER.id else ANOTHER.id,
            "window": window,
            "override": True,
        },
        Action.RESCHEDULE: {"window": window, "override": True},
        Action.COMPLETE: {"work_summary": data.draw(st.none() | st.text(min_size=1, max_size=9))},
        Action.BILL: {"invoice_number": "7", "amount": "12.50"},
    }
    order = Order(reason="Because" if STANDARD.step(action).reasoned else None, **orders.get(action, {}))
    return decisions.transition(job, action, order, CALENDARS, actor_id=TECHNICIAN.id, now=now)
