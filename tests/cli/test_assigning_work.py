"""What the how-to about assigning says to type."""

from pathlib import Path

import pytest
from tests.cli.typed import PERMIT, typed

NAVAJO = PERMIT.format(
    number="2013-120898", street="4502 NAVAJO PATH", day="01/01", latitude=30.23, longitude=-97.77
)


@pytest.mark.deep
def test_the_how_to_assigns_a_permit_as_it_is_written(tmp_path: Path) -> None:
    said = typed("assign-work.md", tmp_path, NAVAJO)
    asked = said.partition("yes")[2]
    assert asked.split("\n")[0].endswith("Ann Volt")
    for line in (
        "      not overlap: free from 14:10, needed from 13:30",
        "      not skills: does not hold journeyman >= 4 (held at level 3)",
        "so: Every technician breaks skills: 2 of 2.",
        "so: Ben Watt would have to hold journeyman >= 4 (held at level 3)",
    ):
        assert line in said.splitlines(), said
    assert '"code":"double_booking"' in said
    assert '"code":"no_candidate"' in said
    assert "Chosen automatically: the only one who fits." in said
