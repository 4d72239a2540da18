"""Search: every word, the last one also as a prefix, in number, title, description, customer and street."""

import pytest
from hypothesis import given

from hosanna_core.model.customer import Customer, Site
from hosanna_core.model.query import JobFilter
from hosanna_core.model.schedule import Window
from hosanna_core.model.status import Priority, Status
from hosanna_core.rules.filters import matches
from hosanna_core.rules.words import LONGEST, asked, split, words_of
from hosanna_core.testing.samples import START, a_job, id_of
from hosanna_core.testing.strategies import work
from hosanna_core.testing.strategies.basics import texts

JOB = a_job(
    123,
    title="Replace main panel",
    description="200A service, west wall",
    customer=Customer("Zoë Müller-Straße", "+43 660 123", "zoe@example.com"),
    site=Site("12 Æblevej", "Wien", "1010"),
    window=Window(START, START + 1000),
)


def finds(question, job=JOB):
    words, prefix = asked(question)
    return matches(job, JobFilter(words=words, prefix=prefix))


@pytest.mark.parametrize(
    "question",
    [
        "panel",
        "PANEL main",
        "main rep",
        "zoe",
        "Zoë",
        "ZOE\u0308",
        "muller",
        "MÜLLER strasse",
        "STRASSE",
        "æblevej",
        "200a",
        "example",
        "660",
        "J-000123",
        "j-000123",
        "j-0001",
        "000123",
        "panel, main!",
        "  wall\twest ",
        "ｐａｎｅｌ",
        "",
        "...",
    ],
)
def test_a_job_is_found_by(question):
    assert finds(question)


@pytest.mark.parametrize(
    "question",
    ["pan main", "p", "panels", "anel", "main panel broken", "wien", "1010", "J-000124", "wall z"],
)
def test_a_job_is_not_found_by(question):
    assert not finds(question)


def test_only_the_last_word_may_be_a_beginning():
    assert asked("pan upg") == (("pan",), "upg")
    assert asked("panel u") == (("panel", "u"), None)
    assert asked("up") == ((), "up")


def test_a_single_letter_is_asked_for_as_a_whole_word():
    lettered = a_job(5, title="Circuit B")
    assert finds("b", lettered)
    assert not finds("c", lettered)


def test_a_word_that_is_asked_for_twice_counts_once():
    assert asked("panel panel panel upg") == (("panel",), "upg")


def test_a_long_word_is_cut_off_on_both_sides():
    long = a_job(5, title="x" * 200)
    assert max(map(len, words_of(long))) == LONGEST
    assert finds("x" * 200, long)
    assert finds("x" * (LONGEST - 1), long)


def test_a_job_number_is_one_word_and_also_its_digits():
    assert split("see J-000123a and proj-12") == ["see", "j-000123", "a", "and", "proj", "12"]
    assert {"j-1000000", "1000000"} <= words_of(a_job(1_000_000))
    assert {"j-000123", "000123", "123"} <= words_of(a_job(123))


def test_a_job_without_description_phone_and_address_is_found_by_the_rest():
    bare = a_job(7, customer=Customer("Ann"), description=None)
    assert finds("ann", bare)
    assert "none" not in words_of(bare)


@given(texts(), texts())
def test_words_stay_what_they_are_when_they_are_split_again_in_other_company(one, other):
    assert split(f"{one} {other}") == [*split(one), *split(other)]


@given(work.jobs())
def test_every_job_is_found_by_each_of_its_own_words(job):
    for word in words_of(job):
        assert matches(job, JobFilter(words=(word,)))
        assert matches(job, JobFilter(prefix=word[:2]))


@given(work.jobs())
def test_every_job_is_found_by_its_title_and_by_its_number(job):
    titled = " ".join(split(job.title))
    assert finds(titled, job)
    assert finds(f"J-{job.number:06d}", job)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (JobFilter(), True),
        (JobFilter(statuses=frozenset({Status.TENTATIVE, Status.BILLED})), True),
        (JobFilter(statuses=frozenset({Status.BILLED})), False),
        (JobFilter(technician_id=id_of(1)), False),
        (JobFilter(priority=Priority.NORMAL), True),
        (JobFilter(priority=Priority.LOW), False),
        (JobFilter(created_from=JOB.created_at, created_to=JOB.created_at + 1), True),
        (JobFilter(created_from=JOB.created_at + 1), False),
        (JobFilter(created_to=JOB.created_at), False),
        (JobFilter(window_from=START, window_to=START + 1), True),
        (JobFilter(window_from=START + 1), False),
        (JobFilter(window_to=START), False),
    ],
)
def test_ranges_hold_their_beginning_and_not_their_end(wanted, found):
    assert matches(JOB, wanted) == found


@pytest.mark.parametrize("wanted", [JobFilter(window_from=0), JobFilter(window_to=START * 2)])
def test_a_job_without_a_window_lies_in_no_range_of_windows(wanted):
    assert not matches(a_job(1), wanted)
