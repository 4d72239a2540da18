"""Sessions, and what the audit trail is told."""

from __future__ import annotations

from hypothesis import strategies as st

from hosanna_core.model.audit import AuditFacts, Outcome
from hosanna_core.model.ids import DAY, Id
from hosanna_core.model.session import Session, Spent
from hosanna_core.testing.strategies.basics import ids, instants, json_values, texts
from hosanna_core.testing.strategies.work import refs

_ACTIONS = ("login", "logout", "session.opened", "session.replayed", "user.role_changed", "access.denied")
_NAMES = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=12)


def _secrets() -> st.SearchStrategy[bytes]:
    return st.binary(min_size=32, max_size=32)


def sessions(user_id: st.SearchStrategy[Id] | None = None) -> st.SearchStrategy[Session]:
    """Sessions that go on, some exchanged a few times already."""
    spent = st.builds(Spent, version=st.integers(1, 1000), at=instants(), child=_secrets())
    return st.builds(
        Session,
        id=ids(),
        version=st.integers(1, 1000),
        user_id=ids() if user_id is None else user_id,
        epoch=st.integers(0, 100),
        device=st.none() | texts(100),
        address_key=st.binary(min_size=16, max_size=16),
        token_hash=_secrets(),
        spent=st.lists(spent, max_size=3).map(tuple),
        created_at=instants(),
        used_at=instants(),
        expires_at=instants().map(lambda at: at + 800 * DAY),
    )


def audit_facts(stream: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[AuditFacts]:
    """What may be put down, about anybody or nobody."""
    streams = ids().map(lambda each: f"user|{each}") | ids().map(lambda each: f"process|{each}")
    return st.builds(
        AuditFacts,
        id=ids(),
        stream=streams if stream is None else stream,
        at=instants(),
        actor_id=st.none() | ids(),
        action=st.sampled_from(_ACTIONS),
        subject=st.none() | refs(),
        outcome=st.sampled_from(Outcome),
        details=st.dictionaries(_NAMES, json_values(), max_size=3),
        personal=st.dictionaries(st.sampled_from(("address", "device")), texts(100), max_size=2),
        salt=st.binary(min_size=16, max_size=16),
    )
