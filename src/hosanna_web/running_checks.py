"""What the variables of those who run a server may say."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

from pydantic import SecretStr

DAILY: Final = 0
"""A file that is put away when a day is over."""
LEAST: Final = 1_000_000
_SIZE: Final = re.compile(r"(\d{1,6})(mb|gb)", re.ASCII)
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}", re.ASCII)
_UNITS: Final = {"mb": 1_000_000, "gb": 1_000_000_000}


def rotation(given: object) -> object:
    """`daily`, or a size in bytes.

    >>> rotation("daily"), rotation("100MB")
    (0, 100000000)
    """
    if not isinstance(given, str):
        return given
    text = given.strip().lower()
    if text == "daily":
        return DAILY
    said = _SIZE.fullmatch(text)
    size = int(said[1]) * _UNITS[said[2]] if said else 0
    if size < LEAST:
        raise ValueError("must be daily, or a size such as 100MB or 1GB")
    return size


def rotation_shown(most: int) -> str:
    """As the variable says it.

    >>> rotation_shown(0), rotation_shown(100_000_000)
    ('daily', '100MB')
    """
    return "daily" if most == DAILY else f"{most // _UNITS['mb']}MB"


def otlp_headers(given: SecretStr) -> SecretStr:
    """Headers for a collector."""
    otlp_pairs(given.get_secret_value())
    return given


def otlp_pairs(listed: str) -> dict[str, str]:
    """Headers by their names, as the specification of OpenTelemetry has them listed: values as in addresses.

    >>> otlp_pairs("api-key=a%20b, x=1")
    {'api-key': 'a b', 'x': '1'}
    """
    found: dict[str, str] = {}
    for item in filter(None, (each.strip() for each in listed.split(","))):
        name, mark, value = item.partition("=")
        told = unquote(value.strip())
        if not mark or _HEADER.fullmatch(name.strip()) is None or not (told.isascii() and told.isprintable()):
            raise ValueError("must be name=value with commas between them")
        found[name.strip().lower()] = told
    return found
