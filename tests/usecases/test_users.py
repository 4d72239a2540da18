"""Administering users, and what a technician says of themselves."""

import pytest
from tests.usecases.firm import HERE, NOBODY, OVERLAPPING, PASSWORD, VISIT, Firm

from hosanna_core import errors
from hosanna_core.model.documents import user_document
from hosanna_core.model.people import Actor
from hosanna_core.model.roster import availability_document
from hosanna_core.usecases import roster, users
from hosanna_core.usecases.judging import Unparsed
from hosanna_core.usecases.user_forms import UserForm

FORM = {"email": "new@example.com", "password": PASSWORD, "full_name": "New", "role": "TECHNICIAN"}
NOTHING = Unparsed(b"")


def refused(error, function, *args, **kwargs):
    with pytest.raises(error) as caught:
        function(*args, **kwargs)
    return caught.value


def pointers(function, *args, **kwargs):
    return sorted(flaw.pointer for flaw in refused(errors.Invalid, function, *args, **kwargs).flaws)


def calls(firm, actor, user_id):
    """Everything that needs Manage Users, by name."""
    ports, body = firm.ports, Unparsed.of({"nonsense": 1})
    return {
        "create": lambda: users.create_user(ports, actor, body),
        "list": lambda: users.list_users(ports, actor, {"nonsense": ["1"]}),
        "get": lambda: users.get_user(ports, actor, user_id, {"nonsense": ["1"]}),
        "edit": lambda: users.edit_user(ports, actor, user_id, body),
        "role": lambda: users.set_role(ports, actor, user_id, body),
        "activate": lambda: users.set_active(ports, actor, user_id, active=True, body=body),
        "deactivate": lambda: users.set_active(ports, actor, user_id, active=False, body=body),
    }


CALLS = ("create", "list", "get", "edit", "role", "activate", "deactivate")


@pytest.mark.parametrize("name", ["office", "technician"])
@pytest.mark.parametrize("call", CALLS)
def test_only_an_administrator_manages_users_known_or_unknown_with_any_body(firm, name, call):
    words = {
        str(refused(errors.PermissionDenied, calls(firm, firm.actor(name), user_id)[call]))
        for user_id in (firm.another.id, NOBODY, firm.actor(name).id)
    }
    assert len(words) == 1


@pytest.mark.parametrize("call", CALLS[2:])
def test_for_an_administrator_an_unknown_user_is_not_found_and_a_wrong_body_invalid(firm, call):
    refused(errors.NotFound, calls(firm, firm.administrator, NOBODY)[call])
    refused(errors.Invalid, calls(firm, firm.administrator, firm.another.id)[call])


def test_the_trail_says_from_where_users_are_made_and_changed(firm):
    made = users.create_user(firm.ports, firm.administrator, Unparsed.of(FORM), HERE)
    ports, by = firm.ports, firm.administrator
    users.edit_user(ports, by, made.id, Unparsed.of({"full_name": "Newt"}), HERE)
    users.edit_own_profile(ports, Actor(made.id, made.role), Unparsed.of({"full_name": "Nora"}), HERE)
    users.set_role(ports, by, made.id, Unparsed.of({"role": "OFFICE_MANAGER"}), HERE)
    for active in (False, True):
        users.set_active(ports, by, made.id, active=active, body=NOTHING, origin=HERE)
    told = [entry for entry in firm.told() if entry.subject is not None and entry.subject.id == made.id]
    assert [entry.action for entry in told] == [
        "user.created", "user.updated", "user.updated", "user.role_changed", "user.deactivated", "user.activated",
    ]  # fmt: skip
    assert [entry.open for entry in told] == [{"address": HERE.address, "device": HERE.agent}] * 6


def test_a_made_user_is_active_at_once_and_a_known_address_is_told(firm):
    user = users.create_user(
        firm.ports, firm.administrator, Unparsed.of({**FORM, "email": " New@Example.com"})
    )
    assert (user.email, user.active, user.role) == ("new@example.com", True, "TECHNICIAN")
    refused(errors.EmailTaken, users.create_user, firm.ports, firm.administrator, Unparsed.of(FORM))


