"""The language of --map."""

import json
from pathlib import Path
from typing import Any

import pytest

from hosanna_core.model.people import Actor
from hosanna_core.ports import Ports
from hosanna_core.usecases.importing import Outcome, RowForm, import_rows
from hosanna_web.importing.mapping import (
    FIELDS,
    MapError,
    Mapper,
    demand_columns,
    map_for,
    map_for_objects,
    read_maps,
)


def mapped(columns: dict[str, Any], *maps: str) -> dict[str, Any]:
    return Mapper(map_for(columns, read_maps(maps))).row(columns)


def file_of(folder: Path, value: object) -> str:
    path = folder / "map.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    return str(path)


def test_every_field_of_a_row_can_be_mapped_and_no_other() -> None:
    parts = {
        "customer": "CustomerForm",
        "site": "SiteForm",
        "window": "WindowForm",
        "arrival_window": "WindowForm",
    }
    schema = RowForm.model_json_schema()
    leaves = {
        f"{name}.{inner}" for name, form in parts.items() for inner in schema["$defs"][form]["properties"]
    }
    assert set(FIELDS) == leaves | (set(schema["properties"]) - set(parts))


def test_columns_named_like_fields_need_no_map() -> None:
    columns = {
        "external_ref": "7",
        "title": "Panel",
        "customer.name": "Ann",
        "site.street": "1 Main St",
        "x": "y",
    }
    assert mapped(columns) == {
        "external_ref": "7", "title": "Panel", "customer": {"name": "Ann"}, "site": {"street": "1 Main St"},
        "priority": "NORMAL", "required_skills": [], "duration_minutes": 60,
    }  # fmt: skip


def test_a_row_with_a_type_leaves_to_it_what_it_does_not_say_itself() -> None:
    assert mapped({"kind": "Panel", "n": ""}, "job_type=kind", "duration_minutes=n") == {
        "job_type": "Panel", "priority": "NORMAL",
    }  # fmt: skip
    said = mapped({"kind": "Panel", "n": "90"}, "job_type=kind", "duration_minutes=n")
    assert said == {"job_type": "Panel", "priority": "NORMAL", "duration_minutes": 90}
    untyped = mapped({"kind": " ", "n": ""}, "job_type=kind", "duration_minutes=n")
    assert untyped == {"priority": "NORMAL", "required_skills": [], "duration_minutes": 60}


def test_numbers_lists_and_words_are_read_from_text() -> None:
    columns = {"n": " 90 ", "s": "solar; master;", "p": "high", "la": "30.5", "lo": "-97"}
    row = mapped(
        columns,
        "duration_minutes=n", "required_skills=s", "priority=p", "site.latitude=la", "site.longitude=lo",
    )  # fmt: skip
    assert row["duration_minutes"] == 90
    assert row["required_skills"] == ["solar", "master"]
    assert row["priority"] == "HIGH"
    assert row["site"] == {"latitude": 30.5, "longitude": -97.0}


def test_text_that_is_no_number_stays_text_for_the_form_to_refuse() -> None:
    for text in ("nan", "inf", "1_000", "0x10", "ninety", "9" * 400):
        assert mapped({"la": text}, "site.latitude=la")["site"]["latitude"] == text


def test_a_constant_is_json_or_else_text() -> None:
    row = mapped({}, "duration_minutes:=45", 'required_skills:=["solar"]', "title:=Meter change")
    assert (row["duration_minutes"], row["required_skills"], row["title"]) == (45, ["solar"], "Meter change")


def test_blank_cells_leave_a_field_out_or_give_its_default(tmp_path: Path) -> None:
    maps = file_of(
        tmp_path, {"description": "d", "priority": "p", "title": {"column": "t", "default": "Visit"}}
    )
    row = mapped({"d": " ", "p": "", "t": ""}, maps)
    assert "description" not in row
    assert (row["priority"], row["title"]) == ("NORMAL", "Visit")


