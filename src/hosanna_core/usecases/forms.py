"""The forms that bodies must fulfil. JSON types are exact, text is trimmed, everything is bounded.

Pydantic judges here, once; what comes out is a value of the model and is trusted from then on.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Any, ClassVar, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from hosanna_core.model.customer import Customer, Site
from hosanna_core.model.details import Details, Order
from hosanna_core.model.ids import DAY, LATEST, MINUTE, is_id
from hosanna_core.model.instants import to_millis
from hosanna_core.model.schedule import Window
from hosanna_core.model.status import Action, Priority
from hosanna_core.rules.assignment import skills
from hosanna_core.rules.decisions import long_enough, too_short
from hosanna_core.rules.keys import normal_email

LONGEST_WINDOW: Final = 31 * DAY
LATEST_END: Final = LATEST - 3 * DAY
"""So that the days around a window exist in every time zone's calendar."""
MOST_SKILLS: Final = 20
_EMAIL = re.compile(r"[^@\s<>()\[\],;:\\\"]{1,64}@[\w-]+(\.[\w-]+)*")
_AMOUNT = re.compile(r"\d{1,12}(\.\d{1,4})?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]")
"""Control characters but tab and line ends, what turns the direction of a text, and lone halves of surrogate pairs."""
_LINE_END = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\ud800-\udfff]")


def _printable(text: str) -> str:
    if _CONTROL.search(text) or not _visible(text):
        raise ValueError("must be text that can be seen, without control characters")
    return text


def _visible(text: str) -> bool:
    """Whether there is anything to be seen: spaces and marks that have no form of their own do not count."""
    return text.isascii() or any(unicodedata.category(c)[0] not in "ZC" for c in text)


def _one_line(text: str) -> str:
    if _LINE_END.search(text) or not _visible(text):
        raise ValueError("must be one line of text that can be seen, without control characters")
    return text


def _address(text: str) -> str:
    if _EMAIL.fullmatch(normal_email(text)) is None:
        raise ValueError("must be an e-mail address, such as ann@example.com")
    return text


