"""What people are told, and how they are reached."""

from __future__ import annotations

from hypothesis import strategies as st

from hosanna_core.model.announcement import Announcement
from hosanna_core.model.ids import Id
from hosanna_core.model.notice import Channel, Notice, NoticeKind
from hosanna_core.model.push import PushSubscription
from hosanna_core.model.status import Status
from hosanna_core.testing.strategies.basics import ids, instants, roles, texts

_BASE64URL = st.text(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", min_size=1, max_size=90
)


def notices(user_id: st.SearchStrategy[Id] | None = None) -> st.SearchStrategy[Notice]:
    """What somebody is told."""
    waiting = st.lists(st.sampled_from((Channel.EMAIL, Channel.PUSH)), max_size=2, unique=True).map(tuple)
    return st.builds(
        Notice,
        id=ids(),
        user_id=ids() if user_id is None else user_id,
        kind=st.sampled_from(NoticeKind).map(str),
        job_id=st.none() | ids(),
        status=st.none() | st.sampled_from(Status),
        announcement_id=st.none() | ids(),
        created_at=instants(),
        expires_at=st.none() | instants(),
        read_at=st.none() | instants(),
        live=st.booleans(),
        channels=waiting,
        due_at=st.none() | instants(),
    )


def announcements() -> st.SearchStrategy[Announcement]:
    """What an Administrator tells everybody, or everybody of a role."""
    return st.builds(
        Announcement,
        id=ids(),
        version=st.just(1),
        title=texts(),
        body=texts(5000),
        role=st.none() | roles(),
        actor_id=ids(),
        created_at=instants(),
        expires_at=st.none() | instants(),
    )


def subscriptions(user_id: st.SearchStrategy[Id] | None = None) -> st.SearchStrategy[PushSubscription]:
    """Devices that want to be told."""
    return st.builds(
        PushSubscription,
        id=ids(),
        user_id=ids() if user_id is None else user_id,
        endpoint=_BASE64URL.map(lambda path: f"https://push.example.com/{path}"),
        p256dh=_BASE64URL,
        auth=_BASE64URL,
        created_at=instants(),
    )
