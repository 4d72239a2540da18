"""A new job: JSON types exact, text trimmed, everything bounded, every bad field named at once."""

import pytest
from tests.usecases.firm import FIELDS, TOUCHING, VISIT

from hosanna_core import errors
from hosanna_core.rules.keys import derive
from hosanna_core.usecases import jobs
from hosanna_core.usecases.judging import Unparsed

ABSENT = ...


def wrong(firm, **fields):
    with pytest.raises(errors.Invalid) as refused:
        firm.create(**fields)
    return sorted(flaw.pointer for flaw in refused.value.flaws)


def site(**parts):
    return {"site": {"street": "1 Main St", **parts}}


def customer(**parts):
    return {"customer": {"name": "Ann", **parts}}


def test_a_new_job_holds_what_was_said_and_nothing_else(firm):
    job = firm.create(
        title="  Replace main panel ", description="  ", required_skills=["Solar", "solar", "lift"],
        window=VISIT, arrival_window=TOUCHING, **site(latitude=30, longitude=-97.5, city=" "),
    )  # fmt: skip
    assert (job.title, job.description, job.required_skills) == (
        "Replace main panel",
        None,
        ("solar", "lift"),
    )
    assert (job.site.latitude, job.site.longitude, job.site.city) == (30.0, -97.5, None)
    assert (job.status, job.version, job.technician_id, job.external_ref) == ("TENTATIVE", 1, None, None)


def test_numbers_and_ids_are_never_given_twice(firm):
    made = [firm.create() for _ in range(20)]
    assert len({job.number for job in made}) == len({job.id for job in made}) == 20
    assert len({job.subject_key for job in made}) == 20


@pytest.mark.parametrize(
    "name", ["title", "customer", "site", "priority", "required_skills", "duration_minutes"]
)
def test_what_is_required_is_required(firm, name):
    assert wrong(firm, **{name: ABSENT}) == [f"/{name}"]
    assert wrong(firm, **{name: None}) == [f"/{name}"]


@pytest.mark.parametrize(
    ("fields", "pointers"),
    [
        ({"title": ""}, ["/title"]),
        ({"title": " \t\n"}, ["/title"]),
        ({"title": "x" * 201}, ["/title"]),
        ({"title": 7}, ["/title"]),
        ({"title": "a\x00b"}, ["/title"]),
        ({"title": "a\x1bb"}, ["/title"]),
        ({"description": "x" * 5001}, ["/description"]),
        ({"description": ["x"]}, ["/description"]),
        ({"priority": "URGENT"}, ["/priority"]),
        ({"priority": "low"}, ["/priority"]),
        ({"priority": 0}, ["/priority"]),
        ({"duration_minutes": 0}, ["/duration_minutes"]),
        ({"duration_minutes": -1}, ["/duration_minutes"]),
        ({"duration_minutes": 60.0}, ["/duration_minutes"]),
        ({"duration_minutes": "60"}, ["/duration_minutes"]),
        ({"duration_minutes": True}, ["/duration_minutes"]),
        ({"duration_minutes": 2**70}, ["/duration_minutes"]),
        ({"duration_minutes": 31 * 24 * 60 + 1}, ["/duration_minutes"]),
        ({"required_skills": "solar"}, ["/required_skills"]),
        ({"required_skills": ["solar", 7, ""]}, ["/required_skills/1", "/required_skills/2"]),
        ({"required_skills": [f"s{n}" for n in range(21)]}, ["/required_skills"]),
        (customer(phone=5125550100), ["/customer/phone"]),
        (customer(email="ann"), ["/customer/email"]),
        (customer(email="ann\x00@example.com"), ["/customer/email"]),
        (customer(age=7, name=" "), ["/customer/age", "/customer/name"]),
        ({"customer": "Ann"}, ["/customer"]),
        ({"customer": []}, ["/customer"]),
        (site(latitude=30), ["/site/longitude"]),
        (site(longitude=30), ["/site/longitude"]),
        (site(latitude=90.1, longitude=0), ["/site/latitude"]),
        (site(latitude=0, longitude=-180.1), ["/site/longitude"]),
        (site(latitude="30", longitude="-97"), ["/site/latitude", "/site/longitude"]),
        (site(latitude=True, longitude=1), ["/site/latitude"]),
        ({"window": {"start": VISIT["start"]}}, ["/window/end"]),
        ({"window": {"start": VISIT["end"], "end": VISIT["start"]}}, ["/window/end"]),
        ({"window": {"start": VISIT["start"], "end": VISIT["start"]}}, ["/window/end"]),
        ({"window": {"start": "2026-03-02T08:00:00", "end": "soon"}}, ["/window/end", "/window/start"]),
        ({"window": {"start": 1_772_438_400_000, "end": None}}, ["/window/end", "/window/start"]),
        ({"window": VISIT, "duration_minutes": 121}, ["/window"]),
        ({"window": {"start": "2026-03-01T00:00:00Z", "end": "2026-04-01T00:00:01Z"}}, ["/window/end"]),
        ({"window": {"start": "9999-12-31T00:00:00Z", "end": "9999-12-31T23:00:00Z"}}, ["/window/end"]),
        ({"window": {"start": "1969-12-31T00:00:00Z", "end": "1970-01-01T02:00:00Z"}}, ["/window/start"]),
        ({"arrival_window": {"start": VISIT["end"], "end": VISIT["start"]}}, ["/arrival_window/end"]),
        ({"status": "BILLED", "technician_id": "x", "id": "x"}, ["/id", "/status", "/technician_id"]),
    ],
)
def test_every_bad_field_is_named_at_once(firm, fields, pointers):
    before = firm.state()
    assert wrong(firm, **fields) == pointers
    assert firm.state() == before


