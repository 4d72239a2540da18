"""What the strategies draw could have come about: types, bounds, and parts that fit one another."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hosanna_core.model.change import Change
from hosanna_core.model.ids import MINUTE, is_id
from hosanna_core.model.job import Job
from hosanna_core.model.query import JobFilter
from hosanna_core.model.schedule import Availability, Calendar
from hosanna_core.model.status import Status
from hosanna_core.rules.history import chained
from hosanna_core.rules.lifecycle import STANDARD, standing_after
from hosanna_core.rules.visibility import Scope
from hosanna_core.testing import bodies, oracle, strategies
from hosanna_core.testing.samples import crowd, id_of
from hosanna_core.usecases.forms import JobForm
from hosanna_core.usecases.judging import Unparsed

BY_ITSELF = [
    name
    for name in strategies.__all__
    if name not in {"json_values", "instants", "ids", "texts", "emails", "phones"}
]


@pytest.mark.parametrize("name", BY_ITSELF)
@given(data=st.data())
def test_every_value_survives_being_written_and_read(name: str, data: Any) -> None:
    value = data.draw(getattr(strategies, name)())
    kind = Change[Job] if name == "changes" else type(value)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(value), type=kind) == value


@given(strategies.jobs())
def test_a_drawn_job_stands_where_its_life_has_led_it(job: Job) -> None:
    before = None
    for status in job.stages:
        before = standing_after(before, status)
    assert (job.status, job.standing) == (list(job.stages)[-1], before)
    assert job.version >= len(job.stages)
    assert list(job.stages.values()) == sorted(job.stages.values())
    assert job.window is None or job.window.end - job.window.start >= job.duration_minutes * MINUTE
    assert (job.site.latitude is None) is (job.site.longitude is None)


@given(strategies.ids())
def test_a_drawn_id_is_a_uuid_of_version_7(drawn: str) -> None:
    assert is_id(drawn)
    assert drawn[14] == "7"
    assert drawn[19] in "89ab"


@given(strategies.calendars())
def test_a_drawn_calendar_is_in_order(calendar: Calendar) -> None:
    assert list(calendar.visits) == sorted(calendar.visits, key=lambda visit: (visit.window, visit.job_id))


@given(strategies.availabilities())
def test_drawn_hours_are_in_order_and_do_not_touch(availability: Availability) -> None:
    for shifts in availability.hours.values():
        ends = [end for shift in shifts for end in shift]
        assert ends == sorted(set(ends))


@given(strategies.entries())
def test_a_drawn_entry_is_sealed(entry: Any) -> None:
    assert len(entry.hash) == len(chained(b"", entry.sealed))


@given(strategies.scopes(), strategies.job_filters())
def test_a_narrowed_scope_is_never_wider(scope: Scope, wanted: JobFilter) -> None:
    narrowed = scope.narrow(wanted)
    assert narrowed is None or narrowed.standings <= scope.standings


@given(bodies.job_bodies())
def test_a_drawn_body_is_accepted(body: dict[str, Any]) -> None:
    Unparsed.of(body).judge(JobForm)


def test_a_crowd_is_the_same_for_each_seed_and_stands_everywhere() -> None:
    people = (id_of(901), id_of(902))
    assert crowd(80, people) == crowd(80, people)
    assert len({job.standing for job in crowd(80, people)}) == 11


def test_the_oracle_reads_the_tables_as_the_lifecycle_compiles_them() -> None:
    rows = oracle.table(STANDARD)
    for status in (None, *Status):
        for step in STANDARD.steps:
            assert rows.get((status, step.action)) == STANDARD.target(status, step.action)
