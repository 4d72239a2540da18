"""The documentation's site: every page is in its navigation, and it is built without a warning and without network."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

HOUSE = Path(__file__).resolve().parents[2]
LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src"}


class Loads(HTMLParser):
    """What a page loads by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        # A canonical address is told, not loaded.
        if tag in LOADED and given.get("rel") != "canonical" and (address := given.get(LOADED[tag])):
            self.found.append(address)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder],
        cwd=HOUSE,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    assert "WARNING" not in built.stderr
    return folder


def test_every_page_of_the_documentation_is_in_the_navigation(site: Path) -> None:
    front = (site / "index.html").read_text(encoding="utf-8")
    for page in (HOUSE / "docs").rglob("*.md"):
        address = page.relative_to(HOUSE / "docs").with_suffix(".html")
        assert (site / address).is_file()
        assert re.search(rf'href="(\./)?{re.escape(str(address))}"', front) or address.name == "index.html", (
            address
        )


def test_the_rooms_stand_in_the_order_in_which_one_learns(site: Path) -> None:
    front = (site / "index.html").read_text(encoding="utf-8")
    rooms = ("tutorial/index", "how-to/index", "reference/index", "explanation/index", "decisions/index")
    places = [front.index(f'href="{room}.html"') for room in rooms]
    assert places == sorted(places)


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        loads = Loads()
        loads.feed(page.read_text(encoding="utf-8"))
        assert [address for address in loads.found if re.match(r"(https?:)?//", address)] == [], page.name
        missing = [
            address
            for address in loads.found
            if not (page.parent / unquote(address.partition("?")[0])).exists() and page.name != "404.html"
        ]
        assert missing == []


def test_the_machinery_is_not_among_the_pages(site: Path) -> None:
    assert list(site.rglob("*.py")) == []
