"""What the how-to about planning says to type."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from tests.cli.typed import PERMIT, typed

THIRTY = "".join(
    PERMIT.format(
        number=f"2014-{n:06d}",
        street=f"{n} NAVAJO PATH",
        day="01/02" if n % 5 == 0 else "01/01",
        latitude=f"30.{20 + n}",
        longitude=-97.7,
    )
    for n in range(30)
)


@pytest.mark.deep
def test_the_how_to_plans_a_day_as_it_is_written(tmp_path: Path) -> None:
    said = typed("plan-a-day.md", tmp_path, THIRTY, patience=240)
    assert "Plan for 2035-03-05 (America/Chicago)" in said
    assert "does not hold: high voltage." in said
    assert "pinned: ['1 Main St']" in said
    assert said.split()[-3:] == ["PARTLY_APPLIED", "APPLIED", "ASSIGNED"]
    for name in ("map", "hours"):
        assert ET.parse(tmp_path / "pictures" / f"plan-2035-03-05-{name}.svg").getroot().get("role") == "img"