def test_a_user_shows_no_secret(firm):
    shown = user_document(firm.ports.store.users.get(firm.technician.id))
    assert shown.__struct_fields__ == (
        "id", "email", "full_name", "phone", "role", "active", "preferences", "created_at",
    )  # fmt: skip


def test_an_edit_merges_and_takes_no_address_that_somebody_has(firm):
    def edit(**patch):
        return users.edit_user(firm.ports, firm.administrator, firm.another.id, Unparsed.of(patch))

    edit(phone="+1 512 555 0111", preferences={"theme": "dark", "size": 3})
    after = edit(phone=None, preferences={"size": None, "sound": True}, email="Theo@new.example.com")
    assert (after.phone, after.preferences) == (None, {"theme": "dark", "sound": True})
    assert after.email == "theo@new.example.com"
    refused(errors.EmailTaken, edit, email="tess@example.com")
    assert pointers(edit, full_name=None, email="x", nonsense=None) == ["/email", "/full_name", "/nonsense"]


def test_an_address_that_was_given_up_is_free(firm):
    users.edit_user(firm.ports, firm.administrator, firm.another.id, Unparsed.of({"email": "t@example.com"}))
    assert firm.hire("theo@example.com", "TECHNICIAN")


@pytest.mark.parametrize("patch", [{}, {"full_name": "theo"}, {"phone": None}, {"preferences": {"x": None}}])
def test_a_change_that_changes_nothing_is_none(firm, patch):
    before = firm.state()
    users.edit_user(firm.ports, firm.administrator, firm.another.id, Unparsed.of(patch))
    users.set_active(firm.ports, firm.administrator, firm.another.id, active=True, body=NOTHING)
    users.set_role(firm.ports, firm.administrator, firm.another.id, Unparsed.of({"role": "TECHNICIAN"}))
    assert firm.state() == before


@pytest.mark.parametrize(
    "preferences",
    [
        {"x": {"y": 1}}, {"x": [1]}, {"x": "y" * 501}, {"x": 2**53 + 1}, {"x": 2**70}, {"x": "\x00"}, {"": 1},
        {"n" * 61: 1}, {f"n{n}": 1 for n in range(51)}, [], "x",
    ],
)  # fmt: skip
def test_preferences_are_bounded(firm, preferences):
    body = Unparsed.of({"preferences": preferences})
    name = next(iter(preferences)) if isinstance(preferences, dict) and len(preferences) == 1 else None
    where = "/preferences" if name is None else f"/preferences/{name}"
    assert pointers(users.edit_own_profile, firm.ports, firm.technician, body) == [where]


def test_in_ones_own_profile_one_changes_neither_address_nor_role(firm):
    body = Unparsed.of({"email": "x@example.com", "role": "ADMINISTRATOR", "active": True})
    wrong = pointers(users.edit_own_profile, firm.ports, firm.technician, body)
    assert wrong == ["/active", "/email", "/role"]


def test_the_last_active_administrator_is_neither_demoted_nor_deactivated(firm):
    def demote(user_id):
        return users.set_role(firm.ports, firm.administrator, user_id, Unparsed.of({"role": "TECHNICIAN"}))

    def shut_out(user_id):
        return users.set_active(firm.ports, firm.administrator, user_id, active=False, body=NOTHING)

    before = firm.state()
    refused(errors.LastAdministrator, demote, firm.administrator.id)
    refused(errors.LastAdministrator, shut_out, firm.administrator.id)
    assert firm.state() == before
    second = firm.hire("second@example.com", "ADMINISTRATOR")
    assert shut_out(second.id).active is False
    refused(errors.LastAdministrator, demote, firm.administrator.id)
    users.set_active(firm.ports, firm.administrator, second.id, active=True, body=NOTHING)
    assert demote(firm.administrator.id).role == "TECHNICIAN"


def test_the_oldest_active_administrator_acts_where_nobody_is_named(firm):
    second = firm.hire("second@example.com", "ADMINISTRATOR")
    assert users.oldest_administrator(firm.ports).id == firm.administrator.id
    users.set_active(firm.ports, second, firm.administrator.id, active=False, body=NOTHING)
    assert users.oldest_administrator(firm.ports).id == second.id


