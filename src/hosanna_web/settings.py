"""The configuration: what the environment and the `.env` file say, and what follows where they say nothing.

It is judged at the start, every mistake named in one message.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from pydantic import AliasChoices, ValidationError

from hosanna_core.model.ids import DAY, MINUTE
from hosanna_core.rules.access import AccessPolicy
from hosanna_web.checks import as_host, key_ring
from hosanna_web.env_file import read_env_file
from hosanna_web.production import debug_settings
from hosanna_web.running_variables import RunningVariables
from hosanna_web.variables import ENVIRONMENT, Environment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hosanna_web.env_file import EnvFile

_LOCAL: Final = ("localhost", "*.localhost", "127.0.0.1", "[::1]")
_EVERYWHERE: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104  # nothing listens here: it is recognised


class Settings(RunningVariables):
    """The effective configuration."""

    @property
    def production(self) -> bool:
        """Whether this is the real thing."""
        return self.env is Environment.PRODUCTION

    @property
    def base_url(self) -> str:
        """What links begin with."""
        if self.public_url is not None:
            return self.public_url
        host = "127.0.0.1" if self.host in _EVERYWHERE else as_host(self.host)
        return f"{'https' if self.tls_cert_file else 'http'}://{host}:{self.port}"

    @property
    def origin(self) -> str | None:
        """The origin of the pages that are this server's own, as far as the operator says."""
        if self.public_url is None:
            return None
        scheme, _, rest = self.public_url.partition("://")
        return f"{scheme}://{rest.partition('/')[0]}"

    @property
    def reset_url(self) -> str:
        """The page where a new password is chosen."""
        return self.password_reset_url or f"{self.base_url}/password/reset"

    @property
    def hosts(self) -> tuple[str, ...] | None:
        """The hosts that requests may name; None: any."""
        if self.allowed_hosts:
            return self.allowed_hosts
        if self.host in _EVERYWHERE and not self.production:
            return None
        public = () if self.public_url is None else (_host_of(self.public_url),)
        listening = () if self.host in _EVERYWHERE else (as_host(self.host),)
        return tuple(dict.fromkeys((*public, *listening, *_LOCAL)))

    @property
    def mail(self) -> str | None:
        """Where letters go; None: nowhere."""
        if self.mail_url is not None:
            return self.mail_url.get_secret_value()
        return None if self.production else f"file:{self.data / 'mail'}"

    @property
    def sender(self) -> str:
        """Who letters are from."""
        host = _host_of(self.base_url)
        return self.mail_from or f"hosanna@{host if self.public_url else 'hosanna.localhost'}"

    @property
    def ring(self) -> tuple[tuple[str, bytes], ...]:
        """The keys of encryption at rest, by their ids; the first encrypts; none: nothing is encrypted."""
        given = self.encryption_keys
        return () if given is None else key_ring(given.get_secret_value())

    @property
    def backup_folder(self) -> Path:
        """Where backups go."""
        return self.backup_dir or self.data / "backups"

    @property
    def log_as(self) -> str:
        """What the lines of the log are: `json` or `text`."""
        return self.log_format or ("json" if self.production else "text")

    @property
    def policy(self) -> AccessPolicy:
        """What the firm has decided about access."""
        return AccessPolicy(
            access_lifetime=self.access_token_minutes * MINUTE,
            idle=self.session_idle_days * DAY,
            absolute=self.session_days * DAY,
            second_factor_roles=frozenset(self.second_factor_roles),
            reset_link=self.reset_url,
        )


def _host_of(url: str) -> str:
    host = url.partition("://")[2].partition("/")[0]
    return host[: host.index("]") + 1] if host.startswith("[") else host.partition(":")[0]


class Misconfigured(Exception):
    """The environment does not make a configuration; the text names every mistake and no secret."""

    def __init__(self, mistakes: list[tuple[str, str]]) -> None:
        width = max(len(name) for name, _ in mistakes)
        lines = [f"  {name.ljust(width)}  {what}" for name, what in mistakes]
        count = "1 environment variable is" if len(lines) == 1 else f"{len(lines)} environment variables are"
        super().__init__("\n".join([f"{count} wrong.", *lines]))
        self.mistakes = mistakes


def names_of(field: str) -> tuple[str, ...]:
    """The environment variables that a field may be read from, the one that wins first.

    >>> names_of("env")
    ('HOSANNA_ENV', 'NODE_ENV')
    """
    alias = Settings.model_fields[field].validation_alias
    return tuple(map(str, alias.choices)) if isinstance(alias, AliasChoices) else (str(alias),)


def variable_of(field: str, environment: Mapping[str, str] = os.environ) -> str:
    """The environment variable that a field is read from; of two names the one that is set.

    >>> variable_of("port")
    'PORT'
    """
    names = names_of(field)
    return next((name for name in names if environment.get(name)), names[0])


def load_settings() -> Settings:
    """The settings of this process's environment and its `.env` file; raises Misconfigured."""
    file = read_env_file()
    environment = file.environment()
    mistakes: list[tuple[str, str]] = []
    settings = None
    try:
        settings = Settings.model_validate(_given(environment))
        production = settings.production
    except ValidationError as error:
        mistakes = [_mistake(detail, file, environment) for detail in error.errors(include_input=False)]
        production = environment.get(variable_of("env", environment)) == Environment.PRODUCTION
    mistakes = [*file.mistakes, *mistakes]
    if production:
        mistakes += debug_settings()
    if settings is None or mistakes:
        raise Misconfigured(mistakes)
    return settings


def _given(environment: Mapping[str, str]) -> dict[str, str]:
    """What is said of each field, under the name that counts."""
    names = (variable_of(field, environment) for field in Settings.model_fields)
    return {name: value for name in names if (value := environment.get(name))}


_MESSAGES: Final = {
    "int_parsing": "must be a whole number",
    "float_parsing": "must be a number",
    "string_too_short": "must not be blank",
}


def _mistake(detail: Any, file: EnvFile, environment: Mapping[str, str]) -> tuple[str, str]:
    name = next(str(part) for part in detail["loc"])
    # A default that is not acceptable is reported under the field's name, all else under the variable's.
    name = variable_of(name, environment) if name in Settings.model_fields else name
    if name == ENVIRONMENT[0]:
        name = variable_of("env", environment)
    if detail["type"] == "value_error":
        what = str(detail["ctx"]["error"])
    else:
        what = _MESSAGES.get(detail["type"], detail["msg"].replace("Input should", "must"))
    place = file.place(name)
    return name, what if place is None else f"{what} ({place})"
