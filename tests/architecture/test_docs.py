"""The documentation says what the code does, and its links lead somewhere."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree as ET

import pytest

from hosanna_core.rules.lifecycle import STANDARD

HOUSE = Path(__file__).resolve().parents[2]
PAGES = [*sorted((HOUSE / "docs").rglob("*.md")), HOUSE / "README.md"]
ROOMS = sorted(index.parent for index in (HOUSE / "docs").glob("*/index.md"))
SVG = "{http://www.w3.org/2000/svg}"
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", HOUSE / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATOR = generator()


@pytest.mark.parametrize("page", GENERATOR.pages(), ids=lambda path: path.name)
def test_what_is_made_from_the_code_is_as_new_as_the_code(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text == GENERATOR.made(text), "run: python docs/generate.py"


@pytest.mark.parametrize("name", GENERATOR.drawn.PICTURES)
def test_each_picture_is_as_new_as_the_code_and_is_shown(name: str) -> None:
    path = HOUSE / "docs" / name
    assert path.read_text(encoding="utf-8") == GENERATOR.drawn.PICTURES[name](), (
        "run: python docs/generate.py"
    )
    assert f"]({path.name})" in path.with_suffix(".md").read_text(encoding="utf-8")


def test_the_picture_of_the_lifecycle_has_a_way_for_every_step() -> None:
    told = {element.text for element in ET.parse(HOUSE / "docs/reference/lifecycle.svg").iter(f"{SVG}title")}
    for step in STANDARD.steps:
        for source in step.sources:
            ways = [
                each for each in told if each and each.startswith(f"{source} → {step.target or source}: ")
            ]
            assert any(step.action in each.partition(": ")[2].split(", ") for each in ways), step


def test_every_block_that_can_be_made_stands_on_a_page() -> None:
    found = {name for page in GENERATOR.pages() for name in GENERATOR.BLOCK.findall(page.read_text("utf-8"))}
    assert found == set(GENERATOR.BLOCKS)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(HOUSE)))
def test_every_link_leads_somewhere(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("room", ROOMS, ids=lambda path: path.name)
def test_every_page_is_named_in_its_rooms_index(room: Path) -> None:
    index = (room / "index.md").read_text(encoding="utf-8")
    pages = {path.name for path in room.glob("*.md")} - {"index.md"}
    assert {page for page in pages if f"]({page})" not in index} == set()
