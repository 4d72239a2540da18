"""The forms of everything about people: accounts, profiles, availability."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo

from hosanna_core.model.ids import DAY
from hosanna_core.model.people import Role
from hosanna_core.model.schedule import WEEKDAYS, Availability, Skill, Window
from hosanna_core.model.travel import Point
from hosanna_core.rules.assignment.skills import HIGHEST_LEVEL
from hosanna_core.usecases.forms import DeviceName, Email, Form, Name, Phone, SkillName, WindowForm
from hosanna_core.usecases.preference_forms import PreferencesForm

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SHORTEST_PASSWORD: Final = 8
LONGEST_PASSWORD: Final = 256
FEWEST_CHARACTERS: Final = 4
COMMON_PASSWORDS: Final = "common_passwords"
"""The key of the judging context under which forms find the passwords that everybody tries first."""
FARTHEST: Final = 20_038
"""Kilometres to the other side of the globe."""
OWN_ADDRESS: Final = "own_address"
"""The key under which they find the address of the account, where they have no field for it."""
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _minutes(clock: str) -> int:
    if _CLOCK.fullmatch(clock) is None:
        raise ValueError("must be a time of day, such as '08:30'; '24:00' is the end of the day")
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _calendar_day(day: str) -> str:
    wrong = ValueError("must be a day of the calendar, such as '2027-12-31'")
    if _DAY.fullmatch(day) is None:
        raise wrong
    try:
        date.fromisoformat(day)
    except ValueError:
        raise wrong from None
    return day


def _known_zone(name: str) -> str:
    if name not in _zones():
        raise ValueError("must be the name of a time zone, such as 'America/Chicago'")
    return name


@cache
def _zones() -> frozenset[str]:
    """The zones of the world, and none that mean whatever this machine is set to."""
    return frozenset({"UTC", *available_timezones()} - {"localtime"})


def _weekday(name: str) -> str:
    if name not in WEEKDAYS:
        raise ValueError(f"must be a weekday: {', '.join(WEEKDAYS)}")
    return name


def _shift(ends: list[str]) -> list[str]:
    start, end = (_minutes(clock) for clock in ends)
    if end <= start:
        raise ValueError("must end after it starts; work over midnight is two shifts")
    return ends


def _hard_to_guess(password: str, info: ValidationInfo) -> str:
    known = info.context or {}
    common = known.get(COMMON_PASSWORDS, ())
    if password.lower() in common:
        raise ValueError("is one of the passwords that everybody tries first: choose another one")
    email = info.data.get("email") or known.get(OWN_ADDRESS)
    if email is not None and password.lower() in {email, email.partition("@")[0]}:
        raise ValueError("must not be the e-mail address")
    if len(set(password)) < FEWEST_CHARACTERS:
        raise ValueError(f"must have at least {FEWEST_CHARACTERS} different characters")
    return password


_UNSHOWN: Final[Any] = Field(repr=False)
"""A secret stands in no representation of its form. Where one may be left out, the fields say so themselves."""
Password = Annotated[
    str,
    StringConstraints(min_length=SHORTEST_PASSWORD, max_length=LONGEST_PASSWORD),
    AfterValidator(_hard_to_guess),
    _UNSHOWN,
]
GivenPassword = Annotated[str, StringConstraints(max_length=1024), _UNSHOWN]
"""One that is compared with what is known, whatever it is like."""
Code = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Token = Annotated[str, StringConstraints(min_length=1, max_length=512)]
Weekday = Annotated[str, AfterValidator(_weekday)]
Shift = Annotated[list[str], Field(min_length=2, max_length=2), AfterValidator(_shift)]
Hours = dict[Weekday, Annotated[list[Shift], Field(max_length=6)]]
"""The stretches of each weekday as times of day."""
TimeZone = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_known_zone)]


def stretches(hours: Mapping[str, Sequence[Sequence[str]]]) -> dict[str, tuple[tuple[int, int], ...]]:
    """Hours that were judged as minutes since midnight."""
    return {
        day: tuple((_minutes(start), _minutes(end)) for start, end in shifts) for day, shifts in hours.items()
    }


class LoginForm(Form):
    """Who says they are who. *refresh_token*: any that this device got before, which shows that it is known."""

    email: Annotated[str, StringConstraints(max_length=320)]
    password: GivenPassword
    code: Code | None = Field(default=None, repr=False)
    device: DeviceName | None = None
    refresh_token: Token | None = Field(default=None, repr=False)


class RefreshForm(Form):
    """The refresh token that is exchanged."""

    refresh_token: Token = Field(repr=False)


class LogoutForm(Form):
    """A refresh token whose session ends, too, where it is another one than the access token's."""

    refresh_token: Token | None = Field(default=None, repr=False)


