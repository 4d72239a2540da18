"""Who can take a job, who should, and why not: through the use case, on the memory store."""

import dataclasses

import pytest
from tests.usecases.asking import (
    AT,
    LATER,
    TEN,
    asked,
    available,
    booked,
    confirmed,
    finished,
    names,
    of,
    score,
    verdict,
)
from tests.usecases.firm import HERE, NOBODY, REASON, VISIT, pointers, refused

from hosanna_core.errors import (
    DoubleBooking,
    IllegalTransition,
    Invalid,
    NoCandidate,
    NotFound,
    PermissionDenied,
    PreconditionFailed,
)
from hosanna_core.model.instants import to_millis
from hosanna_core.usecases import candidates, jobs, users
from hosanna_core.usecases.judging import Unparsed


def test_everybody_is_told_rule_by_rule_and_score_by_score(firm):
    found = asked(firm, confirmed(firm))
    assert len(found.items) == 2
    for each in found.items:
        assert each.fits
        assert [told.rule for told in each.verdicts] == [
            "active", "skills", "hours", "time_off", "overlap", "daily_maximum", "travel",
        ]  # fmt: skip
        assert [told.name for told in each.scores] == ["travel", "fortnight", "day", "continuity", "rarity"]
        assert each.total == pytest.approx(sum(told.contribution for told in each.scores), abs=0.001)
    assert (found.action, found.conflicts, found.relaxations) == ("assign", [], [])


def test_who_fits_comes_before_who_does_not_and_says_how_far_ahead_of_the_next(firm):
    booked(firm, firm.technician, window=TEN)
    found = asked(firm, confirmed(firm))
    assert names(found) == ["theo", "tess"]
    first, second = found.items
    assert (first.behind, second.behind) == (0, found.runner_up_margin)
    assert found.runner_up_margin == pytest.approx(first.total - second.total)
    booked(firm, firm.another)
    only = asked(firm, confirmed(firm))
    assert [(each.technician.full_name, each.fits) for each in only.items] == [
        ("tess", True),
        ("theo", False),
    ]
    assert only.runner_up_margin is None
    assert only.items[1].behind is None


def test_a_tie_is_broken_by_the_id(firm):
    assert names(asked(firm, confirmed(firm))) == ["tess", "theo"]


def test_who_has_worked_less_comes_first_where_all_else_is_equal(firm):
    booked(firm, firm.technician, window={"start": "2026-02-24T08:00:00Z", "end": "2026-02-24T16:00:00Z"})
    found = asked(firm, confirmed(firm))
    assert names(found) == ["theo", "tess"]
    assert score(found, firm.technician, "fortnight").value == 0.9
    assert score(found, firm.technician, "day").value == 1


def test_who_did_earlier_jobs_for_the_customer_or_at_the_site_is_preferred(firm):
    finished(firm, firm.another, window=None)
    same = asked(firm, confirmed(firm))
    assert names(same) == ["theo", "tess"]
    assert (
        score(same, firm.another, "continuity").why
        == "1 earlier job for this customer and 1 earlier job at this site"
    )
    site = asked(
        firm, confirmed(firm, customer={"name": "Bo"}, site={"street": "1 MAIN st.", "city": "austin"})
    )
    assert score(site, firm.another, "continuity").why == "1 earlier job at this site"
    other = asked(
        firm, confirmed(firm, customer={"name": "Bo"}, site={"street": "1 Main St", "city": "Waco"})
    )
    assert score(other, firm.another, "continuity").value == 0


def test_a_job_that_is_only_planned_makes_nobody_familiar(firm):
    booked(firm, firm.another, window=None)
    assert score(asked(firm, confirmed(firm)), firm.another, "continuity").value == 0


def test_a_rare_skill_is_not_spent_on_common_work(firm):
    available(firm, firm.technician, skills=[{"name": "solar"}])
    found = asked(firm, confirmed(firm))
    assert names(found) == ["theo", "tess"]
    assert score(found, firm.technician, "rarity").value == 0.5
    solar = asked(firm, confirmed(firm, required_skills=["Solar"]))
    assert [(each.technician.full_name, each.fits) for each in solar.items] == [
        ("tess", True),
        ("theo", False),
    ]


