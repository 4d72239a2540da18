"""One plausible body for each form, for readers and for tools that try things out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hosanna_core.usecases.commanding import CommandsForm
from hosanna_core.usecases.forms import (
    AssignForm,
    BillForm,
    CompleteForm,
    JobForm,
    OrderForm,
    ReasonForm,
    ReassignForm,
    RescheduleForm,
)
from hosanna_core.usecases.integration_forms import ApiKeyForm, WebhookForm
from hosanna_core.usecases.job_types import NewJobForm
from hosanna_core.usecases.notification_forms import AnnouncementForm, PushSubscriptionForm
from hosanna_core.usecases.plan_forms import ApplyForm, PlanForm
from hosanna_core.usecases.queries import NoQuery
from hosanna_core.usecases.settling_forms import SettingsForm
from hosanna_core.usecases.user_forms import (
    AccountForm,
    AvailabilityForm,
    BothFactorsForm,
    CodeForm,
    ForgotForm,
    LoginForm,
    LogoutForm,
    PasswordForm,
    ProfileForm,
    ProofForm,
    RefreshForm,
    RegisterForm,
    ResetForm,
    RoleForm,
    UserForm,
)

if TYPE_CHECKING:
    from hosanna_core.usecases.forms import Form

_WINDOW: Final = {"start": "2027-03-01T09:00:00-06:00", "end": "2027-03-01T11:00:00-06:00"}
_TECHNICIAN: Final = "01890a5d-ac96-774b-bcce-b302099a8057"
_GIVEN: Final = "as it was given to you"
_PERSON: Final = {"email": "tess@example.com", "password": "correct horse battery", "full_name": "Tess Ohm"}
_JOB: Final = {
    "title": "Panel upgrade",
    "description": "200 A service, old panel in the garage",
    "customer": {"name": "Ann Lee", "phone": "+1 512 555 0100", "email": "ann@example.com"},
    "site": {"street": "1 Main St", "city": "Austin", "latitude": 30.2672, "longitude": -97.7431},
    "priority": "NORMAL",
    "required_skills": [],
    "duration_minutes": 120,
    "window": _WINDOW,
}

EXAMPLES: Final[dict[type[Form], dict[str, Any]]] = {
    RegisterForm: _PERSON,
    LoginForm: {"email": "tess@example.com", "password": "correct horse battery"},
    RefreshForm: {"refresh_token": _GIVEN},
    LogoutForm: {},
    ForgotForm: {"email": "tess@example.com"},
    ResetForm: {"token": _GIVEN, "password": "another horse battery"},
    PasswordForm: {"current_password": "correct horse battery", "new_password": "another horse battery"},
    ProofForm: {"password": "correct horse battery"},
    BothFactorsForm: {"password": "correct horse battery", "code": "287082"},
    CodeForm: {"code": "287082"},
    ProfileForm: {
        "phone": "+1 512 555 0100",
        "preferences": {"notifications": {"job.dispatched": {"email": True}}},
    },
    AccountForm: {"full_name": "Tess Ohm"},
    UserForm: {**_PERSON, "role": "TECHNICIAN"},
    RoleForm: {"role": "OFFICE_MANAGER"},
    NewJobForm: _JOB,
    JobForm: _JOB,
    OrderForm: {},
    NoQuery: {},
    ReasonForm: {"reason": "The customer asked for it."},
    AssignForm: {"technician_id": _TECHNICIAN},
    ReassignForm: {"technician_id": _TECHNICIAN, "reason": "Bo is ill."},
    RescheduleForm: {"window": _WINDOW, "reason": "The customer is away in the morning."},
    CompleteForm: {"work_summary": "Panel replaced, tested, labelled."},
    BillForm: {"invoice_number": "2027-0042", "amount": "1850.00"},
    CommandsForm: {
        "commands": [
            {"key": "7c1f", "job_id": "01890a5d-ac96-774b-bcce-b302099a8057", "action": "start"},
            {
                "key": "7c20",
                "job_id": "01890a5d-ac96-774b-bcce-b302099a8057",
                "action": "complete",
                "body": {"work_summary": "Panel replaced, tested, labelled."},
                "if_match": 6,
            },
        ]
    },
    AnnouncementForm: {
        "title": "The yard is closed on Monday",
        "body": "Fetch what you need on Friday.",
        "role": "TECHNICIAN",
        "expires_at": "2099-03-04T00:00:00-06:00",
    },
    PushSubscriptionForm: {
        "endpoint": "https://push.example.com/s/1",
        # The examples of RFC 8291.
        "keys": {
            "p256dh": (
                "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
            ),
            "auth": "BTBZMqHH6r4Tts7J_aSIgg",
        },
    },
    ApiKeyForm: {
        "name": "Books",
        "role": "OFFICE_MANAGER",
        "scopes": ["jobs:read", "export:read"],
        "expires_at": "2099-01-01T00:00:00Z",
    },
    PlanForm: {"date": "2027-03-01", "seconds": 5},
    ApplyForm: {},
    SettingsForm: {
        "company": {"name": "Lee Electric", "phone": "+1 512 555 0100", "timezone": "America/Chicago"},
        "hours": {"mon": [["08:00", "17:00"]], "tue": [["08:00", "17:00"]]},
        "job_types": [{"name": "Panel upgrade", "duration_minutes": 240, "required_skills": ["master"]}],
        "scores": {"travel": 60, "continuity": 10},
        "costs": {"promise": 0},
        "retention": {"read_notifications": 90},
    },
    WebhookForm: {
        "url": "https://books.example.com/hosanna",
        "role": "OFFICE_MANAGER",
        "description": "Invoices",
        "events": ["job.status_changed"],
    },
    AvailabilityForm: {
        "timezone": "America/Chicago",
        "hours": {"mon": [["08:00", "12:00"], ["13:00", "17:00"]], "tue": [["08:00", "17:00"]]},
        "time_off": [{"start": "2027-07-01T00:00:00-05:00", "end": "2027-07-15T00:00:00-05:00"}],
        "home": {"latitude": 30.2672, "longitude": -97.7431},
        "daily_maximum": 6,
        "skills": [{"name": "journeyman", "level": 3, "expires_on": "2028-12-31"}],
    },
}
