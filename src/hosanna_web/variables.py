"""The environment variables, one field each: what they are called, what they may say, what they mean.

Here is what a server is and whom it lets in; what is decided while it runs is in `running_variables`.
An empty variable counts as absent. Where a check needs two of them, the later one's message tells of both.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import (
    AfterValidator,
    AliasChoices,
    BeforeValidator,
    Field,
    SecretStr,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from hosanna_core.model.people import Role
from hosanna_core.usecases.access import Registration
from hosanna_core.usecases.forms import Email
from hosanna_core.usecases.user_forms import LONGEST_PASSWORD, SHORTEST_PASSWORD
from hosanna_web import checks
from hosanna_web.checks import SHORTEST_SECRET
from hosanna_web.production import FEWEST_CHARACTERS, weakness

ENVIRONMENT: Final = ("HOSANNA_ENV", "NODE_ENV")


class Environment(StrEnum):
    """Where this runs. In production nothing is made up: secrets and the first Administrator are given."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


Secret = Annotated[SecretStr, AfterValidator(checks.long_secret)]
Names = Annotated[tuple[str, ...], NoDecode]
WebUrl = Annotated[str, AfterValidator(checks.web_url)]


class Variables(BaseSettings):
    """What the environment says, judged."""

    model_config = SettingsConfigDict(
        case_sensitive=True, env_ignore_empty=True, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    env: Environment = Field(  # type: ignore[pydantic-alias]  # two names for one setting are meant
        default=Environment.DEVELOPMENT,
        validation_alias=AliasChoices(*ENVIRONMENT),
        description="`production` or `development`. `HOSANNA_ENV` wins over `NODE_ENV`.",
    )
    mongodb_uri: Annotated[SecretStr, AfterValidator(checks.mongodb_uri)] | None = Field(
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
            "In production the server does not start without it, nor with a placeholder, one that repeats itself, or "
            f"one of fewer than {FEWEST_CHARACTERS} different characters."
        ),
    )
    jwt_secret_previous: Secret | None = Field(
        default=None,
        validation_alias="JWT_SECRET_PREVIOUS",
        description=(
            "After `JWT_SECRET` was changed: its former value. Tokens of before stay valid, and the store's secret is "
            "unwrapped and wrapped anew. Needed for one start, and as long as such tokens live."
        ),
    )
    jwt_algorithm: Literal["HS256", "EdDSA"] = Field(
        default="HS256",
        validation_alias="JWT_ALGORITHM",
        description="How access tokens are signed: `HS256`, or `EdDSA` with a key that derives from `JWT_SECRET`.",
    )
    host: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)] = Field(
        default="127.0.0.1",
        validation_alias="HOSANNA_HOST",
        description="The address to listen on. `0.0.0.0` or `::` lets other machines in: give it TLS then.",
    )
    port: Annotated[int, Field(ge=0, le=65535)] = Field(
        default=5000,
        validation_alias="PORT",
        description="The port to listen on. `0` takes any that is free; the first line of output says which.",
    )
    public_url: WebUrl | None = Field(
        default=None,
        validate_default=True,
        validation_alias="PUBLIC_URL",
        description=(
            "Where people find this server, such as `https://hosanna.example.com`: links in letters begin with it, "
            "never with what a request says. Required in production, and `https` there."
        ),
    )
    allowed_hosts: Annotated[Names, BeforeValidator(checks.hosts)] = Field(
        default=(),
        validation_alias="ALLOWED_HOSTS",
        description=(
            "The names that a request's `Host` may have, with commas between them; `*.example.com` allows all below "
            "it. Absent: the host of `PUBLIC_URL`, `HOSANNA_HOST`, and the names of this machine; any, where "
            "`HOSANNA_HOST` is `0.0.0.0` or `::` and this is not production."
        ),
    )
    tls_cert_file: Path | None = Field(
        default=None,
        validation_alias="TLS_CERT_FILE",
        description="The certificate and its chain (PEM): the server speaks HTTPS itself then, and nothing else.",
    )
    tls_key_file: Path | None = Field(
        default=None,
        validate_default=True,
        validation_alias="TLS_KEY_FILE",
        description="The certificate's private key (PEM, not encrypted).",
    )
    trusted_proxies: Annotated[Names, BeforeValidator(checks.networks)] = Field(
        default=(),
        validate_default=True,
        validation_alias="TRUSTED_PROXIES",
        description=(
            "Addresses and networks, with commas between them, of the proxies whose `X-Forwarded-For` and "
            "`X-Forwarded-Proto` are believed. Production needs this or TLS files."
        ),
    )
    cors_origins: Annotated[Names, BeforeValidator(checks.origins)] = Field(
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
        default=15,
        validation_alias="ACCESS_TOKEN_MINUTES",
        description="How long an access token is valid: 1 to 1440 minutes.",
    )
    session_idle_days: Annotated[int, Field(ge=1, le=3650)] = Field(
        default=14,
        validation_alias="SESSION_IDLE_DAYS",
        description="A session that was not refreshed for so many days is over.",
    )
    session_days: Annotated[int, Field(ge=1, le=3650)] = Field(
        default=90,
        validation_alias="SESSION_DAYS",
        description="A session is over so many days after the login, however often it was refreshed.",
    )
    second_factor_roles: Annotated[tuple[Role, ...], NoDecode, BeforeValidator(checks.roles)] = Field(
        default=(),
        validation_alias="SECOND_FACTOR_ROLES",
        description="The roles that must have a second factor, with commas between them.",
    )
    rate_limit: Literal["on", "off"] = Field(
        default="on",
        validation_alias="RATE_LIMIT",
        description="`off` throttles nobody, for measurements; it is refused in production.",
    )
    redis_url: Annotated[SecretStr, AfterValidator(checks.redis_url)] | None = Field(
        default=None,
        validation_alias="REDIS_URL",
        description=(
            "`redis://` or `rediss://` (TLS): where several server processes count requests together and keep reports "
            "for each other. Losing it costs speed."
        ),
    )
    mail_url: Annotated[SecretStr, AfterValidator(checks.mail_url)] | None = Field(
        default=None,
        validation_alias="MAIL_URL",
        description=(
            "How letters are sent: `smtp://user:password@host:587` (STARTTLS), `smtps://user:password@host:465`, and "
            "outside production `file:FOLDER` or `console:`. Absent: in the folder `mail` of the data folder; in "
            "production, not at all. In production every mail server but one on this machine must offer TLS and show a "
            "good certificate, on any port; elsewhere only where there is a password, and on port 587."
        ),
    )
    mail_from: Email | None = Field(
        default=None,
        validation_alias="MAIL_FROM",
        description="The sender of letters. Absent: `hosanna@` and the host of `PUBLIC_URL`.",
    )
    password_reset_url: WebUrl | None = Field(
        default=None,
        validation_alias="PASSWORD_RESET_URL",
        description="The page where a new password is chosen. Absent: `PUBLIC_URL` with `/password/reset`.",
    )
    encryption_keys: Annotated[SecretStr, AfterValidator(checks.encryption_keys)] | None = Field(
        default=None,
        validation_alias="HOSANNA_ENCRYPTION_KEYS",
        description=(
            "Encrypts personal fields at rest: `id:base64 of 32 random bytes`, with commas between keys. The first "
            "encrypts, all decrypt."
        ),
    )
    bootstrap_admin_email: Email | None = Field(
        default=None,
        validation_alias="BOOTSTRAP_ADMIN_EMAIL",
        description="On an empty store, the address of the first Administrator. Later it changes nothing.",
    )
    bootstrap_admin_password: Annotated[SecretStr, AfterValidator(checks.password)] | None = Field(
        default=None,
        validate_default=True,
        validation_alias="BOOTSTRAP_ADMIN_PASSWORD",
        description=f"That Administrator's password, {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.",
    )

    @field_validator("jwt_secret")
    @classmethod
    def _strong_in_production(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if not in_production(info):
            return secret
        wanted = f"at least {SHORTEST_SECRET} random bytes, kept secret"
        if secret is None:
            raise ValueError(f"is required in production: {wanted}")
        if weak := weakness(secret.get_secret_value()):
            raise ValueError(f"{weak}, which is refused in production: give it {wanted}")
        return secret

    @field_validator("public_url", "password_reset_url")
    @classmethod
    def _encrypted_in_production(cls, url: str | None, info: ValidationInfo) -> str | None:
        if in_production(info):
            if url is None and info.field_name == "public_url":
                raise ValueError("is required in production: where people find this server, https://…")
            if url is not None and not url.startswith("https://"):
                raise ValueError("must begin with https:// in production")
        return url

    @field_validator("tls_key_file")
    @classmethod
    def _with_its_certificate(cls, key: Path | None, info: ValidationInfo) -> Path | None:
        if (key is None) != (info.data.get("tls_cert_file", key) is None):
            raise ValueError("must be given together with TLS_CERT_FILE, or neither of them")
        return key

    @field_validator("trusted_proxies")
    @classmethod
    def _encrypted_somewhere(cls, proxies: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        # Where one of the files is wrong already, that is what there is to say.
        certificate = info.data.get("tls_cert_file", "wrong") or info.data.get("tls_key_file", "wrong")
        if in_production(info) and not proxies and certificate is None:
            raise ValueError(
                "is required in production, where plain HTTP is refused: the addresses of the proxy that speaks HTTPS "
                "for this server, or else TLS_CERT_FILE and TLS_KEY_FILE"
            )
        return proxies

    @field_validator("session_days")
    @classmethod
    def _not_before_it_is_idle(cls, days: int, info: ValidationInfo) -> int:
        if days < info.data.get("session_idle_days", days):
            raise ValueError("must not be less than SESSION_IDLE_DAYS")
        return days

    @field_validator("rate_limit")
    @classmethod
    def _on_in_production(cls, switch: str, info: ValidationInfo) -> str:
        if switch == "off" and in_production(info):
            raise ValueError("must be on in production")
        return switch

    @field_validator("mail_url")
    @classmethod
    def _sent_in_production(cls, url: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if url is not None and not url.get_secret_value().startswith("smtp") and in_production(info):
            raise ValueError("is a debug setting with file: and console:, which is refused in production")
        return url

    @field_validator("bootstrap_admin_password")
    @classmethod
    def _together(cls, password: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        known = info.data.get("bootstrap_admin_email", password)
        if (password is None) != (known is None):
            raise ValueError("must be given together with BOOTSTRAP_ADMIN_EMAIL, or neither of them")
        return password


def in_production(info: ValidationInfo) -> bool:
    """Whether this is the real thing, as far as it is judged yet."""
    return info.data.get("env") is Environment.PRODUCTION