def test_the_way_from_the_visit_before_decides_who_is_there_in_time(firm):
    # By the kit's travel a tenth of a degree is 1,000 seconds.
    near = {**AT, "latitude": 30.05}
    booked(firm, firm.technician, site=AT)
    booked(firm, firm.another, site={**AT, "latitude": 30.1})
    found = asked(firm, confirmed(firm, site=near, window=LATER))
    assert [each.fits for each in found.items] == [True, True]
    assert verdict(found, firm.technician, "travel").margin.words.endswith("(8 min on the road)")
    far = asked(firm, confirmed(firm, site=AT, window=LATER))
    assert [(each.technician.full_name, each.fits) for each in far.items] == [("tess", True), ("theo", False)]
    late = verdict(far, firm.another, "travel")
    assert late.margin.words == "free from 10:17, needed from 10:10 (16 min on the road)"


def test_travel_keeps_nobody_from_being_assigned_by_hand(firm):
    booked(firm, firm.another, site={**AT, "latitude": 31.0})
    job = confirmed(firm, site=AT, window=LATER)
    assert not of(asked(firm, job), firm.another).fits
    assert firm.do(firm.administrator, job, "assign", technician_id=firm.another.id).status == "ASSIGNED"


def test_a_technician_without_a_home_is_neither_near_nor_far(firm):
    available(firm, firm.technician, home={"latitude": 30.0, "longitude": -97.0})
    found = asked(firm, confirmed(firm, site=AT))
    assert score(found, firm.technician, "travel").value == 1
    unknown = score(found, firm.another, "travel")
    assert (unknown.value, unknown.why) == (0.5, "the way is not known: counts as middling")


def test_coordinates_that_are_missing_make_everybody_equal(firm):
    available(firm, firm.technician, home={"latitude": 30.0, "longitude": -97.0})
    found = asked(firm, confirmed(firm))
    assert {score(found, each, "travel").value for each in (firm.technician, firm.another)} == {0.5}


def test_a_service_area_is_a_hard_rule_only_where_it_is_set(firm):
    home = {"latitude": 31.0, "longitude": -97.0}
    available(firm, firm.technician, home=home, service_area_km=50)
    available(firm, firm.another, home=home)
    job = confirmed(firm, site=AT)
    found = asked(firm, job)
    assert not verdict(found, firm.technician, "service_area").holds
    assert of(found, firm.another).fits
    with pytest.raises(StopIteration):
        verdict(found, firm.another, "service_area")
    assert (
        refused(Exception, firm.do, firm.administrator, job, "assign", technician_id=firm.technician.id).code
        == "not_available"
    )


def test_what_if_asks_about_another_window(firm):
    booked(firm, firm.technician)
    job = confirmed(firm)
    assert not of(asked(firm, job), firm.technician).fits
    later = asked(firm, job, window_start=LATER["start"], window_end=LATER["end"])
    assert of(later, firm.technician).fits
    assert later.window.start == LATER["start"]


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ({"window_start": LATER["start"]}, ["/window_end"]),
        ({"window_end": LATER["end"]}, ["/window_end"]),
        ({"window_start": LATER["end"], "window_end": LATER["start"]}, ["/window_end"]),
        ({"window_start": LATER["start"], "window_end": "2026-03-02T10:11:00Z"}, ["/window_end"]),
        ({"window_start": "soon", "window_end": LATER["end"]}, ["/window_start"]),
        ({"limit": "0", "colour": "red"}, ["/colour", "/limit"]),
    ],
)
def test_a_window_that_is_none_is_refused_by_name(firm, query, where):
    assert pointers(refused(Invalid, asked, firm, confirmed(firm), **query)) == where


def test_only_an_administrator_asks_and_only_about_what_is_there(firm):
    job = confirmed(firm)
    assert refused(PermissionDenied, asked, firm, job, by=firm.office).rule == "duty.see_candidates"
    refused(NotFound, asked, firm, job, by=firm.technician)
    refused(NotFound, candidates.job_candidates, firm.ports, firm.administrator, NOBODY, {})


