"""Which fields are somebody's own: a field that is new must be put into one of these lists, and into the code."""

import pytest
from tests.usecases.people import busy_technician, erase, export

from hosanna_core.model.job import Job
from hosanna_core.model.notice import Notice
from hosanna_core.model.people import SecondFactor, User
from hosanna_core.model.push import PushSubscription
from hosanna_core.model.session import Session
from hosanna_core.rules import decisions
from hosanna_core.rules.history import OPEN_FIELDS
from hosanna_core.testing.samples import a_job, a_user
from hosanna_core.usecases import privacy, users

FIELDS = {
    User: {
        "personal": {"email", "full_name", "phone", "preferences"},
        "secret": {"password_hash", "second_factor", "calendar_hash"},
        "plain": {
            "id", "version", "role", "role_since", "active", "erased",
            "session_epoch", "revoked", "created_at", "updated_at",
        },
    },
    Job: {
        "personal": {"title", "description", "customer", "site", "work_summary", "invoice_number"},
        "secret": {"subject_key", "customer_keys"},
        "plain": {
            "id", "number", "version", "status", "standing", "priority", "required_skills", "duration_minutes",
            "window", "arrival_window", "technician_id", "external_ref", "amount", "stages", "created_at",
            "updated_at", "chain",
        },
    },
    Session: {
        "personal": {"device", "created_at", "used_at", "expires_at", "ended_at"},
        "secret": {"address_key", "token_hash", "spent"},
        "plain": {"id", "version", "user_id", "epoch"},
    },
    Notice: {
        "personal": {"kind", "job_id", "status", "announcement_id", "created_at", "expires_at", "read_at"},
        "secret": set(),
        "plain": {"id", "user_id", "live", "channels", "due_at"},
    },
    PushSubscription: {
        "personal": {"endpoint", "created_at"}, "secret": {"p256dh", "auth"}, "plain": {"id", "user_id"},
    },
}  # fmt: skip
"""*personal* is handed out and erased, *secret* only erased: it is of use to nobody, or to somebody else."""
KEPT_FOR_THE_BOOKS = {"invoice_number"}


@pytest.mark.parametrize("kind", FIELDS, ids=lambda kind: kind.__name__)
def test_every_field_is_somebodys_own_or_is_not(kind):
    parts = FIELDS[kind].values()
    assert sorted(name for part in parts for name in part) == sorted(kind.__struct_fields__)


def test_what_is_a_users_own_is_erased_all_of_it():
    own = FIELDS[User]["personal"] | FIELDS[User]["secret"]
    full = a_user(
        1,
        phone="5125550100",
        preferences={"theme": "dark"},
        second_factor=SecondFactor(nonce=b"n"),
        calendar_hash=b"h",
    )
    left = privacy._nobody(full)
    assert left.keys() == own | {"active", "erased"}
    assert [name for name in own if getattr(full, name) == left[name]] == []


def test_what_is_a_users_own_is_what_an_account_has_and_what_is_handed_out(firm):
    assert set(users.ACCOUNT) == FIELDS[User]["personal"]
    job = busy_technician(firm)
    file = export(firm, user_id=firm.technician.id)["user"]
    assert file["account"].keys() >= FIELDS[User]["personal"]
    assert file["sessions"][0].keys() == FIELDS[Session]["personal"]
    assert file["notifications"][0].keys() == FIELDS[Notice]["personal"]
    assert file["devices"][0].keys() == FIELDS[PushSubscription]["personal"]
    assert file["followed_jobs"] == [job.id]
    erase(firm, user_id=firm.technician.id)
    again = export(firm, user_id=firm.technician.id)["user"]
    assert [again[each] for each in ("sessions", "notifications", "followed_jobs", "devices")] == [[]] * 4


def test_what_is_a_customers_own_is_erased_all_of_it_and_can_be_in_every_entry():
    own = FIELDS[Job]["personal"]
    assert own == set(decisions.ERASABLE) == OPEN_FIELDS - {"reason"}
    full = a_job(1, description="D", work_summary="W", invoice_number="I", customer_keys=(b"k" * 16,))
    bare = decisions.erase(full, subject_key=b"n" * 32, actor_id=None, now=full.updated_at).job
    kept = {name for name in own | FIELDS[Job]["secret"] if getattr(full, name) == getattr(bare, name)}
    assert kept == KEPT_FOR_THE_BOOKS
