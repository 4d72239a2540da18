"""The port's mailer: a queue, and a thread that hands letters in one after the other."""

from __future__ import annotations

import logging
import ssl
import threading
import time
from contextlib import suppress
from queue import Empty, Full, Queue
from typing import TYPE_CHECKING, Final, NamedTuple

from hosanna_adapters.smtp.delivery import Encryption, Server, is_final, kind_of
from hosanna_adapters.smtp.letter import letter_of
from hosanna_core.model.condition import Condition, Mode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from email.message import EmailMessage

    from hosanna_core.model.mail import Mail

MOST_WAITING: Final = 500
"""Letters; more than a server that is well ever has."""
PAUSES: Final = (1.0, 5.0)
"""Seconds before the second and the third try."""
STALE: Final = 600.0
"""Seconds after which a letter is not worth delivering: the link in it has expired."""
_AT_CLOSING: Final = 5.0

_log = logging.getLogger("hosanna.mail")


class _Waiting(NamedTuple):
    mail: Mail
    since: float

    @property
    def domain(self) -> str:
        """Of its address: what the log may say of it."""
        at = self.mail.to.rfind("@")
        return ascii(self.mail.to[at + 1 :])[1:-1][:100] if at >= 0 else "?"


class SmtpMailer:
    """`Mailer` by SMTP, on a thread of its own.

    What cannot be delivered, or finds the queue full, is logged by the domain of its address alone.
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
            context=context or ssl.create_default_context(),
        )
        self._sender = sender
        self._pauses = tuple(pauses)
        self._queue: Queue[_Waiting | None] = Queue(most_waiting)
        self._closing = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._error: str | None = None
        self._failing = False
        self._latency: float | None = None

    def send(self, mail: Mail, *, pretend: bool = False) -> None:
        # It is written on the other thread: that takes half a millisecond, by which who asks could tell that there is
        # somebody to write to.
        waiting = _Waiting(mail, time.monotonic())
        if pretend:
            return
        if self._closing.is_set():
            _log.warning("A letter to somebody at %s is not sent: the server is closing.", waiting.domain)
            return
        try:
            self._queue.put_nowait(waiting)
        except Full:
            _log.error("A letter to somebody at %s is not sent: too many are waiting.", waiting.domain)
            return
        self._start()

    def condition(self) -> Condition:
        """How the mail server was when a letter was last handed in, and what waits."""
        waiting = self._queue.qsize()
        full = waiting >= self._queue.maxsize
        return Condition(
            name="mail",
            mode=Mode.DEGRADED if self._failing or full else Mode.OK,
            latency_ms=None if self._latency is None else round(self._latency * 1000, 3),
            error=self._error,
            waiting=waiting,
        )

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
        while True:
            waiting = self._queue.get()
            if waiting is None:
                return
            if time.monotonic() - waiting.since > STALE:
                _log.error("A letter to somebody at %s is not sent: it waited too long.", waiting.domain)
            elif (letter := self._written(waiting)) is not None:
                self._deliver(letter, waiting.domain)
            if self._closing.is_set() and self._queue.empty():
                return

    def _written(self, waiting: _Waiting) -> EmailMessage | None:
        try:
            return letter_of(waiting.mail, self._sender)
        except Exception:  # whatever it is, the thread is needed for the next letter
            _log.warning(
                "A letter to somebody at %s cannot be sent: its headers would not be sound.", waiting.domain
            )
            return None

    def _deliver(self, letter: EmailMessage, domain: str) -> None:
        for pause in (*self._pauses, None):
            began = time.monotonic()
            try:
                self._server.deliver(letter)
                self._failing, self._latency = False, time.monotonic() - began
                return
            except Exception as error:  # whatever it is, the thread is needed for the next letter
                # One address that is refused says nothing of the server.
                self._failing, self._error = not is_final(error), type(error).__name__
                last = pause is None or is_final(error) or self._closing.is_set()
                _log.log(
                    logging.ERROR if last else logging.WARNING,
                    "A letter to somebody at %s could not be delivered (%s)%s.",
                    domain,
                    kind_of(error),
                    "" if last else ", and will be tried again",
                )
            if last or pause is None:
                return
            self._closing.wait(pause)

    def _give_up(self) -> None:
        left = 0
        while True:
            try:
                left += self._queue.get_nowait() is not None
            except Empty:
                break
        if left:
            _log.error("%s letters were not sent: the server is closing.", left)
