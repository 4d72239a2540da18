"""A letter to somebody."""

from __future__ import annotations

import msgspec


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """A short plain-text message to one address."""

    to: str
    subject: str
    text: str