def _instant(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("must be text: an RFC 3339 time with an offset, such as 2026-03-01T09:30:00Z")  # noqa: TRY004  # pydantic reports ValueError only
    return to_millis(value)


def _id(text: str) -> str:
    if not is_id(text):
        raise ValueError("must be an id: a UUID in lower case")
    return text


def _id_or_auto(text: str) -> str:
    if text != AUTO and not is_id(text):
        raise ValueError(f"must be an id (a UUID in lower case), or '{AUTO}'")
    return text


def _amount(text: str) -> str:
    if _AMOUNT.fullmatch(text) is None:
        raise ValueError("must be a decimal number as text, such as '1250.00', with at most 4 decimals")
    return text


def _reachable(required: str) -> str:
    level = skills.asked(required).level
    if level is not None and not 1 <= level <= skills.HIGHEST_LEVEL:
        raise ValueError(f"must ask for a level from 1 to {skills.HIGHEST_LEVEL}, such as 'journeyman >= 3'")
    return required


def _blank_is_none(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def upto(longest: int) -> StringConstraints:
    """Text that is trimmed and not blank."""
    return StringConstraints(strip_whitespace=True, min_length=1, max_length=longest)


PRINTABLE: Final = AfterValidator(_printable)
ONE_LINE: Final = AfterValidator(_one_line)
BLANK: Final = BeforeValidator(_blank_is_none)
"""Where a field may be null, blank text counts as null."""

Instant = Annotated[
    int,
    BeforeValidator(_instant, json_schema_input_type=str),
    Field(json_schema_extra={"type": "string", "format": "date-time"}),
]
IdText = Annotated[str, AfterValidator(_id), Field(json_schema_extra={"format": "uuid"})]
AUTO: Final = "auto"
"""In the place of a technician's id: whoever is the best candidate."""
TechnicianId = Annotated[
    str,
    AfterValidator(_id_or_auto),
    Field(json_schema_extra={"anyOf": [{"format": "uuid"}, {"const": AUTO}]}),
]
Address = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=254),
    AfterValidator(_address),
    PRINTABLE,
    Field(json_schema_extra={"format": "email"}),
]
"""An e-mail address as it was typed."""
Email = Annotated[Address, AfterValidator(normal_email)]
"""The address of an account: normalised, so that nobody has two."""
Reason = Annotated[str, upto(500), PRINTABLE]
SkillName = Annotated[str, upto(60), ONE_LINE]
RequiredSkill = Annotated[SkillName, AfterValidator(_reachable)]
"""What a job asks for: `name`, or `name >= level`."""
Minutes = Annotated[int, Field(ge=1, le=LONGEST_WINDOW // MINUTE)]
Name = Annotated[str, upto(200), ONE_LINE]
DeviceName = Annotated[str, upto(100), ONE_LINE]
Phone = Annotated[Annotated[str, upto(40), ONE_LINE] | None, BLANK]
LongText = Annotated[Annotated[str, upto(5000), PRINTABLE] | None, BLANK]
Town = Annotated[Annotated[str, upto(100), ONE_LINE] | None, BLANK]
PostalCode = Annotated[Annotated[str, upto(20), ONE_LINE] | None, BLANK]
InvoiceNumber = Annotated[Annotated[str, upto(60), ONE_LINE] | None, BLANK]


class Form(BaseModel):
    """Exact JSON types, no unknown fields."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class WindowForm(Form):
    """A stretch of time, [start, end)."""

    longest: ClassVar[int] = LONGEST_WINDOW
    start: Instant
    end: Instant

    @field_validator("end")
    @classmethod
    def _after_the_start(cls, end: int, info: ValidationInfo) -> int:
        start = info.data.get("start", end - 1)
        if end > LATEST_END:
            raise ValueError("must lie before 9999-12-29T00:00:00Z")
        if end <= start:
            raise ValueError("must be later than the start")
        if end - start > cls.longest:
            raise ValueError(f"must be at most {cls.longest // DAY} days after the start")
        return end

    def value(self) -> Window:
        """The trusted value."""
        return Window(self.start, self.end)


class CustomerForm(Form):
    """Who orders the work."""

    name: Name
    phone: Phone = None
    email: Annotated[Address | None, BLANK] = None


def with_the_latitude(longitude: float | None, info: ValidationInfo) -> float | None:
    """Of a place both are known, or neither."""
    if "latitude" in info.data and (longitude is None) != (info.data["latitude"] is None):
        raise ValueError("must come together with latitude, or neither of them")
    return longitude


class SiteForm(Form):
    """Where the work is done."""

    street: Name
    city: Town = None
    postal_code: PostalCode = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[Annotated[float, Field(ge=-180, le=180)] | None, Field(validate_default=True)] = None

    _with_the_latitude = field_validator("longitude")(with_the_latitude)


class JobForm(Form):
    """A new job."""

    title: Name
    description: LongText = None
    customer: CustomerForm
    site: SiteForm
    priority: Priority
    required_skills: Annotated[list[RequiredSkill], Field(max_length=MOST_SKILLS)]
    duration_minutes: Minutes
    window: WindowForm | None = None
    arrival_window: WindowForm | None = None

    @field_validator("window")
    @classmethod
    def _long_enough(cls, window: WindowForm | None, info: ValidationInfo) -> WindowForm | None:
        minutes = info.data.get("duration_minutes", 0)
        if window is not None and too_short(window.value(), minutes):
            raise ValueError(long_enough(minutes))
        return window

    def value(self) -> Details:
        """The trusted value; a skill named twice counts once."""
        return Details(
            title=self.title,
            description=self.description,
            customer=Customer(self.customer.name, self.customer.phone, self.customer.email),
            site=Site(
                self.site.street,
                self.site.city,
                self.site.postal_code,
                self.site.latitude,
                self.site.longitude,
            ),
            priority=self.priority,
            required_skills=tuple({name.casefold(): name for name in self.required_skills}.values()),
            duration_minutes=self.duration_minutes,
            window=self.window.value() if self.window else None,
            arrival_window=self.arrival_window.value() if self.arrival_window else None,
        )


class OrderForm(Form):
    """A transition that needs nothing; the others add to it."""

    def value(self) -> Order:
        """The trusted value."""
        return Order(**{name: _value(getattr(self, name)) for name in type(self).model_fields})


def _value(field: object) -> Any:
    return field.value() if isinstance(field, WindowForm) else field


class ReasonForm(OrderForm):
    """Every action off the main line says why."""

    reason: Reason


class AssignForm(OrderForm):
    """Who does it, and when; *override* books against the hard rules."""

    technician_id: TechnicianId
    window: WindowForm | None = None
    override: bool = False

    @field_validator("override")
    @classmethod
    def _of_somebody(cls, override: bool, info: ValidationInfo) -> bool:
        if override and info.data.get("technician_id") == AUTO:
            raise ValueError(f"must not be true with '{AUTO}': only who fits is chosen")
        return override


class ReassignForm(AssignForm):
    """Somebody else does it."""

    reason: Reason


class RescheduleForm(OrderForm):
    """Another time."""

    window: WindowForm
    override: bool = False
    reason: Reason


class CompleteForm(OrderForm):
    """What was done."""

    work_summary: LongText = None


class BillForm(OrderForm):
    """What was charged: *amount* is a decimal number as text, in the currency of the house."""

    invoice_number: InvoiceNumber = None
    amount: Annotated[str, AfterValidator(_amount)] | None = None


ORDER_FORMS: Final[dict[Action, type[OrderForm]]] = {
    Action.CONFIRM: OrderForm,
    Action.ASSIGN: AssignForm,
    Action.DISPATCH: OrderForm,
    Action.START: OrderForm,
    Action.COMPLETE: CompleteForm,
    Action.BILL: BillForm,
    Action.REASSIGN: ReassignForm,
    Action.UNASSIGN: ReasonForm,
    Action.RESCHEDULE: RescheduleForm,
    Action.RETURN_VISIT: ReasonForm,
    Action.REOPEN: ReasonForm,
    Action.CANCEL: ReasonForm,
    Action.RECALL: ReasonForm,
    Action.HOLD: ReasonForm,
    Action.RESUME: ReasonForm,
}
