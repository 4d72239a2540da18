"""The port's mailer: a queue, and a thread that hands letters in one after the other."""

from __future__ import annotations

import logging
import ssl
import threading
import time
from contextlib import nullcontext, suppress
from contextvars import Context, copy_context
from queue import Empty, Full, Queue
from typing import TYPE_CHECKING, Final, NamedTuple

from hosanna_adapters.smtp.delivery import Encryption, Server, Unreachable, is_final, kind_of
from hosanna_adapters.smtp.letter import letter_of
from hosanna_core.model.condition import Condition, Mode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from email.message import EmailMessage

    from hosanna_core.model.mail import Mail

MOST_WAITING: Final = 500
"""Letters; more than a server that is well ever has."""
PAUSES: Final = (1.0, 5.0, 30.0)
"""Seconds before the second, the third and each further try."""
LOOKS: Final = 5.0
"""Seconds at most until it is looked again whether a server that was away is back: all that waits waits for that."""
STALE: Final = 600.0
"""Seconds after which a letter is not worth delivering: the link in it has expired."""
_WORDS: Final = 3
"""So many times as long as for one word of the server is waited for all of them."""
_AT_CLOSING: Final = 5.0

_NOT_DELIVERED: Final = "A letter to somebody at %s could not be delivered (%s)%s."
_log = logging.getLogger("hosanna.mail")


class _Waiting(NamedTuple):
    mail: Mail
    since: float
    context: Context
    """Of whoever wrote it: the log and a trace say which request it came from."""
    tries: int = 0
    due: float = 0.0
    """When it is tried again."""

    @property
    def domain(self) -> str:
        """Of its address: what the log may say of it."""
        at = self.mail.to.rfind("@")
        return ascii(self.mail.to[at + 1 :])[1:-1][:100] if at >= 0 else "?"


