"""A letter to somebody."""

from __future__ import annotations

import msgspec

from hosanna_core.model.withheld import withheld


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """A short plain-text message to one address."""

    to: str
    subject: str
    text: str

    def __repr__(self) -> str:
        return withheld(self, "to", "text")