def test_it_may_be_asked_whatever_the_status_and_says_what_would_take_one(firm):
    job = firm.create(window=VISIT)
    assert asked(firm, job).action is None
    job = firm.do(firm.administrator, job, "confirm")
    assert asked(firm, job).action == "assign"
    job = firm.do(firm.administrator, job, "assign", technician_id=firm.technician.id)
    found = asked(firm, job)
    assert found.action == "reassign"
    assert of(found, firm.technician).assigned
    assert of(found, firm.technician).fits
    assert asked(firm, firm.do(firm.office, job, "dispatch")).action is None


def test_limit_says_how_many_and_the_best_are_kept(firm):
    booked(firm, firm.technician, window=TEN)
    found = asked(firm, confirmed(firm), limit="1")
    assert names(found) == ["theo"]
    assert found.runner_up_margin is not None


def test_a_job_without_a_window_is_told_the_earliest_ones(firm):
    now = firm.ports.outside.now()
    day = {"mon": [["08:00", "17:00"]]}
    available(firm, firm.technician, hours=day)
    found = asked(firm, confirmed(firm, window=None))
    assert [told.rule for told in found.items[0].verdicts] == ["active", "skills"]
    by_name = {each.technician.full_name: each.window for each in found.earliest}
    assert by_name["tess"].start == "2026-01-05T08:00:00Z"
    assert by_name["tess"].end == "2026-01-05T09:00:00Z"
    assert to_millis(by_name["theo"].start) >= now


def nobody_fits(firm):
    """Tess lacks the skill, Theo has a visit; both hold all else."""
    available(firm, firm.another, skills=[{"name": "lift"}])
    other = booked(
        firm, firm.another, window={"start": "2026-03-02T07:00:00Z", "end": "2026-03-02T09:30:00Z"}
    )
    return other, confirmed(firm, required_skills=["lift"])


def test_where_nobody_fits_the_smallest_conflicts_and_what_would_help_are_told(firm):
    other, job = nobody_fits(firm)
    found = asked(firm, job)
    assert [each.rules for each in found.conflicts] == [("skills", "overlap")]
    by_name = {each.technician.full_name: each for each in found.relaxations}
    assert by_name["tess"].rules == ("skills",)
    assert by_name["tess"].words == "tess would have to hold lift"
    assert by_name["theo"].rules == ("overlap",)
    number = f"J-{other.number:06d}"
    assert by_name["theo"].words == f"start at 09:30 instead (theo), or override theo's overlap with {number}"


def test_the_window_that_is_suggested_is_taken(firm):
    _, job = nobody_fits(firm)
    (opening,) = asked(firm, job).earliest
    found = asked(firm, job, window_start=opening.window.start, window_end=opening.window.end)
    assert of(found, firm.another).fits
    window = {"start": opening.window.start, "end": opening.window.end}
    done = firm.do(firm.administrator, job, "assign", technician_id="auto", window=window)
    assert done.technician_id == firm.another.id


def test_a_skill_that_nobody_has_is_said_to_be_lacking_everywhere(firm):
    found = asked(firm, confirmed(firm, required_skills=["levitation"]))
    assert [(each.rules, each.words) for each in found.conflicts] == [
        (("skills",), "Every technician breaks skills: 2 of 2.")
    ]
    assert {each.rules for each in found.relaxations} == {("skills",)}


def test_where_there_is_no_technician_it_says_so(firm):
    for each in (firm.technician, firm.another):
        users.set_active(
            firm.ports, firm.administrator, each.id, active=False, body=Unparsed(b""), origin=HERE
        )
    found = asked(firm, confirmed(firm))
    assert (found.items, [each.words for each in found.conflicts]) == ([], ["There is no active technician."])


def test_auto_takes_the_best_and_the_history_says_why(firm):
    booked(firm, firm.technician, window=TEN)
    job = firm.do(firm.administrator, confirmed(firm), "assign", technician_id="auto")
    assert job.technician_id == firm.another.id
    entry = jobs.job_history(firm.ports, firm.administrator, job.id, {})[-1]
    why = entry.changes["auto"]["to"]
    assert why.startswith("Chosen automatically: the best of 2 who fit, ")
    assert "travel 20.0 of 40" in why
    assert "theo" not in why
    assert entry.changes["technician_id"]["to"] == firm.another.id


