"""Whoever is known and denied something finds it in the trail, whichever route it was and wherever it was noticed."""

from typing import Any

import pytest
from tests.web.asgi import Answer
from tests.web.firm import WHO, Firm
from tests.web.test_roles import HOLDERS, LIFECYCLE, ROLE
from tests.web.test_walk import BESIDE_JOBS, asked, beside_jobs

from hosanna_core.model.people import Role
from hosanna_core.rules.access import AccessPolicy
from hosanna_web.api.operations import Lane
from hosanna_web.api.table import OPERATIONS
from hosanna_web.errands import Errand


def entries(firm: Firm) -> list[dict[str, Any]]:
    found = firm.ask("GET", "/audit?action=access.denied&limit=200", "admin").json
    return list(reversed(found["items"]))


def is_put_down(firm: Firm, answer: Answer, who: str, operation: str) -> bool:
    """Whether the last entry is that of *answer*."""
    assert (answer.status, answer.json["code"]) == (403, "permission_denied"), operation
    entry = entries(firm)[-1]
    details = entry["details"]
    assert entry["outcome"] == "denied"
    return (entry["actor_id"], details["operation"], details["rule"]) == (
        firm.ids[who],
        operation,
        answer.json["rule"],
    )


@pytest.mark.parametrize("who", ROLE)
def test_every_denial_for_a_role_is_put_down_once(firm: Firm, who: str) -> None:
    denied = [each for each in beside_jobs() if who not in BESIDE_JOBS[each.name][0]]
    for operation in denied:
        answer = asked(firm, operation, who, BESIDE_JOBS[operation.name][2])
        assert is_put_down(firm, answer, who, operation.name), operation.name
    assert len(entries(firm)) == len(denied)


@pytest.mark.parametrize("action", LIFECYCLE)
def test_every_denial_of_a_transition_is_put_down(firm: Firm, action: str) -> None:
    job = firm.job("DISPATCHED")
    holder = HOLDERS[LIFECYCLE[action][2]]
    for who in ("admin", "office", "tess"):
        if ROLE[who] != holder:
            assert is_put_down(firm, firm.move(job, action, who), who, "transition_job"), WHO[action]


def test_who_is_confined_to_setting_up_a_second_factor_is_put_down_at_every_other_route() -> None:
    firm = Firm(policy=AccessPolicy(second_factor_roles=frozenset({Role.TECHNICIAN})))
    denied = [each for each in OPERATIONS if not (each.public or each.setting_up)]
    for operation in denied:
        body = BESIDE_JOBS[operation.name][2] if operation.name in BESIDE_JOBS else {}
        answer = asked(firm, operation, "tess", body)
        assert answer.json["rule"] == "second_factor.required"
        assert is_put_down(firm, answer, "tess", operation.name), operation.name
    assert len(entries(firm)) == len(denied)


def test_who_is_confined_takes_no_place_among_those_who_wait_to_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    firm = Firm(policy=AccessPolicy(second_factor_roles=frozenset({Role.TECHNICIAN})))
    hashing = [
        each for each in OPERATIONS if each.where is Lane.HASHING and not (each.public or each.setting_up)
    ]
    assert {"create_user", "change_password", "disable_second_factor"} <= {each.name for each in hashing}

    def never(*_: object) -> None:
        raise AssertionError("it waited")

    monkeypatch.setattr(Errand, "run", never)
    for operation in hashing:
        assert asked(firm, operation, "tess", BESIDE_JOBS[operation.name][2]).status == 403, operation.name
