"""The forms of API keys and webhooks."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field, field_validator

from hosanna_core.model.api_key import ApiScope
from hosanna_core.model.people import Role
from hosanna_core.usecases.forms import DeviceName, Form, Instant
from hosanna_core.usecases.notification_forms import in_the_future

NO_TECHNICIAN: Final = "must be ADMINISTRATOR or OFFICE_MANAGER: a Technician is a person"


def of_the_office(role: Role) -> Role:
    """The role, unless it is one that only people have."""
    if role is Role.TECHNICIAN:
        raise ValueError(NO_TECHNICIAN)
    return role


class ApiKeyForm(Form):
    """What a machine is called, what it acts as, and what of that it is let in to."""

    name: DeviceName
    role: Role
    scopes: Annotated[list[ApiScope], Field(min_length=1, max_length=len(ApiScope))]
    expires_at: Instant | None = None

    _of_the_office = field_validator("role")(of_the_office)
    _in_the_future = field_validator("expires_at")(in_the_future)
