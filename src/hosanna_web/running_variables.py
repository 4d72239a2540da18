"""The environment variables of those who run a server: what it tells others, what it saves, what stands beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from hosanna_core.model.ids import DAY
from hosanna_web import checks, running_checks
from hosanna_web.checks import SHORTEST_BACKUP_KEY, SHORTEST_METRICS_TOKEN
from hosanna_web.variables import Names, Variables, WebUrl, in_production


class RunningVariables(Variables):
    """What the environment says about a server that runs."""

    push_contact: Annotated[str, AfterValidator(checks.contact)] | None = Field(
        default=None,
        validation_alias="PUSH_CONTACT",
        description=(
            "Turns Web Push on. Whom the push services of browsers may ask about this server: "
            "`mailto:ops@example.com`, or an address that begins with `https://`. Absent: nothing is pushed."
        ),
    )
    webhook_allow_private: bool = Field(
        default=False,
        validation_alias="WEBHOOK_ALLOW_PRIVATE",
        description=(
            "`true`: webhooks may also be addresses of private networks, and begin with `http://`. For tests and "
            "development; refused in production, where an Administrator could make the server ask machines around it."
        ),
    )
    travel_speed: Annotated[float, Field(ge=1, le=200)] = Field(
        default=40,
        validation_alias="TRAVEL_SPEED_KMH",
        description="How fast technicians get along, door to door: 1 to 200 kilometres an hour.",
    )
    travel_road_factor: Annotated[float, Field(ge=1, le=5)] = Field(
        default=1.3,
        validation_alias="TRAVEL_ROAD_FACTOR",
        description="How much longer roads are than the way as the crow flies: 1 to 5.",
    )
    backup_every: Annotated[int, BeforeValidator(checks.span)] = Field(
        default=DAY,
        validation_alias="BACKUP_EVERY",
        description=(
            "How often the server makes a backup: `24h`, `30m`, `7d`, or `off`. Of several servers one does. The first "
            "is made within a minute or two of the start, once there is a job."
        ),
    )
    backup_keep: Annotated[int, Field(ge=1, le=10_000)] = Field(
        default=7,
        validation_alias="BACKUP_KEEP",
        description="So many of the newest backups in the folder stay; older ones go when another one is made.",
    )
    backup_dir: Path | None = Field(
        default=None,
        validation_alias="BACKUP_DIR",
        description="The folder of backups: better on another disk. Absent: `backups` in the data folder.",
    )
    backup_key: Annotated[SecretStr, AfterValidator(checks.backup_key)] | None = Field(
        default=None,
        validation_alias="HOSANNA_BACKUP_KEY",
        description=(
            f"Backups are encrypted under this: at least {SHORTEST_BACKUP_KEY} characters, better 32 random ones. "
            "Without it nobody reads them again: keep it where the backups are not."
        ),
    )
    backup_key_file: Path | None = Field(
        default=None,
        validate_default=True,
        validation_alias="HOSANNA_BACKUP_KEY_FILE",
        description="A file whose first line is what `HOSANNA_BACKUP_KEY` would say. Not both of them.",
    )
    plugins: Annotated[str, AfterValidator(checks.plugins)] = Field(
        default="on",
        validation_alias="PLUGINS",
        description=(
            "Which of the installed plugins are loaded: `on` (all of them), `off` (none), or names with commas between "
            "them. One that cannot be loaded stops nobody, and is reported by `hosanna plugins` and `/health/ready`. A "
            "plugin runs with all rights of the server."
        ),
    )
    plugins_required: Annotated[Names, BeforeValidator(checks.plugin_names)] = Field(
        default=(),
        validation_alias="PLUGINS_REQUIRED",
        description=(
            "Names of plugins, with commas between them, without which the server does not start: those whose policy "
            "you rely on."
        ),
    )
    metrics_token: Annotated[SecretStr, AfterValidator(checks.metrics_token)] | None = Field(
        default=None,
        validation_alias="METRICS_TOKEN",
        description=(
            f"What whoever reads `/metrics` sends as `Bearer`: at least {SHORTEST_METRICS_TOKEN} characters. Absent: "
            "anybody who reaches the server may read it; it tells figures, and of nobody."
        ),
    )
    log_format: Literal["json", "text"] | None = Field(
        default=None,
        validation_alias="LOG_FORMAT",
        description=(
            "`json`: one object a line, with time, level, logger, message, request, actor, route and so on. `text`: "
            "for a terminal. Absent: `json` in production, else `text`."
        ),
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info",
        validation_alias="LOG_LEVEL",
        description=(
            "From which level on Hosanna's own loggers tell; at `info` each request is a line, at `warning` none is. "
            "Libraries tell what they warn of, whatever this says."
        ),
    )
    log_file: Path | None = Field(
        default=None,
        validation_alias="LOG_FILE",
        description=(
            "The file of the log, made with mode 0600; several processes of one machine may share it. Absent: the "
            "standard error output."
        ),
    )
    log_rotate: Annotated[int, BeforeValidator(running_checks.rotation)] = Field(
        default=0,
        validation_alias="LOG_ROTATE",
        description=(
            "When that file is put away and compressed: `daily` (by UTC), or a size such as `100MB` or `1GB`."
        ),
    )
    log_keep: Annotated[int, Field(ge=1, le=10_000)] = Field(
        default=14,
        validation_alias="LOG_KEEP",
        description="So many of the newest files that were put away stay.",
    )
    otlp_endpoint: WebUrl | None = Field(
        default=None,
        validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT",
        description=(
            "Turns tracing on: the collector that takes OTLP over HTTP, such as `http://127.0.0.1:4318`. Needs the "
            "extra `tracing`; without it the server does not start. Absent: no tracing."
        ),
    )
    otlp_headers: Annotated[SecretStr, AfterValidator(running_checks.otlp_headers)] | None = Field(
        default=None,
        validation_alias="OTEL_EXPORTER_OTLP_HEADERS",
        description="What is sent to it along: `name=value` with commas between them, such as a key of its owner.",
    )
    otel_service_name: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)
    ] = Field(
        default="hosanna",
        validation_alias="OTEL_SERVICE_NAME",
        description="What traces call this server.",
    )
    otel_traced: Annotated[float, Field(ge=0, le=1)] = Field(
        default=1,
        validation_alias="OTEL_TRACES_SAMPLER_ARG",
        description=(
            "Which share of the requests is traced, `0` to `1`, where nobody before us has decided (a `traceparent`)."
        ),
    )

    @field_validator("backup_key_file")
    @classmethod
    def _one_key(cls, file: Path | None, info: ValidationInfo) -> Path | None:
        if file is not None and info.data.get("backup_key") is not None:
            raise ValueError("must not be given together with HOSANNA_BACKUP_KEY")
        return file

    @field_validator("webhook_allow_private")
    @classmethod
    def _public_in_production(cls, allowed: bool, info: ValidationInfo) -> bool:
        if allowed and in_production(info):
            raise ValueError("must be false in production")
        return allowed
