"""Lists: filters only narrow the view, cursors belong to one caller and one order, nothing is repeated or skipped."""

import itertools
import json

import pytest
from tests.rules.tables import STATUSES
from tests.usecases.firm import NOBODY, REASON, TOUCHING, VISIT, Firm
from tests.usecases.test_refusals import SEES

from hosanna_core import errors
from hosanna_core.model.instants import to_text
from hosanna_core.model.people import Actor, Role
from hosanna_core.usecases import jobs

ACTORS = ("administrator", "office", "technician", "another")


def page(firm, actor, **query):
    """One page's documents, and the cursor that goes on."""
    asked = {name: value if isinstance(value, list) else [value] for name, value in query.items()}
    found, cursor = jobs.list_jobs(firm.ports, actor, asked)
    return [json.loads(row.body) for row in found.rows], cursor


def everything(firm, actor, **query):
    """All pages of a list."""
    found, cursor = page(firm, actor, **query)
    while cursor is not None:
        rows, cursor = page(firm, actor, **query, cursor=cursor)
        found += rows
    return found


def ids(rows):
    return [row["id"] for row in rows]


def pointers(firm, **query):
    with pytest.raises(errors.Invalid) as refused:
        page(firm, firm.administrator, **query)
    return sorted(flaw.pointer for flaw in refused.value.flaws)


@pytest.fixture(scope="module")
def busy():
    """A firm with two jobs in every status, of two technicians, and a TENTATIVE one that was cancelled."""
    firm = Firm()
    priorities = itertools.cycle(("LOW", "EMERGENCY", "NORMAL", "HIGH"))
    for status in STATUSES:
        firm.in_status(status, title=f"Main {status}", priority=next(priorities), window=None)
        firm.clock.step(1000)
    for _ in range(2):
        firm.dispatched(firm.another, title="Theirs", priority=next(priorities))
    firm.do(firm.administrator, firm.create(title="Withdrawn"), "cancel", **REASON)
    firm.create(title="Later", window=TOUCHING)
    firm.create(title="Sooner", window=VISIT)
    return firm


def visible(firm, name):
    """What *name* gets one by one."""
    found = set()
    for job_id in firm.memory._state.jobs:
        try:
            found.add(firm.get(firm.actor(name), job_id).id)
        except errors.NotFound:
            continue
    return found


@pytest.mark.parametrize("name", ACTORS)
@pytest.mark.parametrize("sort", ["-created_at", "created_at", "priority", "window"])
def test_a_list_shows_exactly_what_can_be_got_one_by_one_in_every_order(busy, name, sort):
    rows = everything(busy, busy.actor(name), sort=sort, limit="3")
    assert set(ids(rows)) == visible(busy, name)
    assert len(rows) == len(set(ids(rows)))


@pytest.mark.parametrize("name", ACTORS)
@pytest.mark.parametrize("status", STATUSES)
def test_asking_for_what_one_may_not_see_gives_an_empty_page(busy, name, status):
    rows, cursor = page(busy, busy.actor(name), status=status, limit="200")
    assert {row["status"] for row in rows} <= {status}
    if name == "office" and status == "CANCELLED":
        assert "Withdrawn" not in {row["title"] for row in rows}
    elif status not in SEES[name] and not (name == "another" and status == "DISPATCHED"):
        assert (rows, cursor) == ([], None)


def test_a_technician_who_asks_for_anothers_jobs_gets_an_empty_page(busy):
    assert page(busy, busy.technician, technician_id=busy.another.id) == ([], None)
    assert page(busy, busy.technician, technician_id=NOBODY) == ([], None)
    assert ids(everything(busy, busy.technician, technician_id=busy.technician.id)) == ids(
        everything(busy, busy.technician)
    )


def test_several_statuses_are_any_of_them(busy):
    rows = everything(busy, busy.administrator, status=["BILLED", "ON_HOLD"])
    assert {row["status"] for row in rows} == {"BILLED", "ON_HOLD"}


def test_the_orders_are_those_of_the_page(busy):
    def listed(sort, field):
        return [row[field] for row in everything(busy, busy.administrator, sort=sort)]

    assert listed("created_at", "created_at") == sorted(listed("created_at", "created_at"))
    assert ids(everything(busy, busy.administrator)) == listed("created_at", "id")[::-1]
    ranks = ["EMERGENCY", "HIGH", "NORMAL", "LOW"]
    assert listed("priority", "priority") == sorted(listed("priority", "priority"), key=ranks.index)
    assert listed("window", "title")[:2] == ["Sooner", "Later"]
    assert not any(listed("window", "window")[2:])


def test_ranges_hold_their_beginning_and_not_their_end(busy):
    created = sorted(row["created_at"] for row in everything(busy, busy.administrator))
    inside = everything(busy, busy.administrator, created_from=created[2], created_to=created[5])
    assert sorted(row["created_at"] for row in inside) == [
        at for at in created if created[2] <= at < created[5]
    ]
    windows = everything(busy, busy.administrator, window_from=VISIT["start"], window_to=TOUCHING["start"])
    assert [row["title"] for row in windows] == ["Sooner"]