def test_flaws_of_all_parts_are_told_together(firm):
    found = wrong(firm, title=7, priority="x", customer={"name": 7}, site={}, duration_minutes=0, nonsense=1)
    assert found == [
        "/customer/name", "/duration_minutes", "/nonsense", "/priority", "/site/street", "/title",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [b"{", b"nope", b"\xff", b'{"title": "\\ud800"}', b'{"title": "\xed\xa0\x80"}', b"[" * 100_000,
     b'{"a":' * 100_000, b'{"title": "a\x00"}', b"{} {}"],
    ids=lambda body: repr(body[:12]),
)  # fmt: skip
def test_what_is_no_json_is_unreadable(firm, body):
    with pytest.raises(errors.Unreadable):
        jobs.create_job(firm.ports, firm.administrator, Unparsed(body))


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"7", b'"x"'])
def test_what_is_json_and_no_job_is_invalid(firm, body):
    with pytest.raises(errors.Invalid):
        jobs.create_job(firm.ports, firm.administrator, Unparsed(body))


@pytest.mark.parametrize("amount", ["12", "12.5", "0.0001", "999999999999.9999"])
def test_an_amount_is_a_decimal_as_text_kept_as_it_was_written(firm, amount):
    assert (
        firm.do(firm.office, firm.completed(), "bill", amount=amount, invoice_number=" A-1 ").amount == amount
    )


@pytest.mark.parametrize("amount", [12, 12.5, "12,5", "-1", "1e3", "", "١٢", "1.23456", "1" * 13, "NaN"])
def test_anything_else_is_no_amount(firm, amount):
    with pytest.raises(errors.Invalid) as refused:
        firm.do(firm.office, firm.completed(), "bill", amount=amount)
    assert [flaw.pointer for flaw in refused.value.flaws] == ["/amount"]


def test_a_customers_jobs_are_found_by_keys_that_tell_nothing(firm):
    one, same = firm.create(), firm.create(**customer(phone="1-512-555-0100", email="ANN@example.com"))
    assert one.customer_keys == same.customer_keys
    assert firm.ports.keys == derive(b"a secret of the kit, 32 bytes ok")
    assert FIELDS["customer"]["email"].encode() not in b"".join(one.customer_keys)
