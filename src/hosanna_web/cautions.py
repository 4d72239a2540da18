"""What a server may do, but had better not: weak points of a configuration that holds."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from hosanna_core.model.people import Role
from hosanna_core.usecases.access import Registration
from hosanna_web.env_file import NAMED_BY
from hosanna_web.plugins.finding import VARIABLES
from hosanna_web.settings import Settings, names_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hosanna_web.env_file import EnvFile

LONG_TOKEN_MINUTES: Final = 60
_OURS: Final = "HOSANNA_"
_OTHERS: Final = 0o077
"""The bits of a mode that let others than the owner read, write or run."""
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def cautions(settings: Settings, file: EnvFile) -> Iterator[tuple[str, str]]:
    """What is weak, by the variable's name, with what to do about it. Little is asked of development."""
    yield from slips(file)
    if settings.production:
        yield from _of_people(settings)
        yield from _of_secrets(settings)
        yield from _of_the_network(settings)


def slips(file: EnvFile) -> Iterator[tuple[str, str]]:
    """What can be said of the names alone, also where the values are wrong: it may be why they are."""
    yield from _of_the_file(file)
    yield from _unknown(file)


def _of_the_file(file: EnvFile) -> Iterator[tuple[str, str]]:
    if file.path is None:
        return
    for name in file.repeated:
        yield name, f"is in {file.path} more than once: the last one counts"
    # A device is nobody's secret.
    if file.path.is_file() and file.path.stat().st_mode & _OTHERS:
        yield str(file.path), f"can be read by others than its owner, secrets and all: chmod 600 {file.path}"


def _unknown(file: EnvFile) -> Iterator[tuple[str, str]]:
    known = {name for field in Settings.model_fields for name in names_of(field)} | {NAMED_BY}
    for name, line in file.lines.items():
        if name not in known and not name.startswith(VARIABLES):
            yield name, f"is no variable of Hosanna ({file.path}, line {line.number})"
    for name in sorted(os.environ):
        if name.startswith(_OURS) and name not in known and not name.startswith(VARIABLES):
            yield name, "is no variable of Hosanna"


def _of_people(settings: Settings) -> Iterator[tuple[str, str]]:
    if settings.registration is Registration.OPEN:
        yield "REGISTRATION", "is open: whoever registers may log in without being activated"
    if Role.ADMINISTRATOR not in settings.second_factor_roles:
        yield "SECOND_FACTOR_ROLES", "does not hold ADMINISTRATOR: a password alone opens everything"
    if settings.access_token_minutes > LONG_TOKEN_MINUTES:
        yield "ACCESS_TOKEN_MINUTES", f"is over {LONG_TOKEN_MINUTES}: a stolen token is good for long"
    if settings.mail is None:
        yield "MAIL_URL", "is not set: nobody gets a letter, and a forgotten password takes an Administrator"


def _of_secrets(settings: Settings) -> Iterator[tuple[str, str]]:
    if not settings.ring:
        yield "HOSANNA_ENCRYPTION_KEYS", "is not set: who reads the store's files reads personal data"
    if settings.jwt_secret_previous is not None:
        yield "JWT_SECRET_PREVIOUS", "is set: take it away once tokens of before have run out"
    if settings.bootstrap_admin_password is not None:
        yield "BOOTSTRAP_ADMIN_PASSWORD", "is set: take it away after the first start, it does nothing more"


def _of_the_network(settings: Settings) -> Iterator[tuple[str, str]]:
    if plain := [origin for origin in settings.cors_origins if origin.startswith("http://")]:
        yield "CORS_ORIGIN", f"holds pages that come without TLS: {', '.join(plain)}"
    if settings.redis_url is not None:
        url = urlsplit(settings.redis_url.get_secret_value())
        if url.scheme == "redis" and url.hostname not in _LOOPBACK:
            yield (
                "REDIS_URL",
                "is redis:// to another machine, without TLS: rediss://, or a network of its own",
            )
    if settings.mongodb_uri is not None:
        yield from _of_mongodb(settings.mongodb_uri.get_secret_value())


def _of_mongodb(uri: str) -> Iterator[tuple[str, str]]:
    rest = uri.partition("://")[2]
    user, at, after = rest.rpartition("@")
    hosts, _, options = after.partition("?")
    far = any(host.partition(":")[0] not in _LOOPBACK for host in hosts.partition("/")[0].split(","))
    if not at or not user:
        yield "MONGODB_URI", "names no user: whoever reaches the database reads and writes everything"
    # mongodb+srv brings TLS by itself.
    if (
        far
        and uri.startswith("mongodb://")
        and not {"tls=true", "ssl=true"} & set(options.lower().split("&"))
    ):
        yield "MONGODB_URI", "is to another machine, without tls=true: give it TLS, or a network of its own"