@pytest.mark.parametrize(
    ("question", "titles"),
    [
        ("main bil", {"Main BILLED"}),
        ("MAIN TENTATIVE", {"Main TENTATIVE"}),
        ("theirs", {"Theirs"}),
        ("nothing", set()),
    ],
)
def test_a_question_finds_every_word_and_the_last_as_a_beginning(busy, question, titles):
    assert {row["title"] for row in everything(busy, busy.administrator, q=question)} == titles


def test_a_question_finds_nothing_that_one_may_not_see(busy):
    assert page(busy, busy.office, q="Withdrawn") == ([], None)
    assert everything(busy, busy.technician, q="Theirs") == []


def test_a_list_reads_what_was_just_written_and_shows_the_same_document_as_a_get(firm):
    job = firm.confirmed(window=VISIT, description="West wall")
    (row,) = everything(firm, firm.office)
    assert (row["id"], row["status"], row["version"]) == (job.id, "CONFIRMED", 2)
    assert row["window"] == VISIT
    assert row["created_at"] == to_text(job.created_at)


def test_paging_while_the_list_changes_neither_repeats_nor_skips_what_did_not_change(firm):
    steady = [firm.create(title=f"Job {number}").id for number in range(9)]
    first, cursor = page(firm, firm.administrator, sort="created_at", limit="3")
    firm.do(firm.administrator, steady[2], "confirm")
    firm.do(firm.administrator, steady[5], "cancel", **REASON)
    new = firm.create(title="New").id
    rest, _ = page(firm, firm.administrator, sort="created_at", limit="50", cursor=cursor)
    assert ids(first + rest) == [*steady, new]


def test_a_cursor_goes_on_where_its_row_has_left_the_list(firm):
    made = [firm.create(title=f"Job {number}") for number in range(4)]
    first, cursor = page(firm, firm.administrator, status="TENTATIVE", sort="created_at", limit="2")
    firm.do(firm.administrator, made[1], "confirm")
    rest, _ = page(firm, firm.administrator, status="TENTATIVE", sort="created_at", cursor=cursor)
    assert ids(first + rest) == [job.id for job in made]


def test_the_last_page_says_that_it_is_the_last(firm):
    for number in range(4):
        firm.create(title=f"Job {number}")
    _, cursor = page(firm, firm.administrator, limit="2")
    rows, end = page(firm, firm.administrator, limit="2", cursor=cursor)
    assert (len(rows), end) == (2, None)
    assert page(Firm(), firm.administrator) == ([], None)


def test_a_cursor_belongs_to_one_caller_and_one_order(busy):
    _, cursor = page(busy, busy.administrator, limit="2")
    for actor, sort in ((busy.office, "-created_at"), (busy.administrator, "created_at")):
        with pytest.raises(errors.Invalid):
            page(busy, actor, sort=sort, cursor=cursor)
    assert page(busy, busy.administrator, limit="2", cursor=cursor)[0]


def test_a_cursor_of_a_former_role_is_none(busy):
    _, cursor = page(busy, busy.administrator, limit="2")
    with pytest.raises(errors.Invalid):
        page(busy, Actor(busy.administrator.id, Role.OFFICE_MANAGER), cursor=cursor)


@pytest.mark.parametrize(
    "forge", [lambda c: c[:-2], lambda c: "A" + c[1:], lambda c: c + "AAAA", lambda c: c[::-1]]
)
def test_a_cursor_that_was_meddled_with_is_none(busy, forge):
    _, cursor = page(busy, busy.administrator, limit="2")
    assert pointers(busy, cursor=forge(cursor)) == ["/cursor"]


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ({"limit": "0"}, ["/limit"]),
        ({"limit": "201"}, ["/limit"]),
        ({"limit": "ten"}, ["/limit"]),
        ({"limit": "-1", "sort": "age", "status": ["OPEN"]}, ["/limit", "/sort", "/status/0"]),
        ({"limit": ["1", "2"]}, ["/limit"]),
        ({"nonsense": "1"}, ["/nonsense"]),
        ({"cursor": ""}, ["/cursor"]),
        ({"cursor": "ü"}, ["/cursor"]),
        ({"cursor": "x" * 601}, ["/cursor"]),
        ({"technician_id": "me"}, ["/technician_id"]),
        ({"priority": "high"}, ["/priority"]),
        ({"created_from": "2026-03-01"}, ["/created_from"]),
        ({"window_to": "2026-03-01T00:00:00"}, ["/window_to"]),
        ({"q": "x" * 201}, ["/q"]),
        ({"q": "a\x00b"}, ["/q"]),
    ],
)
def test_every_bad_parameter_is_named(busy, query, wrong):
    assert pointers(busy, **query) == wrong


def test_a_page_has_fifty_rows_unless_told_otherwise(firm):
    for number in range(51):
        firm.create(title=f"Job {number}")
    rows, cursor = page(firm, firm.administrator)
    assert len(rows) == 50
    assert cursor is not None
