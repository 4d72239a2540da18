"""One contract suite per port. Subclass, override the fixture, and your adapter has the suite.

```python
class TestMyLedger(LedgerContract):
    @pytest.fixture
    def store(self) -> Store:
        return MyStore().ports()
```
"""

from hosanna_core.testing.contracts.audits import AuditsContract
from hosanna_core.testing.contracts.base import StoreContract
from hosanna_core.testing.contracts.batch import BatchContract
from hosanna_core.testing.contracts.bookmarks import BookmarksContract
from hosanna_core.testing.contracts.caches import CacheContract
from hosanna_core.testing.contracts.credentials import PasswordsContract, TokensContract
from hosanna_core.testing.contracts.dayplans import DayPlansContract
from hosanna_core.testing.contracts.durability import DurabilityContract
from hosanna_core.testing.contracts.feed import FeedContract
from hosanna_core.testing.contracts.firms import FirmsContract
from hosanna_core.testing.contracts.inboxes import InboxesContract, NotifierContract
from hosanna_core.testing.contracts.integrations import ApiKeysContract, DeliveriesContract, WebhooksContract
from hosanna_core.testing.contracts.jobs import JobsContract
from hosanna_core.testing.contracts.ledger import LedgerContract
from hosanna_core.testing.contracts.lists import ListsContract, SearchContract
from hosanna_core.testing.contracts.mailers import MailerContract
from hosanna_core.testing.contracts.outside import OutsideContract
from hosanna_core.testing.contracts.planners import PlannerContract
from hosanna_core.testing.contracts.races import RacesContract
from hosanna_core.testing.contracts.registers import CalendarsContract, KeystoreContract, ReceiptsContract
from hosanna_core.testing.contracts.secrets import EncryptionContract, SignaturesContract
from hosanna_core.testing.contracts.sessions import SessionsContract
from hosanna_core.testing.contracts.snapshots import SnapshotsContract
from hosanna_core.testing.contracts.tallies import TalliesContract
from hosanna_core.testing.contracts.telling import (
    AnnouncementsContract,
    FollowersContract,
    SubscriptionsContract,
    TicketsContract,
)
from hosanna_core.testing.contracts.throttles import ThrottlesContract
from hosanna_core.testing.contracts.travel import TravelContract
from hosanna_core.testing.contracts.users import UsersContract

__all__ = [
    "AnnouncementsContract",
    "ApiKeysContract",
    "AuditsContract",
    "BatchContract",
    "BookmarksContract",
    "CacheContract",
    "CalendarsContract",
    "DayPlansContract",
    "DeliveriesContract",
    "DurabilityContract",
    "EncryptionContract",
    "FeedContract",
    "FirmsContract",
    "FollowersContract",
    "InboxesContract",
    "JobsContract",
    "KeystoreContract",
    "LedgerContract",
    "ListsContract",
    "MailerContract",
    "NotifierContract",
    "OutsideContract",
    "PasswordsContract",
    "PlannerContract",
    "RacesContract",
    "ReceiptsContract",
    "SearchContract",
    "SessionsContract",
    "SignaturesContract",
    "SnapshotsContract",
    "StoreContract",
    "SubscriptionsContract",
    "TalliesContract",
    "ThrottlesContract",
    "TicketsContract",
    "TokensContract",
    "TravelContract",
    "UsersContract",
    "WebhooksContract",
]
