"""PATCH is a merge patch of the fields of POST, of one version, and only of what is still open."""

import pytest
from tests.rules.tables import STATUSES
from tests.usecases.firm import OVERLAPPING, VISIT

from hosanna_core import errors
from hosanna_core.usecases.merging import merge


def edit(firm, patch, job=None):
    return firm.patch(firm.administrator, job or firm.create(description="Old", window=VISIT), patch)


def pointers(firm, patch, job=None):
    with pytest.raises(errors.Invalid) as refused:
        edit(firm, patch, job)
    return sorted(flaw.pointer for flaw in refused.value.flaws)


# The examples of RFC 7396, appendix A.
@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_patch_merges_as_the_rfc_says(target, patch, result):
    assert merge(target, patch) == result


def test_what_is_not_named_stays_and_null_removes(firm):
    after = edit(firm, {"title": " Another ", "description": None, "customer": {"phone": None}})
    assert (after.title, after.description) == ("Another", None)
    assert (after.customer.name, after.customer.phone, after.customer.email) == (
        "Ann Lee",
        None,
        "ann@example.com",
    )
    assert after.site.street == "1 Main St"


@pytest.mark.parametrize(
    "patch", [{}, {"title": "Replace main panel"}, {"customer": {}}, {"description": " Old "}]
)
def test_a_patch_that_changes_nothing_makes_no_version_no_entry_and_no_event(firm, patch):
    job = firm.create(description="Old")
    before = firm.state()
    assert edit(firm, patch, job) == job
    assert firm.state() == before


@pytest.mark.parametrize(
    ("patch", "wrong"),
    [
        ({"title": None}, ["/title"]),
        ({"title": "", "priority": "SOON", "nonsense": 1}, ["/nonsense", "/priority", "/title"]),
        (
            {"status": "CONFIRMED", "technician_id": None, "version": 7},
            ["/status", "/technician_id", "/version"],
        ),
        ({"number": "J-000001", "external_ref": "x", "id": "x"}, ["/external_ref", "/id", "/number"]),
        ({"nonsense": None, "customer": {"age": None}}, ["/customer/age", "/nonsense"]),
        (
            {"window": {"nonsense": None}, "arrival_window": {"x": None}},
            ["/arrival_window/end", "/arrival_window/start", "/arrival_window/x", "/window/nonsense"],
        ),
        ({"customer": None}, ["/customer"]),
        ({"customer": {"name": None, "age": 7}}, ["/customer/age", "/customer/name"]),
        ({"site": {"latitude": 1.5}}, ["/site/longitude"]),
        ({"duration_minutes": "60"}, ["/duration_minutes"]),
        ({"duration_minutes": 121}, ["/duration_minutes"]),
        ({"duration_minutes": 121, "title": ""}, ["/duration_minutes", "/title"]),
        ({"duration_minutes": 121, "window": {"end": "2026-03-02T10:00:00Z"}}, ["/window"]),
        ({"required_skills": None}, ["/required_skills"]),
        ({"required_skills": {"0": "solar"}}, ["/required_skills"]),
        ({"window": {"end": "2026-03-02T08:30:00Z"}}, ["/window"]),
    ],
)
def test_every_bad_field_of_a_patch_is_named_at_once(firm, patch, wrong):
    assert pointers(firm, patch) == wrong


def test_a_number_beyond_all_bounds_is_refused_and_does_not_pass_for_null(firm):
    job = firm.create(site={"street": "1 Main St", "latitude": 1.5, "longitude": 2.5})
    infinite = b'{"site": {"latitude": 1e999, "longitude": 1e999}, "description": 1e999}'
    with pytest.raises(errors.Invalid) as refused:
        firm.patch_raw(firm.administrator, job, infinite)
    assert refused.value.flaws[0].pointer == "/description"
    assert firm.get(firm.administrator, job) == job


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"null", b"7"])
def test_a_patch_that_is_no_object_is_invalid(firm, body):
    with pytest.raises(errors.Invalid):
        firm.patch_raw(firm.administrator, firm.create(), body)


@pytest.mark.parametrize(
    "body", [b"{", b"{\xff}", b'{"a": "\\ud800"}', b"[" * 100_000, b'{"a": NaN}', b"nope"]
)
def test_a_patch_that_is_no_json_is_unreadable(firm, body):
    with pytest.raises(errors.Unreadable):
        firm.patch_raw(firm.administrator, firm.create(), body)


@pytest.mark.parametrize("status", STATUSES)
def test_the_window_is_edited_only_while_tentative_and_closed_jobs_not_at_all(firm, status):
    job = firm.in_status(status, window=VISIT)
    if status in ("BILLED", "CANCELLED"):
        for patch in ({"title": "Another"}, {"window": None}, {}):
            with pytest.raises(errors.JobClosed):
                edit(firm, patch, job)
        return
    assert edit(firm, {"title": "Another", "arrival_window": OVERLAPPING}, job).title == "Another"
    job = firm.get(firm.administrator, job)
    if status == "TENTATIVE":
        assert edit(firm, {"window": None}, job).window is None
    else:
        with pytest.raises(errors.WindowLocked):
            edit(firm, {"window": None}, job)


def test_an_edit_is_no_way_to_another_status(firm):
    for status in STATUSES:
        job = firm.in_status(status)
        assert "/status" in pointers(firm, {"status": "BILLED"}, job)


@pytest.mark.parametrize("name", ["office", "technician"])
def test_only_an_administrator_edits(firm, name):
    with pytest.raises(errors.PermissionDenied) as refused:
        firm.patch(firm.actor(name), firm.dispatched(), {"title": "Another"})
    assert refused.value.rule == "duty.edit_jobs"
