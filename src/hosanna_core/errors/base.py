"""What every error has, and what is wrong with an input."""

from __future__ import annotations

from typing import ClassVar


class HosannaError(Exception):
    """The root of the tree; *code* is stable and meant for programs, *detail* for people."""

    code: ClassVar[str] = "error"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Flaw:
    """One thing that is wrong with an input: where (a JSON pointer) and what would be right."""

    __slots__ = ("message", "pointer")

    def __init__(self, pointer: str, message: str) -> None:
        self.pointer = pointer
        self.message = message

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Flaw) and (self.pointer, self.message) == (other.pointer, other.message)

    def __hash__(self) -> int:
        return hash((self.pointer, self.message))

    def __repr__(self) -> str:
        return f"Flaw({self.pointer!r}, {self.message!r})"
