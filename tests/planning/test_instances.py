"""Published instances are read as their authors meant them."""

import json

import pytest
from bench.figures import Figure, show
from bench.instances import read
from bench.planning import measure

from hosanna_core.model.planning import Slot, Span

SOLOMON = """R999

VEHICLE
NUMBER     CAPACITY
  2         200

CUSTOMER
CUST NO.  XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE   TIME

    0      0          0          0          0        230          0
    1      1          1         10        161        171         10
    2      3          4          7         50         60         10
"""
TRSP = """R999.2_1-2-2-2

INFO
CREW COUNT  SKILLS  TOOLS   SPARE PARTS
1      2       2       2

DEPOT TECHNICIANS AND REQUESTS
ID   X     Y     TWS    TWE    Serv   SKILLS   TOOLS    SPARE PARTS
0    0     0     0      230    0      [] \t[] \t[]
1    3     4     0      230    0      [0,1] \t[] \t[3,0]
2    1     1     161    171    10     [1] \t[1] \t[0,2]
3    6     8     50     60     10     [0] \t[] \t[0,0]
"""


def the_one_in(folder, text, known=""):
    (folder / "set").mkdir()
    (folder / "set" / "R999.txt").write_text(text)
    (folder / "best_known.csv").write_text(f"set,instance,objective,best_known\n{known}")
    (instance,) = read(folder)
    return instance


def test_solomons_legs_are_truncated_to_one_decimal(tmp_path):
    instance = the_one_in(tmp_path, SOLOMON, "solomon,R999,distance,12.3\n")
    problem = instance.problem
    assert (instance.kind, instance.name, instance.best, instance.scale) == ("solomon", "R999", 12.3, 10)
    assert [list(row) for row in problem.times] == [[0, 14, 50], [14, 0, 36], [50, 36, 0]]
    assert problem.crew[0].shifts == (Span(0, 2300),)
    assert (len(problem.crew), problem.crew[0].capacity) == (2, 200)
    assert [(v.place, v.demand, v.duration, v.slots) for v in problem.visits] == [
        (1, 10, 100, (Slot(1610, 1710),)),
        (2, 7, 100, (Slot(500, 600),)),
    ]


def test_technicians_have_homes_skills_tools_and_parts(tmp_path):
    instance = the_one_in(tmp_path, TRSP)
    problem = instance.problem
    (member,) = problem.crew
    assert (instance.kind, instance.best, instance.service) == ("trsp", None, 20)
    assert (member.start, member.end, member.skills, member.parts) == (1, 1, frozenset("01"), {"0": 3})
    assert problem.times[0][1] == 5_000
    assert problem.times[0][2] == 1_415
    first, second = problem.visits
    assert (first.skills, first.tools, first.parts) == (frozenset("1"), frozenset("1"), {"1": 2})
    assert (second.place, second.tools, second.parts, second.duration) == (3, frozenset(), {}, 10_000)
    assert problem.restock.place == 0


def test_headers_may_be_in_any_case(tmp_path):
    text = "".join(line if "[" in line else line.title() for line in TRSP.splitlines(keepends=True))
    problem = the_one_in(tmp_path, text).problem
    assert (len(problem.crew), len(problem.visits)) == (1, 2)


def test_a_folder_without_instances_is_told_of(tmp_path):
    """It was measured, and the table was empty."""
    with pytest.raises(SystemExit, match="There is no instance below"):
        next(measure(tmp_path / "not there"))


def as_it_is(text):
    return text


def on_windows(text):
    return "\ufeff" + text.replace("\n", "  \r\n")


@pytest.mark.parametrize("fleet", ["2 200", "25 10000", "250 1000", "2500 700"])
@pytest.mark.parametrize("written", [as_it_is, on_windows])
def test_a_large_fleet_and_its_capacity_are_no_customer(tmp_path, fleet, written):
    number, capacity = (int(part) for part in fleet.split())
    problem = the_one_in(tmp_path, written(SOLOMON.replace("2         200", fleet))).problem
    assert (len(problem.crew), problem.crew[0].capacity, len(problem.visits)) == (number, capacity, 2)


@pytest.mark.parametrize(
    ("row", "best"),
    [
        ("Solomon,r999,distance,12.3", 12.3),
        ("solomon,R999,distance,", None),
        ("solomon,R999,distance,unknown", None),
        ("trsp,R999,total working time,12.3", None),
    ],
)
def test_a_best_value_may_be_missing_and_a_name_in_another_case(tmp_path, row, best):
    assert the_one_in(tmp_path, SOLOMON, f"{row}\n").best == best


def test_what_is_not_known_is_null_to_programs(capsys):
    show([Figure("one", 1.0, "distance", "best known", float("nan"), "")], as_json=True)
    (row,) = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert (row["figure"], row["yardstick_figure"], row["ratio"]) == (1.0, None, None)
