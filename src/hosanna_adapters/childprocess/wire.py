"""What goes between the two processes: the task in a file, back come frames of a kind, a length and a pickled value.

Both ends are ours, and of the same version: nobody else can write there.
"""

from __future__ import annotations

import pickle
import struct
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hosanna_core.model.planning import Plan, Problem

HEAD: Final = struct.Struct("!cI")
PROGRESS, PLAN = b"s", b"p"


class Task(NamedTuple):
    """What a child is to do."""

    problem: Problem
    start: Plan | None


def written(task: Task) -> bytes:
    """The task. A way to ask for travel that cannot be sent goes as all that it answers."""
    try:
        return pickle.dumps(task)
    except (pickle.PicklingError, TypeError, AttributeError):
        problem = task.problem
        told = {"times": tuple(map(tuple, problem.times))}
        if problem.distances is not None:
            told["distances"] = tuple(map(tuple, problem.distances))
        return pickle.dumps(Task(msgspec.structs.replace(problem, **told), task.start))


def frame(kind: bytes, value: Any) -> bytes:
    """One frame."""
    body = pickle.dumps(value)
    return HEAD.pack(kind, len(body)) + body


def frames(received: bytearray) -> Iterator[tuple[bytes, Any]]:
    """The frames that are whole; they are taken out of what was *received*."""
    while len(received) >= HEAD.size:
        kind, length = HEAD.unpack_from(received)
        if len(received) < HEAD.size + length:
            return
        body = bytes(received[HEAD.size : HEAD.size + length])
        del received[: HEAD.size + length]
        yield kind, pickle.loads(body)  # noqa: S301  # it comes from our own child
