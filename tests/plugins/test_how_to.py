"""The plugin of the how-to does what the page says."""

import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from tests.plugins.brought import PluggedFirm

from hosanna_web.plugins.finding import made

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "write-a-plugin.md"
NIGHT = {"start": "2026-03-02T20:00:00Z", "end": "2026-03-02T22:00:00Z"}


def block(kind: str) -> str:
    pattern = re.compile(rf"^```{kind}\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    (found,) = pattern.findall(PAGE.read_text(encoding="utf-8"))
    return str(found)


@pytest.fixture
def curfew() -> ModuleType:
    module = ModuleType("hosanna_curfew")
    exec(block("python plugin"), vars(module))
    return module


def test_the_smallest_plugin_works_as_the_page_says(curfew: ModuleType) -> None:
    project = tomllib.loads(block("toml pyproject.toml"))["project"]
    assert project["entry-points"]["hosanna.plugins"] == {"curfew": "hosanna_curfew"}
    firm = PluggedFirm(made("curfew", curfew, {"HOSANNA_PLUGIN_CURFEW_UNTIL": "17"}))
    late = firm.job("ASSIGNED", window=NIGHT)
    offers = firm.ask("GET", f"/jobs/{late}/transitions", "office").json["items"]
    told = "Nobody is sent out between 17 and 7 o'clock (UTC), but to emergencies."
    assert {each["reason"] for each in offers if each["action"] == "dispatch"} == {told}
    refused = firm.move(late, "dispatch")
    assert (refused.status, refused.json["code"], refused.json["detail"]) == (403, "plugin_refused", told)
    firm.move(late, "unassign")
    assert firm.job("DISPATCHED", window=NIGHT, priority="EMERGENCY")
    best = firm.ask("GET", f"/jobs/{late}/candidates", "admin").json["items"][0]
    assert best["scores"][-1]["name"] == "curfew.early"
    assert firm.ask("GET", "/plugins/curfew/hours", "tess").json == {"FROM": 7, "UNTIL": 17}
    assert firm.condition("curfew")["mode"] == "ok"


def test_one_that_cannot_read_what_it_is_told_is_not_loaded(curfew: ModuleType) -> None:
    found = made("curfew", curfew, {"HOSANNA_PLUGIN_CURFEW_UNTIL": "late"})
    assert "late" in (found.reason or "")