def test_an_administrator_is_installed_with_nobodys_permission_but_once(firm):
    assert not users.nobody_yet(firm.ports)
    form = UserForm.model_validate_json(Unparsed.of({**FORM, "email": "admin@example.com"}).raw)
    refused(errors.EmailTaken, users.install_administrator, firm.ports, form)


AVAILABILITY = {
    "timezone": "America/Chicago",
    "hours": {"mon": [["08:00", "12:00"], ["13:00", "24:00"]], "tue": []},
    "time_off": [OVERLAPPING, VISIT],
    "home": {"latitude": 30.25, "longitude": -97.75},
    "daily_maximum": 4,
    "skills": [{"name": "solar", "level": 3, "expires_on": "2028-02-29"}, {"name": "lift"}],
}


def put(firm, actor, user_id, body):
    return users.set_availability(firm.ports, actor, user_id, Unparsed.of(body))


@pytest.mark.parametrize(
    ("name", "owner", "may"),
    [
        ("administrator", "technician", True), ("office", "technician", True), ("technician", "technician", True),
        ("another", "technician", False),
    ],
)  # fmt: skip
def test_availability_is_the_offices_and_that_technicians_affair(firm, name, owner, may):
    actor, user_id = firm.actor(name), firm.actor(owner).id
    if may:
        put(firm, actor, user_id, AVAILABILITY)
        assert users.get_availability(firm.ports, actor, user_id, {}).daily_maximum == 4
    else:
        refused(errors.PermissionDenied, put, firm, actor, user_id, {"nonsense": 1})
        refused(errors.PermissionDenied, users.get_availability, firm.ports, actor, user_id, {"x": ["1"]})


def test_availability_reads_as_it_was_put_time_off_in_order(firm):
    put(firm, firm.technician, firm.technician.id, AVAILABILITY)
    found = availability_document(users.get_availability(firm.ports, firm.office, firm.technician.id, {}))
    assert found.hours == {"mon": [("08:00", "12:00"), ("13:00", "24:00")], "tue": []}
    assert [(off.start, off.end) for off in found.time_off] == [
        tuple(off.values()) for off in (VISIT, OVERLAPPING)
    ]
    assert (found.timezone, found.home.latitude) == ("America/Chicago", 30.25)
    assert [(skill.name, skill.level, skill.expires_on) for skill in found.skills] == [
        ("solar", 3, "2028-02-29"), ("lift", None, None),
    ]  # fmt: skip


def test_availability_is_put_whole(firm):
    put(firm, firm.technician, firm.technician.id, AVAILABILITY)
    put(firm, firm.technician, firm.technician.id, {"timezone": "UTC"})
    found = users.get_availability(firm.ports, firm.technician, firm.technician.id, {})
    assert (found.hours, found.skills, found.daily_maximum, found.home) == ({}, (), None, None)


def test_only_technicians_have_availability(firm):
    for nobody in (firm.office.id, NOBODY):
        refused(errors.NotFound, put, firm, firm.administrator, nobody, {"nonsense": 1})
        refused(errors.NotFound, users.get_availability, firm.ports, firm.office, nobody, {})


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, ["/timezone"]),
        ({"timezone": "Mars/Olympus"}, ["/timezone"]),
        ({"timezone": "../../etc/passwd"}, ["/timezone"]),
        ({"timezone": "America"}, ["/timezone"]),
        ({"timezone": "UTC", "hours": {"monday": []}}, ["/hours/monday"]),
        ({"timezone": "UTC", "hours": {"mon": [["17:00", "08:00"]]}}, ["/hours/mon/0"]),
        ({"timezone": "UTC", "hours": {"mon": [["8:00", "17:00"]]}}, ["/hours/mon/0"]),
        ({"timezone": "UTC", "hours": {"mon": [["08:00"]]}}, ["/hours/mon/0"]),
        ({"timezone": "UTC", "hours": {"mon": [["08:00", "24:30"]]}}, ["/hours/mon/0"]),
        (
            {"timezone": "UTC", "time_off": [{"start": VISIT["end"], "end": VISIT["start"]}]},
            ["/time_off/0/end"],
        ),
        ({"timezone": "UTC", "home": {"latitude": 91, "longitude": 0}}, ["/home/latitude"]),
        ({"timezone": "UTC", "daily_maximum": 0}, ["/daily_maximum"]),
        ({"timezone": "UTC", "skills": [{"name": " "}]}, ["/skills/0/name"]),
        (
            {"timezone": "UTC", "skills": [{"name": "x", "expires_on": "2026-02-30"}]},
            ["/skills/0/expires_on"],
        ),
        ({"timezone": "UTC", "skills": [{"name": "x", "level": 1.5}]}, ["/skills/0/level"]),
    ],
)
def test_every_bad_field_of_availability_is_named(firm, body, wrong):
    assert pointers(put, firm, firm.technician, firm.technician.id, body) == wrong


