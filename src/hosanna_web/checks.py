"""What a single environment variable may say: each check answers the value as it is used, or raises ValueError."""

from __future__ import annotations

import base64
import binascii
import re
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from hosanna_core.model.ids import DAY, HOUR, MINUTE
from hosanna_core.model.people import Role
from hosanna_core.usecases.user_forms import LONGEST_PASSWORD, SHORTEST_PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORTEST_SECRET: Final = 32
"""Bytes: below the size of its hash HMAC-SHA-256 is weaker than it need be (RFC 7518, 3.2)."""
ENCRYPTION_KEY_BYTES: Final = 32
SHORTEST_BACKUP_KEY: Final = 16
"""Characters: what is guessed has to go through scrypt each time."""
SHORTEST_METRICS_TOKEN: Final = 16
"""Characters."""
_SPAN: Final = re.compile(r"(\d{1,9})([mhd])", re.ASCII)
_UNITS: Final = {"m": MINUTE, "h": HOUR, "d": DAY}
_LONGEST_SPAN: Final = 365 * DAY
_ORIGIN: Final = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?", re.ASCII)
_MONGODB: Final = re.compile(r"mongodb(\+srv)?://[^\s/]+.*")
_REDIS: Final = re.compile(r"rediss?://[^\s/]+(/\S*)?")
_HOST: Final = re.compile(r"(\*\.)?[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?", re.ASCII)
_URL: Final = re.compile(r"(?i:https?)://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?(/[!-~]*)?", re.ASCII)
_MAILBOX: Final = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,253}", re.ASCII)
_KEY_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,16}", re.ASCII)
_PLUGIN: Final = re.compile(r"[a-z][a-z0-9-]{0,31}", re.ASCII)


def _items(listed: str) -> Iterator[str]:
    return (item for each in listed.split(",") if (item := each.strip()))


def mongodb_uri(uri: SecretStr) -> SecretStr:
    """A MongoDB's address."""
    if _MONGODB.fullmatch(uri.get_secret_value()) is None:
        raise ValueError("must begin with mongodb:// or mongodb+srv://, and name a host")
    return uri


def redis_url(url: SecretStr) -> SecretStr:
    """A Redis' address."""
    if _REDIS.fullmatch(url.get_secret_value()) is None:
        raise ValueError("must begin with redis:// or rediss://, and name a host")
    return url


def mail_url(url: SecretStr) -> SecretStr:
    """Where letters go: a server, a folder, or the terminal."""
    text = url.get_secret_value()
    scheme, _, rest = text.partition(":")
    try:
        parts = urlsplit(text)
        server = scheme in {"smtp", "smtps"} and bool(parts.hostname) and parts.port != 0
        server = server and parts.path in {"", "/"} and not parts.query and not parts.fragment
    except ValueError:
        server = False
    if not (server or (scheme == "file" and rest.strip("/")) or text == "console:"):
        raise ValueError(
            "must be smtp://user:password@host:587, smtps://user:password@host:465, file:FOLDER or console:"
        )
    return url


def long_secret(secret: SecretStr) -> SecretStr:
    """A secret of enough bytes."""
    try:
        length = len(secret.get_secret_value().encode())
    except UnicodeEncodeError:
        raise ValueError("must be UTF-8 text") from None
    if length < SHORTEST_SECRET:
        raise ValueError(f"must be at least {SHORTEST_SECRET} bytes long (it has {length})")
    return secret


def password(given: SecretStr) -> SecretStr:
    """A password of an account."""
    if not SHORTEST_PASSWORD <= len(given.get_secret_value()) <= LONGEST_PASSWORD:
        raise ValueError(f"must have {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    return given


def web_url(url: str) -> str:
    """An absolute address of the web, without its last slash."""
    if _URL.fullmatch(url) is None or "#" in url or "?" in url:
        raise ValueError("must be an address such as https://hosanna.example.com, without ? and #")
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme.lower()}://{host.lower()}{slash}{path}".rstrip("/")


def contact(address: str) -> str:
    """Somebody's address of mail or of the web, as a URL."""
    scheme, _, rest = address.partition(":")
    if scheme == "mailto" and _MAILBOX.fullmatch(rest) is not None:
        return address
    if scheme == "https" and _URL.fullmatch(address) is not None:
        return address
    raise ValueError("must be mailto:ops@example.com, or an address that begins with https://")


def origins(listed: object) -> object:
    """The origins of a comma-separated list, as a browser writes them."""
    if not isinstance(listed, str):
        return listed
    found = tuple(origin.rstrip("/").lower() for origin in _items(listed))
    if wrong := [origin for origin in found if _ORIGIN.fullmatch(origin) is None]:
        raise ValueError(
            "must be origins such as https://office.example.com, with commas between them; not "
            + ", ".join(wrong)
        )
    return found