def test_a_map_file_joins_translates_splits_and_reads_times(tmp_path: Path) -> None:
    maps = file_of(
        tmp_path,
        {
            "title": ["kind", "what"],
            "priority": {"column": "p", "values": {"1": "EMERGENCY"}},
            "required_skills": {"column": "s", "split": ","},
            "window.start": {"column": "from", "format": "%m/%d/%Y %H:%M", "timezone": "America/Chicago"},
            "window.end": "to",
        },
    )
    columns = {
        "kind": "Repair", "what": "meter", "p": "1", "s": "a,b",
        "from": "07/01/2014 08:00", "to": "2014-07-01T15:00:00Z",
    }  # fmt: skip
    row = mapped(columns, maps)
    assert row["title"] == "Repair meter"
    assert row["priority"] == "EMERGENCY"
    assert row["required_skills"] == ["a", "b"]
    assert row["window"] == {"start": "2014-07-01T08:00:00-05:00", "end": "2014-07-01T15:00:00Z"}


def test_a_later_map_wins_over_an_earlier_and_over_what_the_file_tells_itself(tmp_path: Path) -> None:
    columns = {"title": "a", "other": "b", "third": "c"}
    assert mapped(columns, "title=other")["title"] == "b"
    assert mapped(columns, "title=other", "title=third")["title"] == "c"


def test_a_column_inside_an_object_is_named_by_its_path() -> None:
    record = {"order": {"no": 17, "what": "Panel"}}
    mapper = Mapper(map_for_objects(record, read_maps(["external_ref=order.no", "title=order.what"])))
    assert mapper.row(record)["external_ref"] == "17"
    assert mapper.row(record)["title"] == "Panel"


@pytest.mark.parametrize(
    "wrong",
    [
        ["nonsense"], ["title="], ["titel=a"], ["status:=BILLED"],
    ],
)  # fmt: skip
def test_a_map_that_says_nothing_sensible_is_refused(wrong: list[str]) -> None:
    with pytest.raises(MapError):
        read_maps(wrong)


@pytest.mark.parametrize(
    "content",
    ["", "[]", '{"title": 1}', '{"title": {"colum": "a"}}', '{"title": {"timezone": "Mars"}}', "{" * 9999],
)
def test_a_map_file_that_cannot_be_followed_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "map.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(MapError):
        read_maps([str(path)])


def test_a_column_that_is_not_there_or_there_twice_is_refused_before_anything_is_read() -> None:
    given = read_maps(["external_ref=n", "title=t", "customer.name:=Ann", "site.street:=x"])
    demand_columns(map_for(("n", "t"), given), ("n", "t"))
    for header in (("n",), ("n", "t", "t")):
        with pytest.raises(MapError, match="'t'"):
            demand_columns(map_for(header, given), header)


def test_a_file_that_gives_no_number_of_its_own_is_refused() -> None:
    with pytest.raises(MapError, match="external_ref"):
        demand_columns(map_for(("title",), {}), ("title",))


def test_no_map_sets_a_status(ports: Ports, actor: Actor) -> None:
    row = mapped(
        {"external_ref": "1", "title": "a", "customer.name": "b", "site.street": "c", "status": "BILLED"}
    )
    assert [answer.outcome for answer in import_rows(ports, actor, [row])] == [Outcome.ADDED]
    assert "status" not in row


def test_what_is_blank_and_required_is_named_itself_and_not_the_whole_that_it_is_a_part_of() -> None:
    read = mapped({"street": " ", "who": ""}, "site.street=street", "customer.name=who", "site.city=street")
    assert (read["site"], read["customer"]) == ({}, {})


@pytest.mark.parametrize("source", [5, None, {"colum": "a"}, [1]])
def test_a_source_that_is_none_is_named_by_its_field(tmp_path: Path, source: object) -> None:
    with pytest.raises(MapError, match=r"map\.json: site\.street: .* is wanted"):
        read_maps([file_of(tmp_path, {"title": "Subject", "site.street": source})])
