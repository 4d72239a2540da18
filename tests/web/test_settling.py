"""The settings over HTTP: read, put whole, one at a time, and of use where jobs are made."""

from typing import Any

import pytest
from tests.web.firm import JOB, Firm

SETTINGS: dict[str, Any] = {
    "company": {"name": "Lee Electric", "phone": None, "email": "Office@Lee.example", "timezone": "America/Chicago"},
    "hours": {"mon": [["08:00", "12:00"], ["13:00", "24:00"]]},
    "job_types": [{"name": "Panel", "duration_minutes": 240, "required_skills": ["master >= 2"]}],
    "scores": {"travel": 1, "fortnight": 2, "day": 3, "continuity": 4, "rarity": 5, "plugins": {"permits.master": 6}},
    "costs": {
        "travel": 1, "technician": 2, "fairness": 3, "continuity": 4, "stability": 5, "promise": 6,
        "left_out": {"EMERGENCY": 4, "HIGH": 3, "NORMAL": 2, "LOW": 1},
    },
    "retention": {"read_notifications": 1, "unread_notifications": 2, "webhook_deliveries": 3, "plans": 7},
}  # fmt: skip
DEFAULTS: dict[str, Any] = {
    "company": {"name": "Hosanna", "phone": None, "email": None, "timezone": "UTC"},
    "hours": {},
    "job_types": [],
    "scores": {"travel": 40, "fortnight": 20, "day": 10, "continuity": 20, "rarity": 10, "plugins": {}},
    "costs": {
        "travel": 1, "technician": 30, "fairness": 1, "continuity": 20, "stability": 30, "promise": 240,
        "left_out": {"EMERGENCY": 4000, "HIGH": 2000, "NORMAL": 1000, "LOW": 500},
    },
    "retention": {
        "read_notifications": 180, "unread_notifications": 730, "webhook_deliveries": 30, "plans": 730,
    },
}  # fmt: skip


def test_the_defaults_hold_until_settings_are_put_and_come_back_when_all_is_left_out(firm: Firm) -> None:
    before = firm.ask("GET", "/settings", "admin")
    assert (before.status, before.json, before.etag) == (200, DEFAULTS, '"0"')
    put = firm.ask("PUT", "/settings", "admin", SETTINGS, if_match='"0"')
    assert (put.status, put.json, put.etag) == (200, SETTINGS, '"1"')
    read = firm.ask("GET", "/settings", "admin")
    assert (read.json, read.etag) == (SETTINGS, '"1"')
    assert firm.ask("PUT", "/settings", "admin", read.json).etag == '"1"'
    assert firm.ask("PUT", "/settings", "admin", {}).json == DEFAULTS


def test_whoever_was_not_first_is_told(firm: Firm) -> None:
    assert firm.ask("PUT", "/settings", "admin", SETTINGS, if_match='"0"').status == 200
    for stale in ('"0"', '"2"', 'W/"1"', '"x"'):
        refused = firm.ask("PUT", "/settings", "admin", {}, if_match=stale)
        assert (refused.status, refused.json["code"]) == (412, "precondition_failed")
    assert firm.ask("GET", "/settings", "admin").json == SETTINGS
    assert firm.ask("PUT", "/settings", "admin", {}, if_match='"1"').status == 200
    assert firm.ask("PUT", "/settings", "admin", SETTINGS, if_match="*").etag == '"3"'


@pytest.mark.parametrize("who", ["office", "tess"])
def test_only_an_administrator_sees_them(firm: Firm, who: str) -> None:
    for method, body in (("GET", None), ("PUT", SETTINGS), ("PUT", {"nonsense": 1})):
        refused = firm.ask(method, "/settings", who, body)
        assert (refused.status, refused.json["rule"]) == (403, "duty.change_settings")


def test_every_flaw_has_its_pointer(firm: Firm) -> None:
    wrong: dict[str, Any] = {
        "company": {"timezone": "Mars"},
        "job_types": [{"name": "a", "duration_minutes": 1}, {"name": "A", "duration_minutes": 1}],
        "scores": {"travel": 40.5},
        "retention": {"plans": 6, "read_notifications": 0, "unread_notifications": 3_651, "audit": 1},
        "cost": {},
    }
    answer = firm.ask("PUT", "/settings", "admin", wrong)
    assert answer.status == 422
    retention = {f"/retention/{name}" for name in wrong["retention"]}
    assert answer.pointers == {"/company/timezone", "/job_types", "/scores/travel", "/cost", *retention}


def test_a_change_stands_in_the_audit_trail_by_its_names(firm: Firm) -> None:
    changed = {"company": {"phone": "+1 512 555 0100"}, "scores": {"day": 0}, "retention": {"plans": 7}}
    firm.ask("PUT", "/settings", "admin", changed)
    (entry,) = firm.ask("GET", "/audit?action=settings.changed", "admin").json["items"]
    assert entry["details"]["fields"] == ["company.phone", "scores.day", "retention.plans"]
    assert entry["subject"] == {"kind": "settings", "id": "firm"}
    assert "555" not in str(entry)


def test_a_job_of_a_type_needs_no_duration_and_no_skills(firm: Firm) -> None:
    firm.ask("PUT", "/settings", "admin", SETTINGS)
    bare = {name: value for name, value in JOB.items() if name not in ("duration_minutes", "required_skills")}
    made = firm.ask("POST", "/jobs", "admin", {**bare, "job_type": "panel"})
    assert made.status == 201
    assert (made.json["duration_minutes"], made.json["required_skills"]) == (240, ["master >= 2"])
    assert "job_type" not in made.json
    unknown = firm.ask("POST", "/jobs", "admin", {**JOB, "job_type": "Roof"})
    assert (unknown.status, unknown.json["errors"]) == (
        422, [{"pointer": "/job_type", "message": "must be one of 'Panel'"}],
    )  # fmt: skip
    patch = firm.ask("PATCH", f"/jobs/{made.json['id']}", "admin", {"job_type": "Panel"}, if_match=made.etag)
    assert (patch.status, patch.pointers) == (422, {"/job_type"})
