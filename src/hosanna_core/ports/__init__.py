"""What the use cases need of the world, as Protocols whose docstrings are the contract.

All are synchronous and may be called from any thread. `Ports` bundles them for the use cases.
"""

from hosanna_core.ports.bundle import Ports, Store
from hosanna_core.ports.calendars import Calendars
from hosanna_core.ports.inboxes import Inboxes, Notifier
from hosanna_core.ports.jobs import Jobs
from hosanna_core.ports.keystore import Keystore
from hosanna_core.ports.ledger import Ledger
from hosanna_core.ports.outside import Outside
from hosanna_core.ports.passwords import Passwords
from hosanna_core.ports.receipts import Receipts
from hosanna_core.ports.tokens import Claims, Tokens
from hosanna_core.ports.users import Users

__all__ = [
    "Calendars",
    "Claims",
    "Inboxes",
    "Jobs",
    "Keystore",
    "Ledger",
    "Notifier",
    "Outside",
    "Passwords",
    "Ports",
    "Receipts",
    "Store",
    "Tokens",
    "Users",
]
