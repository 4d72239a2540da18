"""The forms of a user's preferences: what clients keep there, and what we go by ourselves."""

from __future__ import annotations

from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from hosanna_core.usecases.forms import Form

MOST_PREFERENCES: Final = 50
LONGEST_PREFERENCE_NAME: Final = 60
LONGEST_PREFERENCE: Final = 500
GREATEST_NUMBER: Final = 2**53
"""The whole numbers that every JSON reader keeps exactly."""


def _preference_name(name: str) -> str:
    if not 0 < len(name) <= LONGEST_PREFERENCE_NAME or "\x00" in name:
        raise ValueError(f"must be a name of 1 to {LONGEST_PREFERENCE_NAME} printable characters")
    return name


def _simple(value: object) -> object:
    if isinstance(value, str):
        simple = len(value) <= LONGEST_PREFERENCE and "\x00" not in value
    else:
        simple = value is None or (isinstance(value, bool | int | float) and abs(value) <= GREATEST_NUMBER)
    if not simple:
        raise ValueError("must be true, false, null, a number, or text of at most 500 characters")
    return value


PreferenceName = Annotated[str, AfterValidator(_preference_name)]
Preference = Annotated[Any, AfterValidator(_simple)]


class ChannelsForm(Form):
    """On which ways one wants to be told; what is left out is as it is for everybody."""

    live: bool = Field(default_factory=bool)
    email: bool = Field(default_factory=bool)
    push: bool = Field(default_factory=bool)


class NotificationsForm(Form):
    """On which ways one wants to be told of what."""

    dispatched: ChannelsForm = Field(alias="job.dispatched", default_factory=ChannelsForm)
    status_changed: ChannelsForm = Field(alias="job.status_changed", default_factory=ChannelsForm)
    announcement: ChannelsForm = Field(default_factory=ChannelsForm)
    webhook_disabled: ChannelsForm = Field(alias="webhook.disabled", default_factory=ChannelsForm)


class PreferencesForm(Form):
    """What clients keep for a user under names of their own, and what we go by ourselves."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"maxProperties": MOST_PREFERENCES})
    __pydantic_extra__: dict[PreferenceName, Preference]

    notifications: NotificationsForm = Field(default_factory=NotificationsForm)

    @model_validator(mode="after")
    def _few(self) -> Self:
        if len(self.model_fields_set) > MOST_PREFERENCES:
            raise ValueError(f"must be at most {MOST_PREFERENCES} preferences")
        return self

    def value(self) -> dict[str, Any]:
        """What was given, and nothing beside it."""
        return self.model_dump(by_alias=True, exclude_unset=True)
