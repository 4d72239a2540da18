"""What prints itself in a traceback, a log or a debugger shows no secret that it holds."""

import inspect
import types
from typing import Any

import msgspec
import pytest

from hosanna_adapters.memory import MemoryStore
from hosanna_core.model.mail import Mail
from hosanna_core.model.people import SecondFactor
from hosanna_core.rules.keys import derive
from hosanna_core.rules.refreshing import RefreshToken
from hosanna_core.testing.doubles import ports_on
from hosanna_core.testing.samples import a_session, a_user, id_of
from hosanna_core.usecases import user_forms
from hosanna_core.usecases.forms import Form
from hosanna_core.usecases.second_factor import Enrolment, RecoveryCodes
from hosanna_core.usecases.sessions import Login, Opened
from hosanna_web.arrivals import Arrival
from hosanna_web.first_administrator import Installed

CANARY = "canary-0123456789"
RAW = CANARY.encode()
SECRET_NAMES = ("password", "token", "code", "secret")
KEYS = derive(RAW)
LOGIN = Login(CANARY, "bearer", 900, CANARY)
FACTOR = SecondFactor(nonce=RAW, confirmed=True, recovery=(RAW,))
USER = msgspec.structs.replace(a_user(1), password_hash=CANARY, second_factor=FACTOR)
HOLDERS: dict[str, object] = {
    "keys": msgspec.structs.replace(KEYS, **dict.fromkeys(KEYS.__struct_fields__, RAW)),
    "login": LOGIN,
    "opened": Opened(a_session(7, id_of(1)), LOGIN),
    "refresh token": RefreshToken(id_of(1), 1, RAW),
    "second factor": FACTOR,
    "user": USER,
    "enrolment": Enrolment(CANARY, f"otpauth://totp/x?secret={CANARY}"),
    "recovery codes": RecoveryCodes((CANARY,)),
    "letter": Mail(to=f"{CANARY}@example.com", subject="Hello", text=f"https://x/#token={CANARY}"),
    "head of a request": Arrival(
        "GET", ("api", "v1"), b"token=" + RAW, {b"authorization": b"Bearer " + RAW}, size=99
    ),
    "first administrator": Installed("ann@example.com", CANARY),
}


FORMS = [each for _, each in inspect.getmembers(user_forms, inspect.isclass) if issubclass(each, Form)]
"""Every form about people."""


def is_secret(name: str) -> bool:
    return any(word in name for word in SECRET_NAMES)


@pytest.mark.parametrize("holder", HOLDERS.values(), ids=HOLDERS)
def test_what_holds_a_secret_does_not_show_it(holder: object) -> None:
    for shown in (repr(holder), str(holder), f"{[holder]}"):
        assert CANARY not in shown
        assert type(holder).__name__ in shown


def test_what_is_no_secret_is_shown() -> None:
    assert repr(LOGIN) == "Login(access_token=..., token_type='bearer', expires_in=900, refresh_token=...)"
    assert USER.email in repr(USER)


def test_the_ports_show_none_of_their_keys() -> None:
    ports = ports_on(MemoryStore().ports())
    shown = repr(ports)
    for name in ports.keys.__struct_fields__:
        assert repr(getattr(ports.keys, name))[2:-1] not in shown, name


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_no_form_shows_a_password_a_code_or_a_token(form: type[Form]) -> None:
    planted: dict[str, Any] = {name: CANARY for name in form.model_fields if is_secret(name)}
    made = form.model_construct(**planted)
    for shown in (repr(made), str(made), repr(types.SimpleNamespace(form=made))):
        assert CANARY not in shown


def test_there_are_forms_that_hold_one() -> None:
    holding = {form.__name__ for form in FORMS if any(is_secret(name) for name in form.model_fields)}
    assert len(holding) >= 9
