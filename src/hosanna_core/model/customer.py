"""For whom and where the work is done."""

from __future__ import annotations

import msgspec


class Customer(msgspec.Struct, frozen=True):
    """Who ordered the work."""

    name: str
    phone: str | None = None
    email: str | None = None


class Site(msgspec.Struct, frozen=True):
    """Where it is done. Latitude and longitude are degrees of WGS 84, and come together or not at all."""

    street: str
    city: str | None = None
    postal_code: str | None = None
    latitude: float | None = None
    longitude: float | None = None
