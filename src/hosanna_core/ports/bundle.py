"""The ports of one running system, and the few constants that its rules depend on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hosanna_core.rules.access import AccessPolicy
from hosanna_core.rules.lifecycle import STANDARD, Lifecycle

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from hosanna_core.model.ids import Id
    from hosanna_core.ports.announcements import Announcements
    from hosanna_core.ports.api_keys import ApiKeys
    from hosanna_core.ports.audits import Audits
    from hosanna_core.ports.bookmarks import Bookmarks
    from hosanna_core.ports.caches import Cache
    from hosanna_core.ports.calendars import Calendars
    from hosanna_core.ports.dayplans import DayPlans
    from hosanna_core.ports.feed import Feed
    from hosanna_core.ports.firms import Firms
    from hosanna_core.ports.followers import Followers
    from hosanna_core.ports.inboxes import Inboxes
    from hosanna_core.ports.jobs import Jobs
    from hosanna_core.ports.keystore import Keystore
    from hosanna_core.ports.ledger import Ledger
    from hosanna_core.ports.mailers import Mailer
    from hosanna_core.ports.messengers import Messenger
    from hosanna_core.ports.outside import Outside
    from hosanna_core.ports.passwords import Passwords
    from hosanna_core.ports.planners import Planner
    from hosanna_core.ports.pushes import Pusher, Subscriptions
    from hosanna_core.ports.receipts import Receipts
    from hosanna_core.ports.scorers import Scorer
    from hosanna_core.ports.senders import Sender
    from hosanna_core.ports.sessions import Sessions
    from hosanna_core.ports.signatures import Signatures
    from hosanna_core.ports.snapshots import Snapshots
    from hosanna_core.ports.tallies import Tallies
    from hosanna_core.ports.throttles import Throttles
    from hosanna_core.ports.tickets import Tickets
    from hosanna_core.ports.tokens import Tokens
    from hosanna_core.ports.travel import Travel
    from hosanna_core.ports.users import Users
    from hosanna_core.ports.webhooks import Deliveries, Webhooks
    from hosanna_core.rules.keys import StoreKeys
    from hosanna_core.rules.permissions import Addition


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """What one storage adapter brings."""

    ledger: Ledger
    jobs: Jobs
    users: Users
    calendars: Calendars
    receipts: Receipts
    inboxes: Inboxes
    keystore: Keystore
    sessions: Sessions
    audits: Audits
    feed: Feed
    announcements: Announcements
    followers: Followers
    subscriptions: Subscriptions
    tickets: Tickets
    dayplans: DayPlans
    firms: Firms
    api_keys: ApiKeys
    webhooks: Webhooks
    deliveries: Deliveries
    bookmarks: Bookmarks
    tallies: Tallies
    snapshots: Snapshots


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Everything that a use case may ask for."""

    store: Store
    outside: Outside
    passwords: Passwords
    tokens: Tokens
    keys: StoreKeys
    throttles: Throttles
    mailer: Mailer
    pusher: Pusher
    sender: Sender
    signatures: Signatures
    travel: Travel
    planners: Mapping[str, Planner]
    """By name; `model.dayplan.BUILT_IN` is always there."""
    process_id: Id
    """Names this process in the audit trail: what belongs to nobody's stream stands in its own."""
    common_passwords: Container[str] = frozenset()
    """Passwords that everybody tries first, in lower case."""
    cache: Cache | None = None
    """Where reports are kept for a moment; None: each is made anew."""
    policy: AccessPolicy = field(default=AccessPolicy())
    lifecycle: Lifecycle = field(default=STANDARD)
    additions: tuple[Addition, ...] = ()
    """What narrows the policy beyond the matrix."""
    scorers: tuple[Scorer, ...] = ()
    """What ranks candidates beside the scores of the house."""
    messengers: tuple[Messenger, ...] = ()
    """What tells people beside the inbox, e-mail and Web Push."""
