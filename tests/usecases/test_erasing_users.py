"""Erasing a user: nothing is left of them but an id, and the audit trail verifies."""

from tests.usecases.firm import HERE, NOBODY, PASSWORD, THERE, refused
from tests.usecases.people import busy_technician, erase, everything, export, verify

from hosanna_core import errors
from hosanna_core.usecases import access, privacy, trail, users
from hosanna_core.usecases.judging import Unparsed
from hosanna_core.usecases.privacy import Forgotten, Person


def test_erasing_a_user_closes_the_account_and_leaves_nothing_of_them_but_an_id(firm):
    job = busy_technician(firm)
    login = firm.log_in()
    trail.checkpoint(firm.ports)
    verify(firm)
    assert erase(firm, email="tess@example.com") == Forgotten(jobs=0, users=1)
    held = everything(firm)
    for each in ("tess@example.com", "'tess'", "555 0177", "dark", "30.25", "Tess's tablet", THERE.agent):
        assert each not in held
    assert HERE.address not in held
    verify(firm)
    refused(errors.Unauthenticated, firm.identify, login)
    refused(errors.BadRefreshToken, firm.refresh, login)
    refused(errors.BadCredentials, firm.log_in)
    left = firm.user(firm.technician)
    assert (left.full_name, left.active, left.email) == (
        "(erased)", False, f"erased-{firm.technician.id}@erased.invalid",
    )  # fmt: skip
    refused(errors.BadCredentials, firm.log_in, left.email, "")
    assert firm.ports.store.sessions.of(firm.technician.id, 9) == []
    assert firm.ports.store.inboxes.notices(firm.technician.id, None, 9) == []
    assert firm.get(firm.administrator, job).technician_id == firm.technician.id


def test_who_was_erased_is_not_found_by_their_address_and_somebody_else_may_have_it(firm):
    erase(firm, email="tess@example.com")
    assert erase(firm, email="tess@example.com") == Forgotten(jobs=0, users=0)
    assert firm.hire("tess@example.com", "TECHNICIAN").id != firm.technician.id
    firm.log_in()


def test_erasing_removes_from_the_trail_only_what_is_the_persons_own(firm):
    firm.log_in()
    firm.log_in("theo@example.com")
    refused(errors.BadCredentials, firm.log_in, "nobody@example.com")
    erase(firm, user_id=firm.technician.id)
    for entry in firm.told():
        about = firm.technician.id in (entry.actor_id, entry.subject and entry.subject.id)
        assert bool(entry.open) == (entry.action == "login" and not about)
        if about:
            assert (entry.open, entry.salt) == ({}, b"")
    (mark,) = firm.told("privacy.erased")
    assert (mark.actor_id, mark.subject.id) == (firm.administrator.id, firm.technician.id)


def test_a_value_that_is_taken_from_somebody_who_was_not_erased_is_still_found(firm):
    firm.log_in()
    firm.log_in("theo@example.com")
    erase(firm, user_id=firm.technician.id)
    entries = firm.memory._state.trail._streams[f"user|{firm.another.id}"]
    entries[1] = type(entries[1])(
        **{name: getattr(entries[1], name) for name in entries[1].__struct_fields__}
        | {"open": {}, "salt": b""}
    )
    assert refused(errors.BrokenChain, trail.verify_trail, firm.ports).version == 2


def test_one_who_is_user_and_customer_is_erased_as_both(firm):
    firm.create(customer={"name": "Tess", "email": "Tess@example.com"})
    document = export(firm, email="tess@example.com")
    assert (document["user"]["account"]["id"], len(document["jobs"])) == (firm.technician.id, 1)
    assert erase(firm, email="tess@example.com") == Forgotten(jobs=1, users=1)
    verify(firm)


def test_the_last_administrator_is_not_erased_and_nothing_is(firm):
    firm.create(customer={"name": "Ada", "email": "admin@example.com"})
    firm.log_in("admin@example.com")
    before, told = firm.state(), firm.told()
    refused(errors.LastAdministrator, erase, firm, email="admin@example.com")
    assert (firm.state(), firm.told()) == (before, told)
    second = firm.hire("second@example.com", "ADMINISTRATOR")
    assert erase(firm, email="admin@example.com") == Forgotten(jobs=1, users=1)
    verify(firm)
    refused(errors.LastAdministrator, privacy.erase_person, firm.ports, second, Person(user_id=second.id))


def test_a_user_who_changes_while_being_erased_is_erased_all_the_same(firm):
    def rename():
        users.edit_own_profile(firm.ports, firm.technician, Unparsed.of({"full_name": "Theresa"}))

    firm.ledger.before = [rename]
    erase(firm, user_id=firm.technician.id)
    assert "Theresa" not in everything(firm)
    verify(firm)


def test_a_login_that_was_under_way_while_somebody_was_erased_leaves_nothing(firm):
    firm.create(customer={"name": "Tess", "email": "tess@example.com"})
    under_way = []

    class Slow:
        """A ledger that takes what it is given only later."""

        commit = staticmethod(under_way.append)

    slow = firm.ports_with(ledger=Slow)
    form = Unparsed.of({"email": "tess@example.com", "password": PASSWORD, "device": "Tess's tablet"})
    access.log_in(slow, form, THERE)
    (login,) = under_way
    nothing = tuple
    firm.ledger.before = [nothing, lambda: firm.memory.ledger.commit(login)]
    assert erase(firm, email="tess@example.com") == Forgotten(jobs=1, users=1)
    held = everything(firm)
    for each in ("Tess's tablet", THERE.address, THERE.agent):
        assert each not in held
    assert firm.ports.store.sessions.get(login.root.id) is None
    verify(firm)


def test_who_is_erased_again_by_id_loses_what_was_stored_since(firm):
    erase(firm, user_id=firm.technician.id)
    refused(errors.BadCredentials, firm.log_in, firm.user(firm.technician).email, origin=THERE)
    assert THERE.address in everything(firm)
    assert erase(firm, user_id=firm.technician.id) == Forgotten(jobs=0, users=1)
    assert THERE.address not in everything(firm)
    verify(firm)


def test_an_unknown_person_is_nobody_and_nothing_is_written(firm):
    before = firm.state(), firm.told()
    for who in ({"email": "no@example.com"}, {"phone": "12"}, {"user_id": NOBODY}, {"job_ids": (NOBODY,)}):
        assert erase(firm, **who) == Forgotten(jobs=0, users=0)
    assert (firm.state(), firm.told()) == before


def test_nobody_works_under_an_erased_account_again(firm):
    gone = firm.another.id
    erase(firm, user_id=gone)
    admin = (firm.ports, firm.administrator, gone)
    refused(errors.UserErased, users.set_active, *admin, active=True, body=Unparsed(b""))
    refused(errors.UserErased, users.set_role, *admin, Unparsed.of({"role": "ADMINISTRATOR"}))
    refused(errors.UserErased, users.edit_user, *admin, Unparsed.of({"email": "x@example.com"}))
    ada = Person(user_id=firm.administrator.id)
    refused(errors.LastAdministrator, privacy.erase_person, firm.ports, firm.administrator, ada)
