"""The ports of one running system, and the few constants that its rules depend on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hosanna_core.model.ids import HOUR
from hosanna_core.rules.lifecycle import STANDARD, Lifecycle

if TYPE_CHECKING:
    from hosanna_core.model.ids import Millis
    from hosanna_core.ports.calendars import Calendars
    from hosanna_core.ports.inboxes import Inboxes
    from hosanna_core.ports.jobs import Jobs
    from hosanna_core.ports.keystore import Keystore
    from hosanna_core.ports.ledger import Ledger
    from hosanna_core.ports.outside import Outside
    from hosanna_core.ports.passwords import Passwords
    from hosanna_core.ports.receipts import Receipts
    from hosanna_core.ports.tokens import Tokens
    from hosanna_core.ports.users import Users
    from hosanna_core.rules.keys import StoreKeys


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Everything that a use case may ask for."""

    store: Store
    outside: Outside
    passwords: Passwords
    tokens: Tokens
    keys: StoreKeys
    lifecycle: Lifecycle = field(default=STANDARD)
    token_lifetime: Millis = HOUR
    """How long an access token is valid: long, as long as there is no other kind that renews it."""