class SmtpMailer:
    """`Mailer` by SMTP, on a thread of its own.

    While the server is away every letter waits for it, in the order in which they came; one that the server does not
    take for now is put off, and the others go on. What is stale, cannot be delivered, or finds the queue full, is
    logged by the domain of its address alone.
    """

    def __init__(
        self,
        host: str,
        port: int | None = None,
        *,
        sender: str,
        user: str | None = None,
        password: str | None = None,
        encryption: Encryption = Encryption.WHERE_IT_MATTERS,
        context: ssl.SSLContext | None = None,
        timeout: float = 10.0,
        pauses: Sequence[float] = PAUSES,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._server = Server(
            host=host,
            port=port or (465 if encryption is Encryption.FROM_THE_START else 587),
            name=sender.rpartition("@")[2],
            user=user,
            password=password,
            encryption=encryption,
            timeout=timeout,
            longest=_WORDS * timeout,
            context=context or ssl.create_default_context(),
        )
        self._sender = sender
        self.traced: Callable[[str], AbstractContextManager[object]] = nullcontext
        """Is open, by the name of what is done, while the server is asked."""
        self._pauses = tuple(pauses)  # at least one
        self._most_waiting = most_waiting
        self._queue: Queue[_Waiting | None] = Queue(most_waiting)
        self._put_off: list[_Waiting] = []
        """What the server did not take for now."""
        self._in_hand = False
        self._closing = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._error: str | None = None
        self._failing = False
        self._latency: float | None = None

    def send(self, mail: Mail, *, pretend: bool = False) -> None:
        # It is written on the other thread: that takes half a millisecond, by which who asks could tell that there is
        # somebody to write to.
        waiting = _Waiting(mail, time.monotonic(), copy_context())
        if pretend:
            return
        if self._closing.is_set():
            _log.warning("A letter to somebody at %s is not sent: the server is closing.", waiting.domain)
            return
        try:
            if self._waiting >= self._most_waiting:
                raise Full
            self._queue.put_nowait(waiting)
        except Full:
            _log.error("A letter to somebody at %s is not sent: too many are waiting.", waiting.domain)
            return
        self._start()

    @property
    def ready(self) -> bool:
        # Where nothing waits only the next letter can show whether it is back.
        return not (self._failing and self._waiting) and self._waiting < self._most_waiting // 2

    def condition(self) -> Condition:
        """How the mail server was when a letter was last handed in, and what waits."""
        full = self._waiting >= self._most_waiting
        return Condition(
            name="mail",
            mode=Mode.DEGRADED if self._failing or full else Mode.OK,
            latency_ms=None if self._latency is None else round(self._latency * 1000, 3),
            error=self._error,
            waiting=self._waiting,
        )

    @property
    def _waiting(self) -> int:
        return self._queue.qsize() + len(self._put_off) + self._in_hand

    def close(self, patience: float = _AT_CLOSING) -> None:
        """Wait up to *patience* seconds for what is queued; it gets one try each. What is left then is not sent."""
        self._closing.set()
        thread = self._thread
        if thread is not None:
            # Where it is full the thread does not wait for another letter, but finds that we are closing.
            with suppress(Full):
                self._queue.put_nowait(None)
            thread.join(patience)
        self._give_up()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="hosanna-mail", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while (waiting := self._next()) is not None:
            self._in_hand = True
            try:
                waiting.context.run(self._carry, waiting)
            finally:
                self._in_hand = False

    def _next(self) -> _Waiting | None:
        """What is to be tried now; None at the end, when everything had its try."""
        while True:
            first = min(self._put_off, key=lambda each: each.due, default=None)
            left = None if first is None else max(0.0, first.due - time.monotonic())
            if self._closing.is_set():
                left = 0.0
            try:
                waiting = self._queue.get(timeout=left) if left else self._queue.get(block=left is None)
            except Empty:
                if first is not None:
                    self._put_off.remove(first)
                return first
            if waiting is not None:
                return waiting

    def _carry(self, waiting: _Waiting) -> None:
        """Deliver it, put it off, or give it up. While the server is away nothing else is done."""
        letter = self._written(waiting)
        while letter is not None:
            error, away = self._tried(letter)
            if error is None:
                return
            waiting = waiting._replace(tries=waiting.tries + 1)
            pause = self._pauses[min(waiting.tries, len(self._pauses)) - 1]
            over = time.monotonic() + pause - waiting.since > STALE
            if over or is_final(error) or self._closing.is_set():
                _log.error(_NOT_DELIVERED, waiting.domain, kind_of(error), "")
                return
            if waiting.tries <= len(self._pauses):
                _log.warning(_NOT_DELIVERED, waiting.domain, kind_of(error), ", and will be tried again")
            if not away:
                self._put_off.append(waiting._replace(due=time.monotonic() + pause))
                return
            self._closing.wait(min(pause, LOOKS))

    def _tried(self, letter: EmailMessage) -> tuple[Exception | None, bool]:
        """What went wrong, and whether the server was away; whatever it is, the thread is needed for other letters."""
        began = time.monotonic()
        try:
            with self.traced("deliver_letter"):
                self._server.deliver(letter)
        except Unreachable as unreachable:
            error, away = unreachable.__cause__, True
        except Exception as other:
            error, away = other, False
        else:
            self._failing, self._latency = False, time.monotonic() - began
            return None, False
        found = error if isinstance(error, Exception) else OSError()
        # One address that is refused says nothing of the server.
        self._failing, self._error = not is_final(found), type(found).__name__
        return found, away

    def _written(self, waiting: _Waiting) -> EmailMessage | None:
        if time.monotonic() - waiting.since > STALE:
            _log.error("A letter to somebody at %s is not sent: it waited too long.", waiting.domain)
            return None
        try:
            return letter_of(waiting.mail, self._sender)
        except Exception:  # whatever it is, the thread is needed for the next letter
            _log.warning(
                "A letter to somebody at %s cannot be sent: its headers would not be sound.", waiting.domain
            )
            return None

    def _give_up(self) -> None:
        left = len(self._put_off)
        while True:
            try:
                left += self._queue.get_nowait() is not None
            except Empty:
                break
        if left:
            _log.error("%s letters were not sent: the server is closing.", left)
