"""Children that die, hang, are ended, or find better plans than each other."""

import os
import pickle
import signal
import threading
import time
from pathlib import Path

import pytest

from hosanna_adapters.childprocess import ChildProcessPlanner, Children
from hosanna_adapters.childprocess import planner as parent
from hosanna_adapters.childprocess.wire import Task, frame, frames, written
from hosanna_core.errors import PlannerFailed
from hosanna_core.model.travel import Point
from hosanna_core.testing.contracts.planners import a_member, a_problem, a_visit, demand_sound
from hosanna_core.testing.doubles import PlainTravel
from hosanna_core.usecases.ways import TravelMatrix

PROBLEM = a_problem((a_member(0), a_member(60)), *[a_visit(place) for place in (2, 58, 30, 31, 4, 55)])


@pytest.fixture
def children():
    found = Children()
    yield found
    found.close()


def running(children, wait=10.0):
    """The processes, once there is one."""
    end = time.monotonic() + wait
    while not children._running and time.monotonic() < end:
        time.sleep(0.01)
    return list(children._running)


def in_background(work):
    """What *work* raises, once it has ended."""
    raised = []

    def run():
        try:
            work()
        except Exception as error:
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, raised


def test_a_child_that_dies_is_an_error_and_no_hang(children, caplog):
    planner = ChildProcessPlanner(children)
    thread, raised = in_background(lambda: planner.plan(PROBLEM, 30))
    for process in running(children):
        os.kill(process.pid, signal.SIGKILL)
    thread.join(20)
    assert not thread.is_alive()
    assert [type(error) for error in raised] == [PlannerFailed]
    assert "gave no plan" in caplog.text
    assert not children._running


def test_a_child_that_hangs_is_ended(children, monkeypatch):
    monkeypatch.setattr(parent, "GRACE", 0.0)
    planner = ChildProcessPlanner(children)
    thread, raised = in_background(lambda: planner.plan(PROBLEM, 1.0))
    (process,) = running(children)
    os.kill(process.pid, signal.SIGSTOP)
    thread.join(20)
    assert not thread.is_alive()
    assert [type(error) for error in raised] == [PlannerFailed]
    assert process.poll() is not None


def test_closing_ends_all_of_them_at_once(children):
    planner = ChildProcessPlanner(children, ("built-in", "built-in"))
    thread, raised = in_background(lambda: planner.plan(PROBLEM, 60))
    assert running(children)
    time.sleep(0.2)
    children.close()
    thread.join(20)
    assert not thread.is_alive()
    assert [type(error) for error in raised] == [PlannerFailed]
    with pytest.raises(PlannerFailed):
        planner.plan(PROBLEM, 1)


def test_what_a_child_complains_of_is_in_the_log_and_not_in_the_error(children, caplog):
    planner = ChildProcessPlanner(children, ("luck",))
    with pytest.raises(PlannerFailed) as failed:
        planner.plan(PROBLEM, 1)
    assert "KeyError" in caplog.text
    assert "KeyError" not in str(failed.value)


def test_a_plan_is_taken_although_another_child_died(children):
    plan = ChildProcessPlanner(children, ("luck", "built-in")).plan(PROBLEM, 1)
    demand_sound(PROBLEM, plan)


def test_a_child_is_given_no_secret(children, monkeypatch):
    monkeypatch.setenv("JWT_SECRET", "a secret of thirty-two bytes or so")
    thread, _ = in_background(lambda: ChildProcessPlanner(children).plan(PROBLEM, 3))
    (process,) = running(children)
    environment = Path(f"/proc/{process.pid}/environ")
    if not environment.exists():
        pytest.skip("this system does not show what a process was given")
    time.sleep(0.2)
    assert b"JWT_SECRET" not in environment.read_bytes()
    children.close()
    thread.join(20)


def test_who_interrupts_the_wait_leaves_no_child(children):
    class Stop(Exception):
        pass

    def stop(share):
        raise Stop

    with pytest.raises(Stop):
        ChildProcessPlanner(children).plan(PROBLEM, 2, progress=stop)
    assert not children._running


def test_ways_are_sent_as_a_recipe_and_else_as_all_their_answers():
    places = [Point(n / 100, 0) for n in range(60)]
    recipe = TravelMatrix(PlainTravel(), places)

    class Unsendable(PlainTravel):
        pass

    plain = written(Task(a_problem((a_member(),), a_visit(1), times=recipe), None))
    whole = written(
        Task(a_problem((a_member(),), a_visit(1), times=TravelMatrix(Unsendable(), places)), None)
    )
    assert len(plain) < len(whole) / 2
    for sent in (plain, whole):
        assert pickle.loads(sent).problem.times[1][3] == recipe[1][3] == 240


def test_frames_are_read_however_they_arrive():
    sent = frame(b"s", 0.5) + frame(b"p", "plan")
    received, found = bytearray(), []
    for byte in sent:
        received.append(byte)
        found += frames(received)
    assert found == [(b"s", 0.5), (b"p", "plan")]
