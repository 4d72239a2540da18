"""What comes of a bad question for the plan of a day."""

import pytest
from tests.usecases.firm import NOBODY, pointers, refused
from tests.usecases.planners import DATE, PlanningFirm, at, window

from hosanna_core.errors import Invalid, PermissionDenied
from hosanna_core.usecases import planning


@pytest.fixture
def firm() -> PlanningFirm:
    return PlanningFirm()


@pytest.mark.parametrize("who", ["office", "technician"])
def test_only_administrators_plan(firm, who):
    plan = firm.plan()
    by = firm.actor(who)
    refused(PermissionDenied, firm.plan, by)
    refused(PermissionDenied, firm.apply, plan, by)
    refused(PermissionDenied, planning.get_plan, firm.ports, by, plan.id, {})
    refused(PermissionDenied, planning.list_plans, firm.ports, by, {})


@pytest.mark.parametrize(
    ("body", "flaws"),
    [
        ({"date": None}, ["/based_on"]),
        ({"date": "2026-02-30"}, ["/date"]),
        ({"date": "02.03.2026"}, ["/date"]),
        ({"date": DATE, "seconds": 0, "planner": "luck"}, ["/planner", "/seconds"]),
        ({"date": DATE, "planner": "pyvrp"}, ["/planner"]),
        ({"date": DATE, "planner": {}}, ["/planner"]),
        ({"date": DATE, "planner": ["built-in"]}, ["/planner"]),
        ({"job_ids": []}, ["/job_ids"]),
        ({"job_ids": ["J-000001"]}, ["/job_ids/0"]),
        ({"job_ids": [NOBODY], "technician_ids": [NOBODY]}, ["/job_ids/0", "/technician_ids/0"]),
        ({"date": DATE, "based_on": NOBODY}, ["/based_on"]),
        (
            {"date": DATE, "pins": [{"job_id": NOBODY, "technician_id": NOBODY}]},
            ["/pins/0/job_id", "/pins/0/technician_id"],
        ),
        ({"date": DATE, "pins": [{"job_id": NOBODY, "technician_id": NOBODY}] * 2}, ["/pins"]),
        ({"date": DATE, "days": 2}, ["/days"]),
    ],
)
def test_a_bad_question_is_refused_with_every_flaw(firm, body, flaws):
    assert pointers(refused(Invalid, firm.plan, **body)) == flaws


@pytest.mark.parametrize(
    ("job_ids", "told"), [([], "must have at least 1 item"), (["x"] * 5_001, "must have at most 5000 items")]
)
def test_a_list_of_too_few_or_too_many_is_refused_in_words(firm, job_ids, told):
    with pytest.raises(Invalid) as refusal:
        firm.plan(job_ids=job_ids)
    assert told in [flaw.message for flaw in refusal.value.flaws if flaw.pointer == "/job_ids"]


def test_a_pin_beside_the_jobs_own_window_is_refused(firm):
    job = firm.confirmed(window=window("09:00", "10:00")).id
    pin = {"job_id": job, "technician_id": firm.technician.id, "start": at("11:00")}
    assert pointers(refused(Invalid, firm.plan, pins=[pin])) == ["/pins/0/start"]


def test_a_pin_is_of_a_whole_second_because_a_plan_is(firm):
    pin = {"job_id": firm.confirmed().id, "technician_id": firm.technician.id, "start": f"{DATE}T09:00:00.5Z"}
    with pytest.raises(Invalid) as refusal:
        firm.plan(pins=[pin])
    assert [(flaw.pointer, flaw.message) for flaw in refusal.value.flaws] == [
        ("/pins/0/start", "must be a whole second")
    ]


def test_an_office_manager_is_no_crew(firm):
    assert pointers(refused(Invalid, firm.plan, technician_ids=[firm.office.id])) == ["/technician_ids/0"]
