"""What the use cases need of the world, as Protocols whose docstrings are the contract.

All are synchronous and may be called from any thread. `Ports` bundles them for the use cases.
"""

from hosanna_core.ports.announcements import Announcements
from hosanna_core.ports.api_keys import ApiKeys
from hosanna_core.ports.audits import Audits
from hosanna_core.ports.backups import Backups
from hosanna_core.ports.bookmarks import Bookmarks
from hosanna_core.ports.bundle import Ports, Store
from hosanna_core.ports.caches import Cache
from hosanna_core.ports.calendars import Calendars
from hosanna_core.ports.dayplans import DayPlans
from hosanna_core.ports.encryption import Encryption, Reencryption
from hosanna_core.ports.feed import Feed
from hosanna_core.ports.firms import Firms
from hosanna_core.ports.followers import Followers
from hosanna_core.ports.inboxes import Inboxes, Notifier
from hosanna_core.ports.jobs import Jobs
from hosanna_core.ports.keystore import Keystore
from hosanna_core.ports.ledger import Ledger
from hosanna_core.ports.mailers import Mailer, WaryMailer
from hosanna_core.ports.messengers import Messenger
from hosanna_core.ports.outside import Outside
from hosanna_core.ports.passwords import Passwords
from hosanna_core.ports.planners import Planner
from hosanna_core.ports.pushes import Pushed, Pusher, Subscriptions
from hosanna_core.ports.receipts import Receipts
from hosanna_core.ports.scorers import Scorer
from hosanna_core.ports.senders import Sender
from hosanna_core.ports.sessions import Sessions
from hosanna_core.ports.signatures import Signatures
from hosanna_core.ports.snapshots import Snapshots
from hosanna_core.ports.tallies import Tallies
from hosanna_core.ports.throttles import Throttles
from hosanna_core.ports.tickets import Tickets
from hosanna_core.ports.tokens import Claims, Tokens
from hosanna_core.ports.travel import Travel
from hosanna_core.ports.users import Users
from hosanna_core.ports.webhooks import Deliveries, Webhooks

__all__ = [
    "Announcements",
    "ApiKeys",
    "Audits",
    "Backups",
    "Bookmarks",
    "Cache",
    "Calendars",
    "Claims",
    "DayPlans",
    "Deliveries",
    "Encryption",
    "Feed",
    "Firms",
    "Followers",
    "Inboxes",
    "Jobs",
    "Keystore",
    "Ledger",
    "Mailer",
    "Messenger",
    "Notifier",
    "Outside",
    "Passwords",
    "Planner",
    "Ports",
    "Pushed",
    "Pusher",
    "Receipts",
    "Reencryption",
    "Scorer",
    "Sender",
    "Sessions",
    "Signatures",
    "Snapshots",
    "Store",
    "Subscriptions",
    "Tallies",
    "Throttles",
    "Tickets",
    "Tokens",
    "Travel",
    "Users",
    "WaryMailer",
    "Webhooks",
]
