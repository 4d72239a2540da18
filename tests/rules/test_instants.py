"""Times are RFC 3339 with an offset on the way in, and UTC with Z on the way out."""

import pytest
from hypothesis import given

from hosanna_core.model.ids import EARLIEST, LATEST
from hosanna_core.model.instants import to_millis, to_text
from hosanna_core.testing.strategies.basics import instants


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-03-01T09:30:00Z", "2026-03-01T09:30:00Z"),
        ("2026-03-01t09:30:00z", "2026-03-01T09:30:00Z"),
        ("2026-03-01T09:30:00+01:00", "2026-03-01T08:30:00Z"),
        ("2026-03-01T00:30:00+05:45", "2026-02-28T18:45:00Z"),
        ("2026-03-01T23:30:00-08:00", "2026-03-02T07:30:00Z"),
        ("2026-03-01T09:30:00-00:00", "2026-03-01T09:30:00Z"),
        ("2028-02-29T12:00:00Z", "2028-02-29T12:00:00Z"),
        ("2026-03-01T09:30:00.5Z", "2026-03-01T09:30:00.500Z"),
        ("2026-03-01T09:30:00.25Z", "2026-03-01T09:30:00.250Z"),
        ("2026-03-01T09:30:00.000Z", "2026-03-01T09:30:00Z"),
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
    ],
)
def test_any_offset_is_read_and_utc_is_written(text, utc):
    assert to_text(to_millis(text)) == utc


@pytest.mark.parametrize("fraction", ["9999", "999999999", "99912345678901234567890"])
def test_what_is_finer_than_a_millisecond_is_cut_off_and_never_rounded_up(fraction):
    assert to_text(to_millis(f"2026-03-01T09:30:59.{fraction}Z")) == "2026-03-01T09:30:59.999Z"


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01T09:30:00",
        "2026-03-01",
        "2026-03-01 09:30:00Z",
        "2026-03-01T09:30Z",
        "2026-03-01T09:30:00.Z",
        "2026-03-01T09:30:00,5Z",
        "2026-03-01T09:30:00+01",
        "2026-03-01T09:30:00+0100",
        "2026-03-01T09:30:00+12:60",
        "2026-03-01T24:00:00Z",
        "2026-03-01T25:00:00Z",
        "20260301T093000Z",
        "٢٠٢٦-03-01T09:30:00Z",
        " 2026-03-01T09:30:00Z",
        "2026-03-01T09:30:00Z\n",
        "1772357400000",
        "tomorrow",
        "",
    ],
)
def test_anything_else_is_refused_in_words_that_show_the_form(text):
    with pytest.raises(ValueError, match="RFC 3339 time with an offset, such as"):
        to_millis(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-29T12:00:00Z",
        "2026-13-01T12:00:00Z",
        "2026-00-10T12:00:00Z",
        "2026-04-31T12:00:00Z",
        "0000-01-01T00:00:00Z",
        "2026-03-01T12:60:00Z",
        "2026-12-31T23:59:60Z",
        "2026-03-01T12:00:00+24:00",
    ],
)
def test_a_day_or_time_that_no_calendar_has_is_refused_a_leap_second_among_them(text):
    with pytest.raises(ValueError, match="exist in the calendar"):
        to_millis(text)


@pytest.mark.parametrize(
    "text",
    [
        "1969-12-31T23:59:59.999Z",
        "1970-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-23:59",
    ],
)
def test_what_lies_outside_the_years_that_every_store_keeps_is_refused(text):
    with pytest.raises(ValueError, match="between 1970"):
        to_millis(text)


def test_a_year_of_five_digits_is_not_of_the_form():
    with pytest.raises(ValueError, match="RFC 3339"):
        to_millis("10000-01-01T00:00:00Z")


@given(instants(EARLIEST, LATEST))
def test_what_is_written_reads_as_the_same_instant(instant):
    assert to_millis(to_text(instant)) == instant
