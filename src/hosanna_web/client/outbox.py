"""Commands that wait until the server can be reached, and what became of them."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from hosanna_web.client.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hosanna_web.client.copying import LocalCopy
    from hosanna_web.client.session import Session

MOST_AT_ONCE: Final = 100
LARGEST: Final = 900_000
"""Bytes of one request: the server takes a mebibyte."""
_PASSING: Final = frozenset({401, 408, 429})
_ON_SERVERS: Final = 500
_ILL_FORMED: Final = frozenset({400, 413, 422})
_TOO_LARGE: Final = 413
_IN_PROGRESS: Final = "in_progress"
_SECOND: Final = 1.0


@dataclass(frozen=True, slots=True)
class Command:
    """A transition that somebody wants; *key* is that under which it is done once."""

    key: str
    job_id: str
    action: str
    body: dict[str, Any]
    if_match: int | None = None

    def said(self) -> dict[str, Any]:
        """As `/sync` takes it."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a command: the *job*, or the *problem* for which it was refused for good."""

    command: Command
    status: int
    job: dict[str, Any] | None = None
    problem: dict[str, Any] | None = None

    @property
    def done(self) -> bool:
        """Whether it was done."""
        return self.job is not None

    @property
    def passes(self) -> bool:
        """Whether it is to be sent again: it was put off, not refused."""
        code = (self.problem or {}).get("code")
        return self.status in _PASSING or self.status >= _ON_SERVERS or code == _IN_PROGRESS


class Outbox:
    """The commands of a session's user, in the order in which they were given.

    A command is stored before `add` returns, and stays until its verdict was taken: whatever breaks in between, it is
    sent again under its key, and done once. The server remembers a key for 24 hours.
    """

    def __init__(self, session: Session, copy: LocalCopy | None = None) -> None:
        self._session = session
        self._copy = copy
        self._user_id = session.user_id
        self._kind = f"commands of {self._user_id}"
        self._sending = threading.Lock()
        self._lock = threading.Lock()
        self._waiting = {key: Command(**said) for key, said in session.shelf.all(self._kind).items()}
        self._not_before = 0.0

    @property
    def waiting(self) -> tuple[Command, ...]:
        """What has yet to be decided."""
        with self._lock:
            return tuple(self._waiting.values())

    @property
    def due(self) -> bool:
        """Whether something waits, and not for the server to have time."""
        return bool(self._waiting) and time.monotonic() >= self._not_before

    def add(
        self, job_id: str, action: str, body: dict[str, Any] | None = None, *, if_match: int | None = None
    ) -> Command:
        """Queue a transition; *if_match* is the version that it is meant for, if it matters.

        Raises TypeError or ValueError for what JSON cannot say: it would wait for ever, and all behind it.
        """
        command = _as_sent(Command(str(uuid4()), job_id, action, body or {}, if_match))
        with self._lock:
            self._session.shelf.change(self._kind, put={command.key: asdict(command)})
            self._waiting[command.key] = command
        return command

    def drop(self, key: str) -> None:
        """Forget a command; it may have been done."""
        with self._lock:
            self._session.shelf.change(self._kind, remove=[key])
            self._waiting.pop(key, None)

    def send(self) -> list[Verdict]:
        """Send what waits; the verdicts on what was decided. Raises Offline, LoggedOut, Refused: nothing is lost."""
        return list(self.sending())

    def sending(self, *, patience: float | None = None) -> Iterator[Verdict]:
        """Like `send`, one verdict after another: a command is forgotten once the next one is asked for.

        What is put off stays, and with it what the server put off for its sake; `due` says when to try again. A command
        that the server does not take at all is refused for good, and stops no other. While another thread sends this
        does nothing.
        """
        if not self._sending.acquire(blocking=False):
            return
        try:
            self._session.demand(self._user_id)
            while self.due:
                for verdict in self._verdicts(self._next(), patience):
                    yield verdict
                    self.drop(verdict.command.key)
        finally:
            self._sending.release()

    def _next(self) -> list[Command]:
        """As many as one request takes: one at least."""
        chosen: list[Command] = []
        size = 0
        for command in self.waiting[:MOST_AT_ONCE]:
            size += len(json.dumps(command.said()))
            if chosen and size > LARGEST:
                break
            chosen.append(command)
        return chosen

    def _verdicts(self, commands: list[Command], patience: float | None) -> Iterator[Verdict]:
        """What was decided of them; the rest stays for later."""
        body = {"commands": [command.said() for command in commands]}
        try:
            answer = self._session.request("POST", "/sync", body=body, patience=patience)
        except Refused as refused:
            # Whatever stands between may measure, too; what else it says is no word on any command.
            if refused.status not in _ILL_FORMED or (refused.passes and refused.status != _TOO_LARGE):
                raise
            yield from self._told_apart(commands, refused, patience)
            return
        for command, said in zip(commands, answer["verdicts"], strict=True):
            verdict = Verdict(command, said["status"], said.get("job"), said.get("problem"))
            if verdict.passes:
                wait = max((verdict.problem or {}).get("retry_after", _SECOND), _SECOND)
                self._not_before = max(self._not_before, time.monotonic() + wait)
                continue
            if verdict.job is not None and self._copy is not None:
                self._copy.improve(verdict.job)
            yield verdict

    def _told_apart(
        self, commands: list[Command], refused: Refused, patience: float | None
    ) -> Iterator[Verdict]:
        """Whole lists are refused for one command that is none: the others are sent without it, in their order."""
        if len(commands) == 1:
            # Whatever stands between may have refused it, in no words of ours.
            yield Verdict(commands[0], refused.status, problem={"detail": refused.detail, **refused.problem})
            return
        middle = len(commands) // 2
        for some in (commands[:middle], commands[middle:]):
            if self.due:
                yield from self._verdicts(some, patience)


def _as_sent(command: Command) -> Command:
    """A copy that is what the server will read."""
    return Command(**json.loads(json.dumps(asdict(command), ensure_ascii=False, allow_nan=False).encode()))
