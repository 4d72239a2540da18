"""The forms of API keys and webhooks."""

from __future__ import annotations

from typing import Annotated, Final, get_args

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator

from hosanna_core.model.api_key import ApiScope
from hosanna_core.model.messages import JobKind, UserKind
from hosanna_core.model.people import Role
from hosanna_core.rules.announcements import CREATED as ANNOUNCED
from hosanna_core.usecases.forms import DeviceName, Form, Instant, LongText
from hosanna_core.usecases.notification_forms import in_the_future, reachable
from hosanna_core.usecases.telling import ENTERED_VIEW, LEFT_VIEW

PLAIN: Final = "plain"
"""The key of the judging context that says whether an address may begin with http://."""
LONGEST_ADDRESS: Final = 2_000
KINDS: Final[tuple[str, ...]] = (
    *get_args(JobKind),
    ENTERED_VIEW,
    LEFT_VIEW,
    *get_args(UserKind),
    ANNOUNCED,
)
"""What a webhook can be told of."""
NO_TECHNICIAN: Final = "must be ADMINISTRATOR or OFFICE_MANAGER: a Technician is a person"


def of_the_office(role: Role) -> Role:
    """The role, unless it is one that only people have."""
    if role is Role.TECHNICIAN:
        raise ValueError(NO_TECHNICIAN)
    return role


def _a_kind(kind: str) -> str:
    if kind not in KINDS:
        raise ValueError(f"must be one of {', '.join(KINDS)}")
    return kind


EventKind = Annotated[str, AfterValidator(_a_kind), Field(json_schema_extra={"enum": list(KINDS)})]


class ApiKeyForm(Form):
    """What a machine is called, what it acts as, and what of that it is let in to."""

    name: DeviceName
    role: Role
    scopes: Annotated[list[ApiScope], Field(min_length=1, max_length=len(ApiScope))]
    expires_at: Instant | None = None

    _of_the_office = field_validator("role")(of_the_office)
    _in_the_future = field_validator("expires_at")(in_the_future)


class WebhookForm(Form):
    """Who is to be told what happens, and of what of it; *role*: as whom they see."""

    url: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ADDRESS)]
    role: Role
    description: LongText = None
    events: Annotated[list[EventKind], Field(max_length=len(KINDS), default_factory=list)]
    enabled: bool = True

    _of_the_office = field_validator("role")(of_the_office)

    @field_validator("url")
    @classmethod
    def _an_address(cls, url: str, info: ValidationInfo) -> str:
        plain = bool((info.context or {}).get(PLAIN))
        return reachable(url, ("https", "http") if plain else ("https",))
