"""The navigation of the documentation's site, as the rooms' index pages give it: a page that one names is in it."""

import re
from pathlib import Path
from typing import Any

ROOMS = {
    "Tutorial": "tutorial",
    "How-to": "how-to",
    "Reference": "reference",
    "Explanation": "explanation",
    "Decisions": "decisions",
}
LINK = re.compile(r"\]\(([\w.-]+\.md)\)")


def navigation(docs: Path) -> list[dict[str, Any]]:
    """The front page, then each room: its index, and its pages in the order in which that names them."""
    found: list[dict[str, Any]] = [{"Home": "index.md"}]
    for title, room in ROOMS.items():
        named = LINK.findall((docs / room / "index.md").read_text(encoding="utf-8"))
        pages = [page for page in dict.fromkeys(named) if (docs / room / page).is_file()]
        found.append({title: [f"{room}/{page}" for page in ("index.md", *pages)]})
    return found


def on_config(config: Any) -> Any:
    """What MkDocs calls before it looks at the pages."""
    config.nav = navigation(Path(config.docs_dir))
    return config
