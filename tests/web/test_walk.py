"""Every route × who asks × the job's place × whose it is, against the specification's tables; none is left out."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.usecases.firm import A_DEVICE
from tests.web.asgi import Answer, Ask
from tests.web.firm import JOB, PASSWORD, WAYS, Firm
from tests.web.test_roles import HOLDERS, LIFECYCLE, ROLE, SEEN_BY

from hosanna_web.api.table import OPERATIONS

SOMEBODY = "01890a5d-ac96-774b-bcce-b302099a8057"
EVERYBODY = set(ROLE)
ADMINISTRATOR = {"admin"}
OFFICE = {"admin", "office", "owen"}
NEW = {"email": "new@example.com", "password": "long enough", "full_name": "New"}
WRONG = {"password": "a wrong password"}
WRONG_WITH_CODE = {**WRONG, "code": "123456"}

# name: (who may, what it answers to them, body, what it answers to those who may not)
# `{id}` is theo's where the route is about users or technicians.
BESIDE_JOBS: dict[str, tuple[set[str], int, Any]] = {
    "create_job": (ADMINISTRATOR, 201, JOB),
    "list_jobs": (EVERYBODY, 200, None),
    "create_user": (ADMINISTRATOR, 201, {**NEW, "role": "TECHNICIAN"}),
    "list_users": (ADMINISTRATOR, 200, None),
    "get_user": (ADMINISTRATOR, 200, None),
    "edit_user": (ADMINISTRATOR, 200, {"phone": "1"}),
    "set_role": (ADMINISTRATOR, 200, {"role": "TECHNICIAN"}),
    "activate_user": (ADMINISTRATOR, 200, None),
    "deactivate_user": (ADMINISTRATOR, 200, None),
    "reset_second_factor": (ADMINISTRATOR, 409, None),
    "list_technicians": (OFFICE, 200, None),
    "get_availability": ({*OFFICE, "theo"}, 200, None),
    "set_availability": ({*OFFICE, "theo"}, 200, {"timezone": "UTC"}),
    "list_audit_entries": (ADMINISTRATOR, 200, None),
    "make_plan": (ADMINISTRATOR, 201, {"date": "2027-03-01", "seconds": 1}),
    "list_plans": (ADMINISTRATOR, 200, None),
    "get_plan": (ADMINISTRATOR, 404, None),
    "draw_plan_map": (ADMINISTRATOR, 404, None),
    "draw_plan_gantt": (ADMINISTRATOR, 404, None),
    "apply_plan": (ADMINISTRATOR, 404, {}),
    "get_settings": (ADMINISTRATOR, 200, None),
    "put_settings": (ADMINISTRATOR, 200, {"company": {"name": "Lee Electric"}}),
    "report_workload": (OFFICE, 200, None),
    "report_operations": (OFFICE, 200, None),
    "issue_ticket": (EVERYBODY, 201, None),
    "open_stream": (EVERYBODY, 426, None),
    "listen_to_events": (EVERYBODY, 200, None),
    "sync": (EVERYBODY, 200, None),
    "send_commands": (EVERYBODY, 200, {"commands": [{"key": "k", "job_id": SOMEBODY, "action": "start"}]}),
    "get_own_profile": (EVERYBODY, 200, None),
    "edit_own_profile": (EVERYBODY, 200, {"phone": "1"}),
    "list_sessions": (EVERYBODY, 200, None),
    "end_session": (EVERYBODY, 404, None),
    "set_up_second_factor": (EVERYBODY, 422, WRONG),
    "confirm_second_factor": (EVERYBODY, 409, {"code": "123456"}),
    "disable_second_factor": (EVERYBODY, 422, WRONG_WITH_CODE),
    "change_password": (
        EVERYBODY,
        422,
        {"current_password": "a wrong one", "new_password": "another long one"},
    ),
    "list_notifications": (EVERYBODY, 200, None),
    "read_notification": (EVERYBODY, 404, None),
    "read_all_notifications": (EVERYBODY, 200, None),
    "get_push_key": (EVERYBODY, 200, None),
    "subscribe_to_push": (EVERYBODY, 201, A_DEVICE),
    "unsubscribe_from_push": (EVERYBODY, 404, None),
    "make_announcement": (ADMINISTRATOR, 201, {"title": "Closed", "body": "On Monday."}),
    "list_announcements": (EVERYBODY, 200, None),
    "create_api_key": (
        ADMINISTRATOR,
        201,
        {"name": "Books", "role": "OFFICE_MANAGER", "scopes": ["jobs:read"]},
    ),
    "list_api_keys": (ADMINISTRATOR, 200, None),
    "revoke_api_key": (ADMINISTRATOR, 404, None),
    "create_webhook": (ADMINISTRATOR, 201, {"url": "https://books.example.com/", "role": "ADMINISTRATOR"}),
    "list_webhooks": (ADMINISTRATOR, 200, None),
    "get_webhook": (ADMINISTRATOR, 404, None),
    "edit_webhook": (ADMINISTRATOR, 404, {}),
    "delete_webhook": (ADMINISTRATOR, 404, None),
    "rotate_webhook_secret": (ADMINISTRATOR, 404, None),
    "test_webhook": (ADMINISTRATOR, 404, None),
    "list_webhook_deliveries": (ADMINISTRATOR, 404, None),
    "replay_webhook_delivery": (ADMINISTRATOR, 404, None),
    "export_jobs": (EVERYBODY, 200, None),
    "export_completed_work": (OFFICE, 200, None),
    "export_customers": (OFFICE, 200, None),
    "make_calendar_link": ({*OFFICE, "theo"}, 201, None),
    "revoke_calendar_link": ({*OFFICE, "theo"}, 204, None),
    "log_out": (EVERYBODY, 204, None),
    "log_out_everywhere": (EVERYBODY, 204, None),
}
# Nobody is asked who they are.
PUBLIC: dict[str, tuple[int, Any]] = {
    "register": (201, NEW),
    "log_in": (200, {"email": "tess@example.com", "password": PASSWORD}),
    "refresh": (401, {"refresh_token": "none of ours"}),
    "forgot_password": (202, {"email": "tess@example.com"}),
    "reset_password": (401, {"token": "none of ours", "password": "another long one"}),
    "show_front": (307, None),
    "get_liveness": (200, None),
    "get_readiness": (200, None),
    "get_metrics": (200, None),
    "get_openapi": (200, None),
    "get_asyncapi": (200, None),
    "show_docs": (200, None),
    "get_docs_file": (404, None),
    "show_password_reset": (200, None),
    "get_password_reset_file": (404, None),
    "get_public_keys": (200, None),
    "read_calendar": (404, None),
}
ABOUT_A_JOB = {
    "get_job", "edit_job", "list_transitions", "get_job_history", "transition_job",
    "list_candidates",
    "get_following", "follow_job", "unfollow_job",
}  # fmt: skip
ENDS_THE_SESSION = {"log_out", "log_out_everywhere"}


def asked(firm: Firm, operation: Any, who: str | None, body: Any, **path: str) -> Answer:
    given = {"id": firm.ids["theo"], "name": "nothing", "action": "fly", "delivery_id": SOMEBODY, "file": "x"}
    target = operation.path.format(**{**given, **path})
    token = None if who is None else firm.tokens[who]
    if operation.name in ENDS_THE_SESSION and who is not None:
        token = firm.log_in(who)
    return firm.send(Ask(operation.method, target, token, json=body))


def beside_jobs() -> Iterator[Any]:
    return (each for each in OPERATIONS if not each.public and each.name not in ABOUT_A_JOB)


def test_no_route_is_left_out() -> None:
    walked = {*BESIDE_JOBS, *PUBLIC, *ABOUT_A_JOB}
    assert {each.name for each in OPERATIONS} == walked
    assert {each.name for each in OPERATIONS if each.public} == set(PUBLIC)


@pytest.mark.parametrize("who", ROLE)
def test_every_route_beside_jobs_is_for_whom_the_tables_say(who: str) -> None:
    for operation in beside_jobs():
        firm = Firm()
        allowed, status, body = BESIDE_JOBS[operation.name]
        answer = asked(firm, operation, who, body)
        if who in allowed:
            assert answer.status == status, (operation.name, answer.body)
        else:
            assert (answer.status, answer.json["code"]) == (403, "permission_denied"), operation.name
            assert answer.json["rule"], operation.name


def test_a_stranger_gets_in_nowhere_but_at_the_public_doors(firm: Firm) -> None:
    job = firm.job("DISPATCHED")
    for operation in OPERATIONS:
        if operation.public:
            status, body = PUBLIC[operation.name]
            assert asked(firm, operation, None, body).status == status, operation.name
        else:
            body = BESIDE_JOBS[operation.name][2] if operation.name in BESIDE_JOBS else {}
            answer = asked(firm, operation, None, body, id=job, action="start")
            assert (answer.status, answer.json["code"]) == (401, "unauthenticated"), operation.name


@pytest.mark.parametrize("who", ROLE)
@pytest.mark.parametrize("place", WAYS)
def test_every_route_about_a_job_is_hidden_forbidden_refused_or_done(
    firm: Firm, place: str, who: str
) -> None:
    """Ownership is tess, whose job it is, beside theo, whose it is not."""
    final = place.startswith(("BILLED", "CANCELLED"))
    expected: dict[str, Callable[[], int]] = {
        "get_job": lambda: 200,
        "list_transitions": lambda: 200,
        "get_job_history": lambda: 200,
        "list_candidates": lambda: 403 if who != "admin" else 200,
        "get_following": lambda: 200,
        "follow_job": lambda: 204,
        "unfollow_job": lambda: 204,
        "edit_job": lambda: 403 if who != "admin" else 409 if final else 200,
    }
    job = firm.job(place)
    for operation in OPERATIONS:
        if operation.name in expected:
            target = operation.path.format(id=job)
            body = {"title": "Other words"} if operation.name == "edit_job" else None
            tag = (("if-match", firm.read(job).etag),)
            answer = firm.send(Ask(operation.method, target, firm.tokens[who], json=body, headers=tag))
            hidden = who not in SEEN_BY[place]
            assert answer.status == (404 if hidden else expected[operation.name]()), operation.name
    for action, (sources, _, capability) in LIFECYCLE.items():
        answer = firm.move(job, action, who)
        if who not in SEEN_BY[place]:
            assert answer.status == 404
        elif HOLDERS[capability] != ROLE[who]:
            assert answer.status == 403
        elif place.partition(" ")[0] not in sources:
            assert answer.status == 409
        else:
            assert answer.status == 200
            job = firm.job(place)


def test_what_is_nobodys_is_not_there_for_those_who_manage_it(firm: Firm) -> None:
    for operation in beside_jobs():
        if "{id}" in operation.path:
            answer = asked(firm, operation, "admin", BESIDE_JOBS[operation.name][2], id=SOMEBODY)
            assert answer.status == 404, operation.name
