"""What every fault of a store stands on."""

from typing import Any, ClassVar

from hosanna_core.errors import CommitRefused
from hosanna_core.ports import Store


class Around:
    """A port that passes on everything that it does not spoil."""

    port: ClassVar[str]
    """Its name in the bundle."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.inner: Any = getattr(store, self.port)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


class Ledger(Around):
    """Spoils each change before it is committed."""

    port = "ledger"

    def spoil(self, change: Any) -> Any:
        return change

    def commit(self, change: Any) -> None:
        self.inner.commit(self.spoil(change))

    def commit_each(self, changes: Any) -> list[CommitRefused | None]:
        outcomes: list[CommitRefused | None] = []
        for change in changes:
            try:
                self.commit(change)
            except CommitRefused as refusal:
                outcomes.append(refusal)
            else:
                outcomes.append(None)
        return outcomes
