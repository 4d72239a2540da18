"""The reference of the audit trail knows every action that the code can put down, and no other."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[2]
SOURCES = [
    path
    for path in sorted((HOUSE / "src").rglob("*.py"))
    if "testing" not in path.parts and "contracts" not in path.parts
]
PAGE = (HOUSE / "docs" / "reference" / "audit.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([a-z_.]+)` \| (?:success|failure|denied) \|", re.MULTILINE)
FACTS = "AuditFacts"
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Reading:
    """Follows the word `action` from where facts are made back to the constants that it can be."""

    def __init__(self) -> None:
        trees = [ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES]
        self.calls = [found for tree in trees for found in _calls(tree, ())]
        self.constants: dict[str, ast.expr] = {}
        for node in (node for tree in trees for node in tree.body):
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
                self.constants[node.target.id] = node.value
        self.takers: dict[str, tuple[int | None, str]] = {FACTS: (None, "action")}
        """Functions that hand an action on: at which place, and under which name they take it."""
        self.actions: set[str] = set()

    def all(self) -> set[str]:
        """Until nothing new is learned."""
        known: Mapping[str, object] = {}
        while known != self.takers:
            known = dict(self.takers)
            for call, around in self.calls:
                taker = self.takers.get(_name(call.func))
                if taker is not None and (given := _given(call, *taker)) is not None:
                    self._follow(given, around)
        return self.actions

    def _follow(self, value: ast.expr, around: tuple[Function, ...]) -> None:
        match value:
            case ast.Constant(value=str(action)):
                self.actions.add(action)
            case ast.IfExp():
                self._follow(value.body, around)
                self._follow(value.orelse, around)
            case ast.Name(id=name):
                self._follow_name(name, around)
            case _:
                raise AssertionError(f"what action is this: {ast.unparse(value)}?")

    def _follow_name(self, name: str, around: tuple[Function, ...]) -> None:
        for function in reversed(around):
            parameters = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
            if name in parameters:
                self.takers[function.name] = (parameters.index(name), name)
                return
            for node in ast.walk(function):
                if isinstance(node, ast.Assign) and any(_name(target) == name for target in node.targets):
                    self._follow(node.value, around)
                    return
        self._follow(self.constants[name], ())


def _calls(node: ast.AST, around: tuple[Function, ...]) -> Iterator[tuple[ast.Call, tuple[Function, ...]]]:
    if isinstance(node, ast.Call):
        yield node, around
    inside = (*around, node) if isinstance(node, Function) else around
    for child in ast.iter_child_nodes(node):
        yield from _calls(child, inside)


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _given(call: ast.Call, place: int | None, name: str) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    return call.args[place] if place is not None and len(call.args) > place else None


def test_the_reference_names_every_action_that_can_be_recorded_and_no_other() -> None:
    assert set(ROW.findall(PAGE)) == Reading().all()
