"""The pictures of the operational report: everything is on them, nothing breaks out of them."""

import re
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest
from tests.usecases.firm import Firm

from hosanna_core.model.ids import DAY
from hosanna_core.model.operations import OperationsDocument, UtilisationDocument
from hosanna_core.usecases.operating import report_operations
from hosanna_web.drawing.operations import WIDTH, pictures

SVG = "{http://www.w3.org/2000/svg}"
NASTY = "<script>alert('&\"x')</script>\x00\ud800"


def drawn(firm: Any, **query: str) -> OperationsDocument:
    return report_operations(
        firm.ports, firm.administrator, {name: [value] for name, value in query.items()}
    )[0]


@pytest.fixture
def firm() -> Any:
    firm = Firm()
    firm.billed()
    firm.clock.step(3 * DAY)
    firm.held()
    return firm


def words_of(svg: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")]


def test_each_picture_names_what_it_shows(firm: Any) -> None:
    found = pictures(drawn(firm))
    assert list(found) == ["jobs", "throughput", "stages", "technicians"]
    assert {"BILLED", "ON_HOLD", "under 1 day"} <= set(words_of(found["jobs"]))
    assert {"created", "completed", "2026-01-02"} <= set(words_of(found["throughput"]))
    assert {"IN_PROGRESS", "median"} <= set(words_of(found["stages"]))
    assert any(
        re.fullmatch(r"\d+ (h \d\d|min), \d+ (h \d\d|min)", words) for words in words_of(found["stages"])
    )
    assert any(re.match(r"[\d,.]+ h", words) for words in words_of(found["technicians"]))
    assert {"tess", "theo"} <= set(words_of(found["technicians"]))
    for svg in found.values():
        assert ET.fromstring(svg).find(f"{SVG}title") is not None


def test_nothing_is_drawn_beyond_the_paper_even_of_an_empty_firm_or_of_a_year(firm: Any) -> None:
    for report in (drawn(firm), drawn(Firm()), drawn(firm, **{"from": "2025-06-01", "to": "2026-06-01"})):
        for svg in pictures(report).values():
            for rect in ET.fromstring(svg).iter(f"{SVG}rect"):
                left, wide = float(rect.get("x", 0)), float(rect.get("width", 0))
                assert 0 <= left <= left + wide <= WIDTH + 0.1


def test_a_name_cannot_break_out_of_a_picture(firm: Any) -> None:
    report = drawn(firm)
    nasty = UtilisationDocument(
        technician_id="t", full_name=NASTY, worked_hours=9.0, available_hours=8.0, utilisation=1.125
    )
    svg = pictures(msgspec.structs.replace(report, technicians=(nasty,)))["technicians"]
    assert "<script>" not in svg
    assert "beyond the calendar" in svg
    assert any("112%" in words for words in words_of(svg))
