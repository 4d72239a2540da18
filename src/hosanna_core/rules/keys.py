"""Keys that derive from the store's one secret, and what is hashed with them."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from typing import TYPE_CHECKING

import msgspec

from hosanna_core.model.withheld import withheld
from hosanna_core.rules.words import split

if TYPE_CHECKING:
    from hosanna_core.model.customer import Customer, Site

_NOT_A_DIGIT = re.compile(r"\D")
_SHORTEST_PHONE = 4
_WITH_COUNTRY_CODE = 11
"""Digits of a North American number with its country code, 1."""


class StoreKeys(msgspec.Struct, frozen=True):
    """One key per purpose: none can be computed from another."""

    customers: bytes
    cursors: bytes
    receipts: bytes
    throttles: bytes
    places: bytes
    refreshes: bytes
    resets: bytes
    second_factors: bytes
    checkpoints: bytes
    searches: bytes
    feed: bytes
    tickets: bytes
    pushes: bytes
    api_keys: bytes
    webhooks: bytes
    calendar_links: bytes
    caches: bytes

    def __repr__(self) -> str:
        return withheld(self, *self.__struct_fields__)


def derive(secret: bytes) -> StoreKeys:
    """The keys of a store from its secret (32 random bytes): HMAC-SHA-256 over the name of the purpose."""
    return StoreKeys(
        *(
            hmac.digest(secret, f"hosanna:{purpose}".encode(), "sha256")
            for purpose in StoreKeys.__struct_fields__
        )
    )


def normal_email(email: str) -> str:
    """The form in which two spellings of one address are equal.

    >>> normal_email(" Ann@Example.COM ")
    'ann@example.com'
    """
    return unicodedata.normalize("NFKC", email).strip().lower()


def customer_keys(customer: Customer, key: bytes) -> tuple[bytes, ...]:
    """Keyed hashes of a customer's normalised e-mail and phone number: they find a person's jobs and tell nothing."""
    found: list[bytes] = []
    if customer.email:
        found.append(_keyed(key, "email", normal_email(customer.email)))
    digits = normal_phone(customer.phone or "")
    if len(digits) >= _SHORTEST_PHONE:
        found.append(_keyed(key, "phone", digits))
    return tuple(found)


def found_by(customer: Customer, site: Site, key: bytes) -> tuple[bytes, ...]:
    """The keys by which a job is found: those of its customer, and that of its site."""
    return (*customer_keys(customer, key), *site_keys(site, key))


def site_keys(site: Site, key: bytes) -> tuple[bytes, ...]:
    """The keyed hash of street and town, in which two spellings that have the same words are equal."""
    street = " ".join(split(site.street))
    return (_keyed(key, "site", f"{street}|{' '.join(split(site.city or ''))}"),) if street else ()


def normal_phone(phone: str) -> str:
    """The digits of a telephone number, without what is dialled only from afar: leading zeros, and +1 at home.

    >>> normal_phone("+1 (512) 555-0100") == normal_phone("512 555 0100")
    True
    """
    digits = _NOT_A_DIGIT.sub("", phone).lstrip("0")
    return digits[1:] if len(digits) == _WITH_COUNTRY_CODE and digits[0] == "1" else digits


def _keyed(key: bytes, kind: str, value: str) -> bytes:
    return hmac.digest(key, f"{kind}|{value}".encode(), "sha256")[:16]


def fingerprint(*parts: bytes | str) -> str:
    """A hash over parts that cannot run into one another: each goes in with its length.

    >>> fingerprint("ab", "c") == fingerprint("a", "bc")
    False
    """
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.hexdigest()
