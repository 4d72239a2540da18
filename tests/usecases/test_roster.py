"""The roster, and what is put into a technician's availability."""

from tests.usecases.asking import AT, LATER, asked, available, booked, confirmed
from tests.usecases.firm import pointers, refused

from hosanna_core.errors import Invalid
from hosanna_core.usecases import roster


def test_the_roster_knows_the_way_where_the_place_is_told(firm):
    booked(firm, firm.another, site={**AT, "latitude": 31.0})

    def listed(**more):
        query = {"available_from": LATER["start"], "available_to": LATER["end"], **more}
        given = {name: [value] for name, value in query.items()}
        return [each.full_name for each in roster.list_technicians(firm.ports, firm.administrator, given)[0]]

    assert listed() == ["tess", "theo"]
    assert listed(latitude="30.0", longitude="-97.0") == ["tess"]
    assert listed(latitude="31.0", longitude="-97") == ["tess", "theo"]
    for lacking in ({"latitude": "30"}, {"longitude": "-97"}, {"latitude": "x", "longitude": "1"}):
        refused(Invalid, listed, **lacking)


def test_a_level_is_asked_for_by_name_and_level(firm):
    available(firm, firm.technician, skills=[{"name": "journeyman", "level": 2}])
    available(firm, firm.another, skills=[{"name": "Journeyman", "level": 3}])
    found = asked(firm, confirmed(firm, required_skills=["journeyman >= 3"]))
    assert [(each.technician.full_name, each.fits) for each in found.items] == [
        ("theo", True),
        ("tess", False),
    ]
    assert pointers(refused(Invalid, firm.create, required_skills=["journeyman >= 11"])) == [
        "/required_skills/0"
    ]


def test_what_is_put_reads_back_the_same_with_a_service_area_and_without(firm):
    assert available(firm, firm.technician).service_area_km is None
    assert available(firm, firm.technician, service_area_km=25).service_area_km == 25
    for wrong in (0, -1, 30_000, "25"):
        assert pointers(refused(Invalid, available, firm, firm.technician, service_area_km=wrong)) == [
            "/service_area_km"
        ]
