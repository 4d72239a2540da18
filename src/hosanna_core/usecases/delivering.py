"""Telling people by e-mail and Web Push what waits in their inboxes for that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.model.ids import DAY, HOUR, MINUTE, Millis
from hosanna_core.model.mail import Mail
from hosanna_core.model.notice import Channel
from hosanna_core.model.people import Actor
from hosanna_core.ports import Pushed, WaryMailer
from hosanna_core.usecases.inbox import notification_documents
from hosanna_core.usecases.notifying import ways_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from hosanna_core.model.notice import Notice
    from hosanna_core.model.notification import NotificationDocument
    from hosanna_core.model.people import User
    from hosanna_core.ports import Mailer, Ports

AT_ONCE: Final = 20
LEASE: Final[Millis] = 2 * MINUTE
"""Who took notices has so long to deliver them; then somebody else tries."""
LONGEST: Final[Millis] = MINUTE
"""No device is tried after so long: what is left of it waits for the next time."""
SHORTEST_PAUSE: Final[Millis] = MINUTE
LONGEST_PAUSE: Final[Millis] = HOUR
GIVEN_UP_AFTER: Final[Millis] = DAY
LARGEST_MESSAGE: Final = 3_000
"""Bytes that a push message may have, so that with all that encryption adds every push service takes it."""
_CUT: Final = "…"
_ENCODE: Final = msgspec.json.Encoder().encode
_LETTER = """{body}

You get this letter because you chose to be told by e-mail. All of it is in your inbox, where you can choose otherwise.
"""


class _Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a device is told. It shows the newest of one *id* alone: now and then a message comes twice."""

    id: str
    kind: str
    title: str
    body: str
    job_id: str | None = None


def deliver_due(ports: Ports, stopping: Callable[[], bool] = lambda: False) -> int:
    """Deliver notices that are due, a bounded number at once; how many were looked at.

    Each is told as its receiver may see it now, and not at all where it has been read, has expired, or names nothing
    any more. Once is promised at least: whoever is killed in between delivers again after two minutes. What stands
    still, or is *stopping*, is left for then, too.
    """
    now = ports.outside.now()
    taken = ports.store.inboxes.take_due(now, now + LEASE, AT_ONCE)
    for notice in taken:
        if stopping() or ports.outside.now() >= now + LONGEST:
            break
        left = _left(ports, notice, lambda: stopping() or ports.outside.now() >= now + LONGEST)
        ports.store.inboxes.settle(_put_off(notice, left, ports.outside.now()))
    return len(taken)


def _left(ports: Ports, notice: Notice, enough: Callable[[], bool]) -> tuple[Channel, ...]:
    """Tell a notice on its ways; those on which it has yet to be told."""
    if notice.read_at is not None or not notice.shown(ports.outside.now()):
        return ()
    user = ports.store.users.get(notice.user_id)
    if user is None or not user.active:
        return ()
    document = notification_documents(ports, Actor(user.id, user.role), (notice,))[0]
    if notice.job_id is not None and document.job_id is None:
        return ()
    left: list[Channel] = []
    _, wanted = ways_of(ports, user, notice.kind)
    for channel in (each for each in notice.channels if each in wanted):
        if channel is Channel.EMAIL:
            if not _sent(ports.mailer, _letter(user, document)):
                left.append(channel)
        elif channel is Channel.PLUGIN:
            told = [messenger.tell(user, document) for messenger in ports.messengers]
            left += [] if all(told) else [channel]
        elif not _pushed(ports, user, _message(document), enough):
            left.append(channel)
    return tuple(left)


def _sent(mailer: Mailer, letter: Mail) -> bool:
    """Send it; not where it would wait long, and not outlive this process: the inbox keeps it better."""
    if isinstance(mailer, WaryMailer) and not mailer.ready:
        return False
    mailer.send(letter)
    return True


def _put_off(notice: Notice, left: tuple[Channel, ...], now: Millis) -> Notice:
    """The notice with what is left of it, due after as long as it has waited already: each pause is twice the last."""
    age = now - notice.created_at
    if not left or age >= GIVEN_UP_AFTER:
        return msgspec.structs.replace(notice, channels=(), due_at=None)
    pause = min(max(age, SHORTEST_PAUSE), LONGEST_PAUSE)
    return msgspec.structs.replace(notice, channels=left, due_at=now + pause)


def _pushed(ports: Ports, user: User, message: bytes, enough: Callable[[], bool]) -> bool:
    """Push to every device; whether nothing is left to try.

    One that was reached will do: to try again for the sake of another would tell it over and over.
    """
    outcomes: set[Pushed] = set()
    for subscription in reversed(ports.store.subscriptions.of(user.id)):
        if enough():
            outcomes.add(Pushed.LATER)
            break
        outcome = ports.pusher.push(subscription, message)
        outcomes.add(outcome)
        if outcome is Pushed.GONE:
            ports.store.subscriptions.drop(user.id, subscription.id)
    return Pushed.TAKEN in outcomes or Pushed.LATER not in outcomes


def _letter(user: User, document: NotificationDocument) -> Mail:
    return Mail(to=user.email, subject=document.title, text=_LETTER.format(body=document.body))


def _message(document: NotificationDocument) -> bytes:
    """What a device is told, its body cut off where it would be too long."""
    message = _Message(
        id=document.id,
        kind=document.kind,
        title=document.title,
        body=document.body,
        job_id=document.job_id,
    )
    body = document.body
    while len(raw := _ENCODE(message)) > LARGEST_MESSAGE:
        # No character takes more than six bytes: so many at least must go.
        body = body[: -((len(raw) - LARGEST_MESSAGE) // 6 + 1)]
        message = msgspec.structs.replace(message, body=body + _CUT)
    return raw
