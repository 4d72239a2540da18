"""Which plugins are loaded, and what becomes of those that cannot be."""

import sys
from pathlib import Path
from typing import Any

import pytest
from tests.plugins.brought import plugin, thing

from hosanna_core.model.condition import Mode
from hosanna_web.cautions import cautions
from hosanna_web.composition import open_system
from hosanna_web.data_folder import CannotStart
from hosanna_web.env_file import EnvFile, Line
from hosanna_web.plugins.finding import load, made
from hosanna_web.settings import Misconfigured, Settings, load_settings

GOOD = """
from hosanna_web.plugins import hookimpl
HOSANNA_API = 1
@hookimpl
def hosanna_refuse(action):
    return None
"""
MODULES = {
    "good": GOOD,
    "old": GOOD.replace("= 1", "= 0"),
    "broken": "raise RuntimeError('no such file')",
    "leaving": "raise SystemExit(3)",
    "unknown": GOOD + "@hookimpl\ndef hosanna_allow(action): return True\n",
    "greedy": GOOD.replace("(action)", "(action, password)"),
    "wrapping": GOOD.replace("@hookimpl", "@hookimpl(wrapper=True)").replace("return None", "return (yield)"),
}


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a distribution that brings all of them."""
    for name, text in MODULES.items():
        (tmp_path / f"brought_{name}.py").write_text(text)
    info = tmp_path / "brought-2.5.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: brought\nVersion: 2.5\nSummary: Brings a lot\n"
    )
    entries = "\n".join(f"{name} = brought_{name}" for name in MODULES)
    (info / "entry_points.txt").write_text(f"[hosanna.plugins]\n{entries}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield tmp_path
    for name in MODULES:
        sys.modules.pop(f"brought_{name}", None)


@pytest.mark.usefixtures("installed")
def test_each_that_cannot_be_loaded_says_why_and_the_others_are_loaded() -> None:
    found = {each.name: each for each in load("on", {})}
    assert set(found) == set(MODULES)
    assert [each.name for each in found.values() if each.loaded] == ["good"]
    assert found["good"].origin == "brought 2.5"
    reasons = {name: each.reason or "" for name, each in found.items()}
    assert "here is version 1" in reasons["old"]
    assert "no such file" in reasons["broken"]
    assert "SystemExit" in reasons["leaving"]
    assert "hosanna_allow" in reasons["unknown"]
    assert "password" in reasons["greedy"]
    assert "wrapper" in reasons["wrapping"]
    conditions = {name: each.condition() for name, each in found.items()}
    assert conditions["good"].mode is Mode.OK
    assert (conditions["broken"].mode, conditions["broken"].error) == (Mode.DEGRADED, "RuntimeError")
    assert conditions["broken"].name == "plugin:broken"


@pytest.mark.usefixtures("installed")
def test_the_switch_says_which_are_loaded() -> None:
    assert load("off", {}) == ()
    found = load("good,absent", {})
    assert [(each.name, each.loaded) for each in found] == [("absent", False), ("good", True)]
    assert found[0].condition().error == "NotInstalled"


def test_a_name_that_two_distributions_bring_is_nobodys(installed: Path) -> None:
    other = installed / "usurper-1.0.dist-info"
    other.mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: usurper\nVersion: 1.0\n")
    (other / "entry_points.txt").write_text("[hosanna.plugins]\ngood = brought_good\n")
    (found,) = load("good", {})
    assert (found.loaded, found.origin) == (False, "brought 2.5, usurper 1.0")


@pytest.mark.usefixtures("installed")
def test_a_system_starts_without_those_that_cannot_be_loaded_unless_it_must_have_them() -> None:
    with open_system(Settings(PLUGINS="good,broken"), memory=True) as system:
        assert [each.loaded for each in system.plugins] == [False, True]
        assert len(system.ports.additions) == 1
    with open_system(Settings(PLUGINS="off"), memory=True) as system:
        assert system.plugins == system.ports.additions == ()
    for switch, missing, why in (("on", "broken", "no such file"), ("off", "good", "does not let it in")):
        with pytest.raises(CannotStart, match=f"'{missing}'.*{why}"):
            open_system(Settings(PLUGINS=switch, PLUGINS_REQUIRED=missing), memory=True)


@pytest.mark.parametrize("name", ["Permits", "1st", "per_mits", "a" * 33, "permits.more"])
def test_a_name_that_could_not_stand_in_a_path_is_refused(name: str) -> None:
    assert "name" in (made(name, thing(), {}).reason or "")


def test_a_plugin_is_told_its_own_variables_and_nobody_elses() -> None:
    told: list[Any] = []
    environment = {
        "HOSANNA_PLUGIN_PERMITS_FILE": "/tmp/x",
        "JWT_SECRET": "hidden",
        "HOSANNA_PLUGIN_FLEET_X": "y",
    }

    def configure(environment: Any) -> None:
        told.append(environment)

    assert plugin(environment=environment, hosanna_configure=configure).loaded
    assert told == [{"FILE": "/tmp/x"}]


def test_a_plugin_whose_name_anothers_begins_with_is_not_told_what_is_the_others(installed: Path) -> None:
    (installed / "brought_telling.py").write_text(
        "from hosanna_web.plugins import hookimpl\nHOSANNA_API = 1\n"
        "@hookimpl\ndef hosanna_configure(environment): raise ValueError(f'told {sorted(environment)}')\n"
    )
    info = installed / "telling-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: telling\nVersion: 1.0\n")
    entries = "my = brought_telling\nmy-permits = brought_telling\n"
    (info / "entry_points.txt").write_text(f"[hosanna.plugins]\n{entries}")
    environment = {"HOSANNA_PLUGIN_MY_FILE": "x", "HOSANNA_PLUGIN_MY_PERMITS_KEY": "y"}
    assert [each.reason for each in load("my,my-permits", environment)] == ["told ['FILE']", "told ['KEY']"]
    (alone,) = load("my", environment)
    assert alone.reason == "told ['FILE']", "it is installed, though not let in"


@pytest.mark.parametrize(
    ("error", "told"), [(ValueError("FILE is missing"), "FILE is missing"), (KeyError("x"), "failed")]
)
def test_one_that_says_that_it_is_misconfigured_is_not_loaded(error: Exception, told: str) -> None:
    def configure(environment: Any) -> None:
        raise error

    found = plugin(hosanna_configure=configure, hosanna_refuse=lambda: None)
    assert told in (found.reason or "")
    assert not found.implements
    assert found.condition().error == "Misconfigured"


@pytest.mark.parametrize(
    ("let_in", "required"), [("permits,Fleet", "a/b"), ("permits,,fleet", "fleet,"), (",", " , ")]
)
def test_what_the_variables_say_is_judged(
    monkeypatch: pytest.MonkeyPatch, let_in: str, required: str
) -> None:
    monkeypatch.setenv("PLUGINS", let_in)
    monkeypatch.setenv("PLUGINS_REQUIRED", required)
    with pytest.raises(Misconfigured) as wrong:
        load_settings()
    assert {name for name, _ in wrong.value.mistakes} == {"PLUGINS", "PLUGINS_REQUIRED"}


def test_the_variables_of_plugins_are_no_unknown_ones() -> None:
    lines = {name: Line("x", 1) for name in ("HOSANNA_PLUGIN_PERMITS_FILE", "HOSANNA_PLUGS")}
    weak = {name for name, _ in cautions(Settings(), EnvFile(Path(".env"), lines))}
    assert "HOSANNA_PLUGS" in weak
    assert "HOSANNA_PLUGIN_PERMITS_FILE" not in weak
