"""Files as they come: quotes, line ends, encodings, wrong rows; line numbers are those of an editor."""

import json
from pathlib import Path

import pytest
from tests.importing.conftest import Importing

from hosanna_web.importing.lines import LONGEST_LINE, Lines
from hosanna_web.importing.records import Objects, Record, Table, UnfitFile


def opened(path: Path, content: bytes, encoding: str | None = None) -> Lines:
    file = path / "rows.csv"
    file.write_bytes(content)
    return Lines(file, encoding)


def table(path: Path, content: bytes, encoding: str | None = None) -> list[Record]:
    with opened(path, content, encoding) as lines:
        return list(Table(lines))


def seen(records: list[Record]) -> list[tuple[int, dict[str, str] | None]]:
    return [(record.line, None if record.flaw else dict(record.columns)) for record in records]


def test_a_row_may_hold_newlines_inside_quotes_and_the_next_one_keeps_its_line(tmp_path: Path) -> None:
    records = table(tmp_path, b'a,b\r\n1,"two\r\nlines"\r\n\r\n3,4\r\n')
    assert seen(records) == [(2, {"a": "1", "b": "two\r\nlines"}), (5, {"a": "3", "b": "4"})]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_any_line_end_will_do(tmp_path: Path, end: bytes) -> None:
    assert seen(table(tmp_path, end.join((b"a,b", b"1,2", b"3,4")))) == [
        (2, {"a": "1", "b": "2"}),
        (3, {"a": "3", "b": "4"}),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_header_tells_what_parts_the_cells(tmp_path: Path, delimiter: str) -> None:
    content = f"a{delimiter}b\n1{delimiter}2\n".encode()
    assert seen(table(tmp_path, content)) == [(2, {"a": "1", "b": "2"})]


def test_a_row_with_more_or_fewer_cells_than_the_header_is_told(tmp_path: Path) -> None:
    records = table(tmp_path, b"a,b\n1\n1,2\n1,2,3\n")
    assert [record.flaw for record in records] == [
        "has 1 columns where the header has 2",
        None,
        "has 3 columns where the header has 2",
    ]


def test_a_quote_that_never_closes_costs_one_line_and_not_the_rest_of_the_file(tmp_path: Path) -> None:
    records = table(tmp_path, b'a,b\n1,"two\n3,4\n5,"six"\n7,8\n')
    assert seen(records) == [
        (2, None),
        (3, {"a": "3", "b": "4"}),
        (4, {"a": "5", "b": "six"}),
        (5, {"a": "7", "b": "8"}),
    ]
    assert records[0].raw == ('1,"two',)


def test_a_huge_field_and_a_huge_line_are_told_and_reading_goes_on(tmp_path: Path) -> None:
    content = b"a,b\n1," + b"x" * 200_000 + b"\n2," + b"y" * (2 * LONGEST_LINE + 7) + b"\n3,4\n"
    assert seen(table(tmp_path, content)) == [(2, None), (3, None), (4, {"a": "3", "b": "4"})]


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    assert seen(table(tmp_path, "\ufeffa,b\n1,ü\n".encode())) == [(2, {"a": "1", "b": "ü"})]
    assert seen(table(tmp_path, "a,b\n1,ü\n".encode("utf-16"))) == [(2, {"a": "1", "b": "ü"})]


def test_bytes_that_are_no_text_are_told_and_never_guessed(tmp_path: Path) -> None:
    records = table(tmp_path, b"a,b\n1,caf\xe9\n2,x\n")
    assert [record.flaw is None for record in records] == [False, True]
    assert seen(table(tmp_path, b"a,b\n1,caf\xe9\n", "cp1252")) == [(2, {"a": "1", "b": "café"})]


def test_an_empty_file_and_a_header_alone_hold_nothing(tmp_path: Path) -> None:
    assert table(tmp_path, b"") == []
    assert table(tmp_path, b"a,b\n") == []


def test_a_header_that_cannot_be_read_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(UnfitFile):
        table(tmp_path, b'"a,b\n1,2\n')


def test_json_lines_are_objects_and_what_is_none_is_told(tmp_path: Path) -> None:
    content = b'{"a": 1}\n\nnonsense\n[1]\n{"a": "\\ud800"}\n{"a": "\xff"}\n' + b"[" * 100_000 + b'\n{"a": 2}'
    with opened(tmp_path, content) as lines:
        records = list(Objects(lines))
    assert seen(records) == [(1, {"a": 1}), *((line, None) for line in (3, 4, 5, 6, 7)), (8, {"a": 2})]


def test_rejected_objects_are_written_with_their_line_and_reasons(
    importing: Importing, tmp_path: Path
) -> None:
    path = tmp_path / "jobs.jsonl"
    good = {
        "external_ref": "A-1", "title": "Panel", "customer": {"name": "Ann"}, "site": {"street": "1 Main St"},
        "priority": "HIGH", "required_skills": ["solar"], "duration_minutes": 90,
    }  # fmt: skip
    bad = {**good, "external_ref": 7, "title": " ", "duration_minutes": 0}
    path.write_text(f"{json.dumps(good)}\n{json.dumps(bad)}\nnope\n", encoding="utf-8")
    tally = importing(path)
    first, second = map(json.loads, path.with_name("jobs.jsonl.rejects").read_text("utf-8").splitlines())
    assert (tally.added, tally.rejected) == (1, 2)
    assert (first["line"], first["row"]) == (2, bad)
    assert [reason.split()[0] for reason in first["reasons"]] == ["title", "duration_minutes"]
    assert (second["line"], second["row"]) == (3, "nope")
