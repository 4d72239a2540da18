"""Bad input: every bad field is named at once, where it stands."""

import pytest

from hosanna_core.errors import Flaw, Invalid
from hosanna_core.usecases.forms import JobForm
from hosanna_core.usecases.jobs import list_jobs
from hosanna_core.usecases.judging import Unparsed
from hosanna_core.usecases.roster import list_technicians
from hosanna_core.usecases.user_forms import AvailabilityForm, ProfileForm


def named(work):
    """The pointers of every flaw that *work* is refused with."""
    with pytest.raises(Invalid) as refused:
        work()
    return [flaw.pointer for flaw in refused.value.flaws]


def test_a_cursor_that_is_none_is_named_beside_the_other_flaws(firm):
    query = {"limit": ["x"], "cursor": ["abc"], "sort": ["sideways"], "foo": ["1"]}
    assert sorted(named(lambda: list_jobs(firm.ports, firm.administrator, query))) == [
        "/cursor",
        "/foo",
        "/limit",
        "/sort",
    ]
    query = {"available_from": ["2026-03-01T00:00:00Z"], "cursor": ["zz"]}
    assert named(lambda: list_technicians(firm.ports, firm.office, query)) == ["/available_to", "/cursor"]


def test_every_preference_and_every_weekday_is_named_where_it_stands():
    body = {"full_name": "Ann", "preferences": {"a": [], "b": {}, "ok": 1}}
    assert named(lambda: Unparsed.of(body).judge(ProfileForm)) == ["/preferences/a", "/preferences/b"]
    body = {"timezone": "localtime", "hours": {"xyz": [], "mon": [["8", "9"]], "tue": [["08:00", "17:00"]]}}
    assert named(lambda: Unparsed.of(body).judge(AvailabilityForm)) == [
        "/timezone",
        "/hours/xyz",
        "/hours/mon/0",
    ]


@pytest.mark.parametrize(
    "title", ["\u200b", "\ufeff", "\u00ad", " \u2003 ", "\u202eevil", "two\nlines", "\x00"]
)
def test_text_that_nobody_can_see_or_that_deceives_is_no_text(title):
    body = {
        "title": title,
        "customer": {"name": "Ann"},
        "site": {"street": "1 Main St"},
        "priority": "NORMAL",
        "required_skills": [],
        "duration_minutes": 60,
    }
    with pytest.raises(Invalid) as refused:
        Unparsed.of(body).judge(JobForm)
    assert [flaw.pointer for flaw in refused.value.flaws] == ["/title"]


def test_text_of_every_language_is_text():
    body = {"full_name": "मीना \u200dशर्मा — O’Neil\u200f", "phone": None}
    assert Unparsed.of(body).judge(ProfileForm).full_name.startswith("मीना")


def test_a_flaw_is_a_value():
    assert Flaw("/a", "must be text") == Flaw("/a", "must be text") != Flaw("/b", "must be text")