class ForgotForm(Form):
    """Whose password is forgotten."""

    email: Annotated[str, StringConstraints(max_length=320)]


class ResetForm(Form):
    """The token of the letter, and the new password."""

    token: Token = Field(repr=False)
    password: Password


class NewPasswordForm(Form):
    """A new password, from somebody who need not know the present one."""

    password: Password


class PasswordForm(Form):
    """The present password and the new one."""

    current_password: GivenPassword
    new_password: Password


class CodeForm(Form):
    """A one-time code."""

    code: Code = Field(repr=False)


class ProofForm(Form):
    """The password, from somebody who is logged in already."""

    password: GivenPassword


class BothFactorsForm(ProofForm):
    """The password, and a present code or an unused recovery code."""

    code: Code = Field(repr=False)


class RegisterForm(Form):
    """Somebody who wants to work here."""

    email: Email
    password: Password
    full_name: Name


class UserForm(RegisterForm):
    """A user whom an Administrator makes."""

    role: Role


class ProfileForm(Form):
    """What a user may say about themselves."""

    full_name: Name
    phone: Phone = None
    preferences: PreferencesForm = Field(default_factory=PreferencesForm)

    def value(self) -> dict[str, Any]:
        """The trusted values, by the names of a user's fields."""
        return {name: getattr(self, name) for name in type(self).model_fields} | {
            "preferences": self.preferences.value()
        }


class AccountForm(ProfileForm):
    """What an Administrator may change of a user beside role and activity."""

    email: Email


class RoleForm(Form):
    """Another role."""

    role: Role


class SkillForm(Form):
    """A skill or licence; *expires_on* is the last day on which it counts."""

    name: SkillName
    level: Annotated[int, Field(ge=1, le=HIGHEST_LEVEL)] | None = None
    expires_on: Annotated[str, AfterValidator(_calendar_day)] | None = None


class HomeForm(Form):
    """Where the day begins."""

    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]


class TimeOffForm(WindowForm):
    """Time away, up to a year at once."""

    longest: ClassVar[int] = 366 * DAY


class AvailabilityForm(Form):
    """When and for what a technician can be booked."""

    timezone: TimeZone
    hours: Hours = Field(default_factory=dict)
    time_off: Annotated[list[TimeOffForm], Field(max_length=200)] = Field(default_factory=list)
    home: HomeForm | None = None
    daily_maximum: Annotated[int, Field(ge=1, le=100)] | None = None
    skills: Annotated[list[SkillForm], Field(max_length=100)] = Field(default_factory=list)
    service_area_km: Annotated[float, Field(gt=0, le=FARTHEST)] | None = None

    def value(self) -> Availability:
        """The trusted value."""
        return Availability(
            timezone=self.timezone,
            hours=stretches(self.hours),
            time_off=tuple(sorted(Window(off.start, off.end) for off in self.time_off)),
            home=Point(self.home.latitude, self.home.longitude) if self.home else None,
            daily_maximum=self.daily_maximum,
            skills=tuple(Skill(skill.name, skill.level, skill.expires_on) for skill in self.skills),
            service_area_km=self.service_area_km,
        )
