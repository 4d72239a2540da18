"""The hooks with plain values: no server, no store."""

from pathlib import Path

import pytest

import hosanna_permits as permits
from hosanna_core.model.notification import NotificationDocument
from hosanna_core.model.status import Action, Priority, Status
from hosanna_core.rules.assignment.candidates import Member, Who
from hosanna_core.testing.samples import START, a_calendar, a_job, a_user
from hosanna_permits import ledgers, rules
from hosanna_web.plugins import Crew, Moved

PANEL = {"required_skills": ("Panel >= 2",), "external_ref": None, "description": None}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Path:
    permits.hosanna_configure({"FOLDER": str(tmp_path)})
    return tmp_path


@pytest.mark.parametrize(
    ("job", "action", "refused"),
    [
        (PANEL, Action.DISPATCH, True),
        (PANEL, Action.ASSIGN, False),
        ({**PANEL, "description": "Permit E-2026-0042."}, Action.DISPATCH, False),
        ({**PANEL, "external_ref": "E-2026-00421"}, Action.DISPATCH, False),
        ({**PANEL, "priority": Priority.EMERGENCY}, Action.DISPATCH, False),
        ({**PANEL, "required_skills": ("lighting",)}, Action.DISPATCH, False),
    ],
)
def test_nobody_is_sent_to_work_without_a_permit(
    job: dict[str, object], action: Action, refused: bool
) -> None:
    assert (permits.hosanna_refuse(action, a_job(1, **job)) is not None) == refused


def test_a_job_that_is_not_there_yet_needs_nothing() -> None:
    assert permits.hosanna_refuse(Action.CREATE, None) is None


def test_an_inspection_is_noted_once_however_often_the_step_is_told() -> None:
    job = a_job(1, **{**PANEL, "description": "Permit E-2026-0042."})
    step = Moved(
        job=job, action=Action.COMPLETE, source=Status.IN_PROGRESS, target=Status.COMPLETED, version=7, at=START,
        actor_id=None, reason=None,
    )  # fmt: skip
    permits.hosanna_moved(step)
    permits.hosanna_moved(step)
    (noted,) = ledgers.noted("inspections")
    assert (noted["permit"], noted["name"]) == ("E-2026-0042", f"{job.id}/7")


def test_who_may_sign_is_rated_only_where_something_is_to_be_signed() -> None:
    (score,) = permits.hosanna_scores()
    members = [Member(Who("m", "Max"), a_calendar("m"))]
    for skills, rated in ((("panel",), {"m": (0.0, "somebody else has to sign")}), ((), {})):
        job = a_job(1, required_skills=skills)
        assert score.rate(Crew(job=job, window=None, members=members, store=None)) == rated  # type: ignore[arg-type]


def test_people_with_a_telephone_are_told() -> None:
    told = NotificationDocument(
        id="n",
        kind="job.dispatched",
        title="A job for you",
        body="",
        job_id=None,
        created_at="",
        read_at=None,
    )
    permits.hosanna_tell(a_user(1, phone=None), told)
    permits.hosanna_tell(a_user(2, phone="+1 512 555 0100"), told)
    assert [each["to"] for each in ledgers.noted("messages")] == ["+1 512 555 0100"]


def test_what_is_configured_is_judged(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="FOLDER"):
        permits.hosanna_configure({"FOLDER": str(tmp_path / "absent")})
    with pytest.raises(ValueError, match="SKILLS"):
        permits.hosanna_configure({"FOLDER": str(tmp_path), "SKILLS": " , "})
    assert rules.current().skills == {"panel"}