def available(firm, **query):
    asked = {name: [value] for name, value in query.items()}
    return [each.email.split("@")[0] for each in roster.list_technicians(firm.ports, firm.office, asked)[0]]


WHEN = {"available_from": VISIT["start"], "available_to": VISIT["end"]}


def test_the_roster_is_for_the_office(firm):
    assert available(firm) == ["tess", "theo"]
    denied = refused(
        errors.PermissionDenied, roster.list_technicians, firm.ports, firm.technician, {"x": ["1"]}
    )
    assert denied.rule == "duty.see_roster"


def test_the_roster_finds_who_holds_the_skill_and_has_the_time(firm):
    put(firm, firm.technician, firm.technician.id, {"timezone": "UTC", "skills": [{"name": "Solar"}]})
    assert available(firm, skill="solar") == ["tess"]
    assert available(firm, **WHEN) == ["tess", "theo"]
    firm.do(firm.administrator, firm.confirmed(window=OVERLAPPING), "assign", technician_id=firm.another.id)
    assert available(firm, **WHEN) == ["tess"]
    assert available(firm, **WHEN, skill="lift") == []


def test_the_roster_does_not_list_who_is_shut_out(firm):
    users.set_active(firm.ports, firm.administrator, firm.technician.id, active=False, body=NOTHING)
    assert available(firm) == ["theo"]


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ({"available_from": VISIT["start"]}, ["/available_to"]),
        ({"available_to": VISIT["start"]}, ["/available_to"]),
        ({"available_from": VISIT["end"], "available_to": VISIT["start"]}, ["/available_to"]),
        (
            {"available_from": "9999-12-30T00:00:00Z", "available_to": "9999-12-31T00:00:00Z"},
            ["/available_to"],
        ),
        ({"limit": "0"}, ["/limit"]),
        ({"limit": "201"}, ["/limit"]),
        ({"cursor": "x"}, ["/cursor"]),
    ],
)
def test_a_wrong_question_to_the_roster_is_invalid(firm, query, wrong):
    assert pointers(available, firm, **query) == wrong


def test_users_and_roster_are_read_page_by_page(firm):
    firm = Firm()
    for number in range(7):
        firm.hire(f"t{number}@example.com", "TECHNICIAN")
    for listing, name in ((users.list_users, "administrator"), (roster.list_technicians, "office")):
        found, cursor = [], None
        while True:
            query = {"limit": ["2"], **({"cursor": [cursor]} if cursor else {})}
            rows, cursor = listing(firm.ports, firm.actor(name), query)
            found += [row.id for row in rows]
            if cursor is None:
                break
        assert len(found) == len(set(found)) == (11 if name == "administrator" else 9)
        assert found == sorted(found)


def test_users_are_filtered_by_role_and_activity(firm):
    users.set_active(firm.ports, firm.administrator, firm.another.id, active=False, body=NOTHING)

    def listed(**query):
        asked = {name: [value] for name, value in query.items()}
        return [user.id for user in users.list_users(firm.ports, firm.administrator, asked)[0]]

    assert listed(role="TECHNICIAN") == [firm.technician.id, firm.another.id]
    assert listed(role="TECHNICIAN", active="true") == [firm.technician.id]
    assert listed(active="false") == [firm.another.id]
    assert pointers(listed, role="BOSS", active="yes") == ["/active", "/role"]
