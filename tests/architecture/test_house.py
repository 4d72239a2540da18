"""The house rules that no other checker holds."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2]
SOURCES = sorted((HOUSE / "src").rglob("*.py"))
LONGEST_MODULE = 400
LONGEST_FUNCTION = 60
NAMES_THAT_SAY_NOTHING = {
    "common",
    "helper",
    "helpers",
    "impl",
    "manager",
    "managers",
    "misc",
    "util",
    "utils",
}
WORDS_THAT_SAY_NOTHING = re.compile(r"(Manager|Service|Helper|Util|Utils|Impl)$")
# What the field itself calls so is no filler.
WORDS_OF_THE_FIELD = {"OfficeManager"}
PIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9.!+_-]+")

in_every_module = pytest.mark.parametrize(
    "path", SOURCES, ids=lambda path: str(path.relative_to(HOUSE / "src"))
)


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def is_public(path: Path) -> bool:
    names = path.relative_to(HOUSE / "src").with_suffix("").parts
    return all(name == "__init__" or not name.startswith("_") for name in names)


@in_every_module
def test_a_module_is_a_small_room(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE


@in_every_module
def test_a_function_can_be_read_without_scrolling(path: Path) -> None:
    lengths = {
        node.name: (node.end_lineno or node.lineno) - node.lineno + 1 for node in functions(parsed(path))
    }
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FUNCTION} == {}


@in_every_module
def test_a_room_is_named_by_what_is_in_it(path: Path) -> None:
    assert NAMES_THAT_SAY_NOTHING.isdisjoint(path.relative_to(HOUSE).with_suffix("").parts)


@in_every_module
def test_a_class_is_named_by_what_it_is(path: Path) -> None:
    classes = {node.name for node in ast.walk(parsed(path)) if isinstance(node, ast.ClassDef)}
    assert {name for name in classes - WORDS_OF_THE_FIELD if WORDS_THAT_SAY_NOTHING.search(name)} == set()


@in_every_module
def test_a_public_module_says_what_it_is_for(path: Path) -> None:
    assert not is_public(path) or ast.get_docstring(parsed(path))


@pytest.mark.parametrize("package", ["hosanna_core", "hosanna_adapters", "hosanna_web"])
def test_a_package_tells_type_checkers_that_it_is_typed(package: str) -> None:
    assert (HOUSE / "src" / package / "py.typed").is_file()


def test_the_constraints_are_plain_pins_and_name_no_source() -> None:
    lines = (HOUSE / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not PIN.fullmatch(line)] == []


def test_every_dependency_is_pinned_once() -> None:
    names = [
        re.sub(r"[-_.]+", "-", line.partition("==")[0]).lower()
        for line in (HOUSE / "constraints.txt").read_text(encoding="utf-8").splitlines()
    ]
    assert len(names) == len(set(names))
