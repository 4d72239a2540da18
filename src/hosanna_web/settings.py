"""The configuration: environment variables, judged at the start, every mistake named in one message.

An empty variable counts as absent.
"""

from __future__ import annotations

import os
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    AliasChoices,
    BeforeValidator,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from hosanna_core.usecases.access import Registration
from hosanna_core.usecases.forms import Email
from hosanna_core.usecases.user_forms import LONGEST_PASSWORD, SHORTEST_PASSWORD

SHORTEST_SECRET: Final = 32
"""Bytes: below the size of its hash HMAC-SHA-256 is weaker than it need be (RFC 7518, 3.2)."""
_ENVIRONMENT: Final = ("HOSANNA_ENV", "NODE_ENV")
_ORIGIN: Final = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?", re.ASCII)
_MONGODB: Final = re.compile(r"mongodb(\+srv)?://[^\s/]+.*")


class Environment(StrEnum):
    """Where this runs. In production nothing is made up: secrets and the first Administrator are given."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


def _mongodb(uri: SecretStr) -> SecretStr:
    if _MONGODB.fullmatch(uri.get_secret_value()) is None:
        raise ValueError("must begin with mongodb:// or mongodb+srv://, and name a host")
    return uri


def _long_enough(secret: SecretStr) -> SecretStr:
    try:
        length = len(secret.get_secret_value().encode())
    except UnicodeEncodeError:
        raise ValueError("must be UTF-8 text") from None
    if length < SHORTEST_SECRET:
        raise ValueError(f"must be at least {SHORTEST_SECRET} bytes long (it has {length})")
    return secret


def _password(password: SecretStr) -> SecretStr:
    if not SHORTEST_PASSWORD <= len(password.get_secret_value()) <= LONGEST_PASSWORD:
        raise ValueError(f"must have {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    return password


def _origins(listed: object) -> object:
    """The origins of a comma-separated list, as a browser writes them."""
    if not isinstance(listed, str):
        return listed
    origins = tuple(origin.strip().rstrip("/").lower() for origin in listed.split(",") if origin.strip())
    wrong = [origin for origin in origins if _ORIGIN.fullmatch(origin) is None]
    if wrong:
        raise ValueError(
            "must be origins such as https://office.example.com, with commas between them; not "
            + ", ".join(wrong)
        )
    return origins


Secret = Annotated[SecretStr, AfterValidator(_long_enough)]


class Settings(BaseSettings):
    """The effective configuration. Where a check needs two settings, the later one's message tells of both."""

    model_config = SettingsConfigDict(
        case_sensitive=True, env_ignore_empty=True, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    env: Environment = Field(  # type: ignore[pydantic-alias]  # two names for one setting are meant
        default=Environment.DEVELOPMENT,
        validation_alias=AliasChoices(*_ENVIRONMENT),
        description="`production` or `development`. `HOSANNA_ENV` wins over `NODE_ENV`.",
    )
    mongodb_uri: Annotated[SecretStr, AfterValidator(_mongodb)] | None = Field(
        default=None,
        validation_alias="MONGODB_URI",
        description="The MongoDB that holds everything. Absent: SQLite in the data folder.",
    )
    data: Path = Field(
        default=Path("hosanna-data"),
        validation_alias="HOSANNA_DATA",
        description="The data folder: the SQLite file and the secret that was made. Made with mode 0700.",
    )
    jwt_secret: Secret | None = Field(
        default=None,
        validate_default=True,
        validation_alias="JWT_SECRET",
        description=(
            f"At least {SHORTEST_SECRET} bytes. Signs access tokens (HS256 with its UTF-8 bytes) and wraps the store's "
            "own secret. Absent in development: made once and kept in the data folder as `jwt-secret`, mode 0600. "
            "Absent in production: the server does not start."
        ),
    )
    jwt_secret_previous: Secret | None = Field(
        default=None,
        validation_alias="JWT_SECRET_PREVIOUS",
        description=(
            "For one start after `JWT_SECRET` was changed: its former value, so that the store's secret can be "
            "unwrapped and wrapped anew."
        ),
    )
    host: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)] = Field(
        default="127.0.0.1",
        validation_alias="HOSANNA_HOST",
        description="The address to listen on. `0.0.0.0` or `::` lets other machines in: put TLS in front then.",
    )
    port: Annotated[int, Field(ge=0, le=65535)] = Field(
        default=5000,
        validation_alias="PORT",
        description="The port to listen on. `0` takes any that is free; the first line of output says which.",
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_origins)] = Field(
        default=(),
        validation_alias="CORS_ORIGIN",
        description="The origins of web pages that may call the API from a browser, with commas between them.",
    )
    registration: Registration = Field(
        default=Registration.APPROVAL,
        validation_alias="REGISTRATION",
        description=(
            "`approval`: an Administrator must activate who registers. `open`: they may log in at once. "
            "`closed`: nobody registers."
        ),
    )
    access_token_minutes: Annotated[int, Field(ge=1, le=1440)] = Field(
        default=60,
        validation_alias="ACCESS_TOKEN_MINUTES",
        description="How long an access token is valid: 1 to 1440 minutes.",
    )
    bootstrap_admin_email: Email | None = Field(
        default=None,
        validation_alias="BOOTSTRAP_ADMIN_EMAIL",
        description="On an empty store, the address of the first Administrator. Later it changes nothing.",
    )
    bootstrap_admin_password: Annotated[SecretStr, AfterValidator(_password)] | None = Field(
        default=None,
        validate_default=True,
        validation_alias="BOOTSTRAP_ADMIN_PASSWORD",
        description=f"That Administrator's password, {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.",
    )

    @field_validator("jwt_secret")
    @classmethod
    def _given_in_production(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if secret is None and info.data.get("env") is Environment.PRODUCTION:
            raise ValueError(
                f"is required in production: at least {SHORTEST_SECRET} random bytes, kept secret"
            )
        return secret

    @field_validator("bootstrap_admin_password")
    @classmethod
    def _together(cls, password: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        known = info.data.get("bootstrap_admin_email", password)
        if (password is None) != (known is None):
            raise ValueError("must be given together with BOOTSTRAP_ADMIN_EMAIL, or neither of them")
        return password

    @property
    def production(self) -> bool:
        """Whether this is the real thing."""
        return self.env is Environment.PRODUCTION


class Misconfigured(Exception):
    """The environment does not make a configuration; the text names every mistake and no secret."""

    def __init__(self, mistakes: list[tuple[str, str]]) -> None:
        width = max(len(name) for name, _ in mistakes)
        lines = [f"  {name.ljust(width)}  {what}" for name, what in mistakes]
        count = "1 environment variable is" if len(lines) == 1 else f"{len(lines)} environment variables are"
        super().__init__("\n".join([f"{count} wrong.", *lines]))
        self.mistakes = mistakes


def variable_of(field: str) -> str:
    """The environment variable that a field is read from; of two names the one that is set.

    >>> variable_of("port")
    'PORT'
    """
    alias = Settings.model_fields[field].validation_alias
    if isinstance(alias, AliasChoices):
        names = [str(choice) for choice in alias.choices]
        return next((name for name in names if os.environ.get(name)), names[0])
    return str(alias)


def load_settings() -> Settings:
    """The settings of this process's environment; raises Misconfigured."""
    try:
        return Settings()
    except ValidationError as error:
        raise Misconfigured([_mistake(detail) for detail in error.errors(include_input=False)]) from None


_MESSAGES: Final = {
    "int_parsing": "must be a whole number",
    "string_too_short": "must not be blank",
}


def _mistake(detail: Any) -> tuple[str, str]:
    name = next(str(part) for part in detail["loc"])
    # A default that is not acceptable is reported under the field's name, all else under the variable's.
    name = variable_of(name) if name in Settings.model_fields else name
    if name == _ENVIRONMENT[0]:
        name = variable_of("env")
    if detail["type"] == "value_error":
        return name, str(detail["ctx"]["error"])
    return name, _MESSAGES.get(detail["type"], detail["msg"].replace("Input should", "must"))