def hosts(listed: object) -> object:
    """The hosts of a comma-separated list, as a Host header names them, without a port.

    >>> hosts("Example.com, *.example.com, ::1")
    ('example.com', '*.example.com', '[::1]')
    """
    if not isinstance(listed, str):
        return listed
    found = tuple(as_host(item) for item in _items(listed))
    if wrong := [host for host in found if not host.startswith("[") and _HOST.fullmatch(host) is None]:
        raise ValueError(
            "must be host names without a port, such as hosanna.example.com or *.example.com, with commas "
            f"between them; not {', '.join(wrong)}"
        )
    return found


def as_host(name: str) -> str:
    """A name or an address as a Host header writes it: an address of IPv6 stands in brackets."""
    try:
        address = ip_address(name.strip("[]"))
    except ValueError:
        return name.lower()
    return f"[{address}]" if address.version == 6 else str(address)


def networks(listed: object) -> object:
    """The networks of a comma-separated list of addresses and networks."""
    if not isinstance(listed, str):
        return listed
    found: list[str] = []
    wrong: list[str] = []
    for item in _items(listed):
        try:
            network = ip_network(item)
        except ValueError:
            wrong.append(item)
            continue
        (found if network.prefixlen else wrong).append(str(network))
    if wrong:
        raise ValueError(
            "must be addresses, or networks such as 10.0.0.0/8 (not everybody), with commas between them; not "
            + ", ".join(wrong)
        )
    return tuple(found)


def span(given: object) -> object:
    """A time such as `24h`, `30m` or `7d`, in milliseconds; `off` is 0."""
    if not isinstance(given, str):
        return given
    text = given.strip().lower()
    if text == "off":
        return 0
    said = _SPAN.fullmatch(text)
    length = int(said[1]) * _UNITS[said[2]] if said else 0
    if not MINUTE <= length <= _LONGEST_SPAN:
        raise ValueError("must be a time such as 24h, 30m or 7d, from a minute to a year, or off")
    return length


def backup_key(given: SecretStr) -> SecretStr:
    """What backups are encrypted under."""
    if len(given.get_secret_value().strip()) < SHORTEST_BACKUP_KEY:
        raise ValueError(f"must be at least {SHORTEST_BACKUP_KEY} characters long")
    return given


def metrics_token(given: SecretStr) -> SecretStr:
    """What a header can carry, and nobody guesses."""
    text = given.get_secret_value()
    if len(text) < SHORTEST_METRICS_TOKEN or re.fullmatch(r"[!-~]+", text) is None:
        raise ValueError(
            f"must be at least {SHORTEST_METRICS_TOKEN} visible ASCII characters, without a blank"
        )
    return given


def roles(listed: object) -> object:
    """The roles of a comma-separated list."""
    if not isinstance(listed, str):
        return listed
    found = tuple(_items(listed.upper()))
    if wrong := [role for role in found if role not in Role.__members__]:
        known = ", ".join(Role.__members__)
        raise ValueError(f"must be some of {known}, with commas between them; not {', '.join(wrong)}")
    return tuple(Role(role) for role in found)


def encryption_keys(given: SecretStr) -> SecretStr:
    """A ring of keys that `key_ring` can read."""
    key_ring(given.get_secret_value())
    return given


def key_ring(listed: str) -> tuple[tuple[str, bytes], ...]:
    """The keys of `id:base64,id:base64`, by their ids; the first is the one that encrypts."""
    ring: dict[str, bytes] = {}
    for place, item in enumerate(_items(listed), 1):
        key_id, _, encoded = item.partition(":")
        if _KEY_ID.fullmatch(key_id) is None or key_id in ring:
            raise ValueError(
                f"must name each key by an id of its own, 1 to 16 of A-Z a-z 0-9 _ -, and a colon; key {place} is not"
            )
        try:
            key = base64.b64decode(
                encoded.strip(), altchars=b"-_" if set("-_") & set(encoded) else None, validate=True
            )
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != ENCRYPTION_KEY_BYTES:
            raise ValueError(
                f"must hold {ENCRYPTION_KEY_BYTES} random bytes in base64 for each key; {key_id} does not"
            )
        ring[key_id] = key
    return tuple(ring.items())


def plugins(switch: str) -> str:
    """`on`, `off`, or names of plugins.

    >>> plugins("permits, fleet")
    'permits,fleet'
    """
    if switch in {"on", "off"}:
        return switch
    return ",".join(_plugin_names(switch))


def plugin_names(listed: object) -> object:
    """Names of plugins."""
    return _plugin_names(listed) if isinstance(listed, str) else listed


def _plugin_names(listed: str) -> tuple[str, ...]:
    names = tuple(each.strip() for each in listed.split(","))
    # An empty one is refused, too: a name that came to nothing would be a plugin that is missing.
    if not all(map(_PLUGIN.fullmatch, names)):
        raise ValueError("must be names of plugins with commas between them, such as permits,fleet")
    return names