def test_auto_reassigns_to_the_best_other_one(firm):
    job = firm.do(firm.administrator, confirmed(firm), "assign", technician_id="auto")
    assert job.technician_id == firm.technician.id
    job = firm.do(firm.administrator, job, "reassign", technician_id="auto", **REASON)
    assert job.technician_id == firm.another.id
    entry = jobs.job_history(firm.ports, firm.administrator, job.id, {})[-1]
    assert (entry.reason, "the only one who fits" in entry.changes["auto"]["to"]) == (REASON["reason"], True)


def test_where_nobody_fits_auto_is_refused_with_the_conflicts_and_changes_nothing(firm):
    _, job = nobody_fits(firm)
    error = refused(NoCandidate, firm.do, firm.administrator, job, "assign", technician_id="auto")
    assert error.code == "no_candidate"
    assert [each.rules for each in error.conflicts] == [("skills", "overlap")]
    assert jobs.get_job(firm.ports, firm.administrator, job.id, {}) == job


def test_auto_is_refused_in_the_promised_order(firm):
    job = firm.create(window=VISIT, required_skills=["levitation"])
    body = {"technician_id": "auto"}
    refused(NotFound, firm.do, firm.administrator, NOBODY, "assign", **body)
    confirmed_job = firm.do(firm.administrator, job, "confirm")
    refused(PermissionDenied, firm.do, firm.office, confirmed_job, "assign", **body)
    both = refused(Invalid, firm.do, firm.administrator, job, "assign", **body, override=True, colour=1)
    assert pointers(both) == ["/colour", "/override"]
    refused(PreconditionFailed, firm.do, firm.administrator, job, "assign", if_match=9, **body)
    refused(IllegalTransition, firm.do, firm.administrator, job, "reassign", **body, **REASON)
    refused(NoCandidate, firm.do, firm.administrator, job, "assign", **body)


def test_auto_is_repeated_by_its_key(firm):
    job = confirmed(firm)
    first = firm.do(firm.administrator, job, "assign", key="k", technician_id="auto")
    assert firm.do(firm.administrator, job, "assign", key="k", technician_id="auto") == first


def test_whose_calendar_was_taken_meanwhile_is_passed_over_for_the_next_best(firm):
    job, other = confirmed(firm), confirmed(firm)

    def meanwhile():
        firm.do(firm.administrator, other, "assign", technician_id=firm.technician.id)

    firm.ledger.before.append(meanwhile)
    done = firm.do(firm.administrator, job, "assign", technician_id="auto")
    assert done.technician_id == firm.another.id


def test_by_hand_the_second_is_still_told_of_the_double_booking(firm):
    booked(firm, firm.technician)
    error = refused(
        DoubleBooking,
        firm.do,
        firm.administrator,
        confirmed(firm),
        "assign",
        technician_id=firm.technician.id,
    )
    overlap = next(each for each in error.verdict if each.rule == "overlap")
    assert overlap.margin.words == "free from 10:00, needed from 08:00"


class Counting:
    """A port that counts how often it is asked."""

    def __init__(self, port, count):
        self._port, self._count = port, count

    def __getattr__(self, name):
        method = getattr(self._port, name)

        def ask(*args, **kwargs):
            self._count.append(name)
            return method(*args, **kwargs)

        return ask


def test_the_store_is_asked_as_often_for_many_technicians_as_for_two(firm):
    def count():
        asks = []
        store = dataclasses.replace(
            firm.ports.store,
            **{
                name: Counting(getattr(firm.ports.store, name), asks)
                for name in ("jobs", "users", "calendars")
            },
        )
        ports = dataclasses.replace(firm.ports, store=store)
        candidates.job_candidates(ports, firm.administrator, job.id, {})
        return asks

    job = confirmed(firm, site=AT)
    booked(firm, firm.technician, window=TEN)
    few = count()
    for n in range(30):
        booked(firm, firm.hire(f"one{n}@example.com", "TECHNICIAN"), window=TEN)
    assert count() == few
    assert len(few) == 5


def test_windows_that_are_suggested_lie_within_two_weeks(firm):
    away = {"start": "2026-02-01T00:00:00Z", "end": "2026-04-30T00:00:00Z"}
    for each in (firm.technician, firm.another):
        available(firm, each, time_off=[away])
    found = asked(firm, confirmed(firm))
    assert found.earliest == []
    assert {each.window for each in found.relaxations} == {None}
