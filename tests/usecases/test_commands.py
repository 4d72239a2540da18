"""Commands that a phone queued while it was offline: each done or refused as if it had come by itself."""

import dataclasses
import itertools
import json

import pytest
from tests.rules.tables import STATUSES
from tests.usecases.firm import HERE, NOBODY, REASON, VISIT, Firm, pointers, raising, refused
from tests.usecases.test_refusals import ACTIONS, ACTORS, body_for

from hosanna_core import errors
from hosanna_core.model.audit import Outcome
from hosanna_core.model.limits import Use
from hosanna_core.model.people import Role
from hosanna_core.rules.access import USER, AccessPolicy
from hosanna_core.usecases import commanding, fieldwork, jobs, sessions, users
from hosanna_core.usecases.commanding import MOST_COMMANDS, Elsewhere
from hosanna_core.usecases.judging import Unparsed
from hosanna_core.usecases.performing import Once


def named(job_id, action):
    return f"{action} of {job_id}"


ELSEWHERE = Elsewhere(named, "transition_job", HERE)
ADDRESSES = {"administrator": "admin@", "office": "office@", "technician": "tess@", "another": "theo@"}


def identity_of(firm, name):
    return firm.identify(firm.log_in(f"{ADDRESSES[name]}example.com"))


def command(job, action, key=None, if_match=..., **body):
    """One command, as a phone writes it down."""
    job_id = getattr(job, "id", job)
    said = {"key": key or f"{action}-{job_id}", "job_id": job_id, "action": action, "body": body}
    return said if if_match is ... else {**said, "if_match": if_match}


def do(firm, name, *commands):
    """What came of each: the job, or the refusal."""
    body = Unparsed.of({"commands": list(commands)})
    found = commanding.do_commands(firm.ports, identity_of(firm, name), body, ELSEWHERE)
    assert [each.key for each in found] == [each["key"] for each in commands]
    return [each.outcome for each in found]


def sent_alone(firm, actor, said):
    """The same command by a request of its own."""
    body = Unparsed.of(said["body"])
    request = named(said["job_id"], said["action"])
    once = Once.of(firm.ports.keys, actor.id, request, said["key"], body.fingerprinted())
    return fieldwork.transition_job(firm.ports, actor, said["job_id"], said["action"], body, once=once)


def kinds(outcomes):
    return [type(each) if isinstance(each, Exception) else each.status.value for each in outcomes]


def test_commands_are_done_in_their_order(firm):
    job = firm.dispatched()
    found = do(
        firm,
        "technician",
        command(job, "start"),
        command(job, "hold", **REASON),
        command(job, "resume", **REASON),
        command(job, "complete", work_summary="Done"),
    )
    assert kinds(found) == ["IN_PROGRESS", "ON_HOLD", "IN_PROGRESS", "COMPLETED"]
    assert [each.version for each in found] == [5, 6, 7, 8]
    assert firm.get(firm.technician, job).work_summary == "Done"


def test_one_that_is_refused_stops_no_other(firm):
    mine, theirs = firm.dispatched(), firm.dispatched(firm.another)
    found = do(
        firm,
        "technician",
        command(theirs, "start"),
        command(mine, "complete"),
        command(mine, "start"),
        command(mine, "cancel", **REASON),
    )
    assert kinds(found) == [
        errors.NotFound,
        errors.IllegalTransition,
        "IN_PROGRESS",
        errors.PermissionDenied,
    ]


@pytest.mark.parametrize("status", STATUSES)
def test_every_command_is_answered_as_its_own_request_would_be(status):
    for name, action in itertools.product(ACTORS, ACTIONS):
        alone, queued = Firm(), Firm()
        one, other = alone.in_status(status), queued.in_status(status)
        try:
            expected = alone.do(alone.actor(name), one, action, **body_for(alone, action))
        except errors.HosannaError as error:
            expected = error
        (found,) = do(queued, name, command(other, action, **body_for(queued, action)))
        assert kinds([found]) == kinds([expected]), (name, action)
        assert str(getattr(found, "detail", "")) == str(getattr(expected, "detail", "")), (name, action)


def test_the_order_of_refusals_holds_within_each_command(firm):
    job = firm.dispatched()
    nonsense = {"reason": 5, "more": True}
    assert kinds(do(firm, "another", command(job, "hold", **nonsense))) == [errors.NotFound]
    assert kinds(do(firm, "office", command(job, "hold", **nonsense))) == [errors.PermissionDenied]
    (found,) = do(firm, "technician", command(job, "hold", **nonsense))
    assert pointers(found) == ["/more", "/reason"]
    assert kinds(do(firm, "technician", command(job, "hold", "k", **REASON))) == [errors.IllegalTransition]


@pytest.mark.parametrize("job_id", [NOBODY, "x", "a/b", "\x00", "é" * 200])
@pytest.mark.parametrize("action", ["start", "create", "fly", "START"])
def test_what_is_not_there_is_not_found(firm, job_id, action):
    assert kinds(do(firm, "technician", command(job_id, action, "k"))) == [errors.NotFound]


@pytest.mark.parametrize("body", [None, 5, "text", [], True])
def test_a_body_that_is_no_object_is_the_fault_of_its_command_alone(firm, body):
    job = firm.dispatched()
    wrong = {"key": "k", "job_id": job.id, "action": "start", "body": body}
    found = do(firm, "technician", wrong, command(job, "start"))
    assert kinds(found) == [errors.Invalid, "IN_PROGRESS"]


def test_a_body_may_be_left_out(firm):
    job = firm.dispatched()
    (found,) = do(firm, "technician", {"key": "k", "job_id": job.id, "action": "start"})
    assert found.status == "IN_PROGRESS"


def test_a_command_may_name_the_version_that_it_was_given_for(firm):
    job = firm.dispatched()
    stale, sound = command(job, "start", "a", if_match=3), command(job, "start", "b", if_match=4)
    found = do(firm, "technician", stale, sound, command(job, "complete", if_match=None))
    assert kinds(found) == [errors.PreconditionFailed, "IN_PROGRESS", "COMPLETED"]


def test_a_list_that_is_sent_again_is_answered_as_before_and_nothing_is_done_twice(firm):
    job = firm.dispatched()
    commands = [command(job, "start"), command(job, "complete", work_summary="Done")]
    first = do(firm, "technician", *commands)
    before = firm.ledger.commits
    assert do(firm, "technician", *commands) == first
    assert do(firm, "technician", *commands[1:]) == first[1:]
    # The logins alone.
    assert firm.ledger.commits == before + 2


@pytest.mark.parametrize("alone_first", [True, False])
def test_a_request_of_its_own_under_the_same_key_is_the_same_request(firm, alone_first):
    job = firm.dispatched()
    said = command(job, "start")
    ways = [
        lambda: sent_alone(firm, firm.technician, said),
        lambda: do(firm, "technician", said)[0],
    ]
    first, second = (way() for way in (ways if alone_first else reversed(ways)))
    assert first == second
    assert firm.get(firm.technician, job).version == 5


def test_a_key_that_comes_again_with_another_body_is_refused_for_that_command(firm):
    job = firm.started()
    found = do(
        firm,
        "technician",
        command(job, "complete", "k", work_summary="This"),
        command(job, "complete", "k", work_summary="That"),
        command(job, "hold", "k", **REASON),
    )
    assert kinds(found) == ["COMPLETED", errors.KeyReused, errors.IllegalTransition]


def test_a_body_that_was_only_written_differently_is_the_same(firm):
    job = firm.confirmed()
    one = {"technician_id": firm.technician.id, "window": VISIT}
    other = {"window": dict(reversed(VISIT.items())), "technician_id": firm.technician.id}
    found = do(
        firm, "administrator", command(job, "assign", "k", **one), command(job, "assign", "k", **other)
    )
    assert found[0] == found[1]


def test_a_refusal_keeps_nothing_and_the_key_is_good_for_another_try(firm):
    job = firm.assigned()
    said = command(job, "start")
    assert kinds(do(firm, "technician", said)) == [errors.NotFound]
    firm.do(firm.office, job, "dispatch")
    assert kinds(do(firm, "technician", said)) == ["IN_PROGRESS"]


def test_a_denial_is_put_down_as_that_of_its_own_request(firm):
    job = firm.dispatched()
    (found,) = do(firm, "office", command(job, "start"))
    (entry,) = firm.told("access.denied")
    assert (entry.outcome, entry.actor_id, entry.subject.id) == (Outcome.DENIED, firm.office.id, job.id)
    details = json.loads(entry.sealed)["details"]
    assert (details["rule"], details["operation"]) == (found.rule, "transition_job")
    assert entry.open == {"address": HERE.address, "device": HERE.agent}


def test_a_denial_that_cannot_be_put_down_is_not_told_either(firm):
    job = firm.dispatched()
    said = Unparsed.of({"commands": [command(job, "start"), command(job, "recall", **REASON)]})
    identity = identity_of(firm, "office")
    firm.ledger.failing = True
    found = commanding.do_commands(firm.ports, identity, said, ELSEWHERE)
    assert kinds(each.outcome for each in found) == [errors.Busy, errors.Busy]


def test_once_the_store_is_busy_nothing_overtakes_what_was_put_off(firm):
    first, second = firm.dispatched(), firm.dispatched()
    identity = identity_of(firm, "technician")
    commands = [command(first, "start"), command(first, "complete"), command(second, "start")]
    body = Unparsed.of({"commands": commands})
    firm.ledger.before = [raising(errors.Busy())]
    found = commanding.do_commands(firm.ports, identity, body, ELSEWHERE)
    assert kinds(each.outcome for each in found) == [errors.Busy] * 3
    assert [firm.get(firm.technician, job).status for job in (first, second)] == ["DISPATCHED"] * 2
    found = commanding.do_commands(firm.ports, identity, body, ELSEWHERE)
    assert kinds(each.outcome for each in found) == ["IN_PROGRESS", "COMPLETED", "IN_PROGRESS"]


@pytest.mark.parametrize("error", [errors.Replayed(), RuntimeError("a bug")], ids=["in progress", "bug"])
def test_while_it_is_not_known_what_comes_of_one_those_of_the_same_job_wait_and_the_others_do_not(
    firm, error
):
    first, second = firm.dispatched(), firm.dispatched()
    identity = identity_of(firm, "technician")
    commands = [command(first, "start"), command(first, "complete"), command(second, "start")]
    firm.ledger.before = [raising(error)]
    body = Unparsed.of({"commands": commands})
    found = commanding.do_commands(firm.ports, identity, body, ELSEWHERE)
    own = errors.InProgress if isinstance(error, errors.Replayed) else RuntimeError
    assert kinds(each.outcome for each in found) == [own, errors.Busy, "IN_PROGRESS"]


def test_each_command_counts_as_a_request(firm):
    job = firm.dispatched()
    identity = identity_of(firm, "technician")
    others = (Use(USER, firm.technician.id),) * (USER.most - 3)
    # One was the login.
    assert firm.ports.throttles.begin(others)
    firm.ports.throttles.end(others, failed=True)
    commands = [command(job, action, **body) for action, body in (("start", {}), ("hold", REASON))]
    more = [command(job, "resume", **REASON), command(job, "complete")]
    body = Unparsed.of({"commands": [*commands, *more]})
    found = commanding.do_commands(firm.ports, identity, body, ELSEWHERE)
    assert kinds(each.outcome for each in found)[2:] == [errors.TooManyRequests, errors.Busy]
    assert firm.get(firm.technician, job).status == "ON_HOLD"


ENDS = {
    "logout": lambda firm, login: sessions.log_out(
        firm.ports, firm.technician, firm.identify(login).session_id, Unparsed.of({})
    ),
    "deactivation": lambda firm, _: users.set_active(
        firm.ports, firm.administrator, firm.technician.id, active=False, body=Unparsed.of({})
    ),
    "another role": lambda firm, _: users.set_role(
        firm.ports, firm.administrator, firm.technician.id, Unparsed.of({"role": "OFFICE_MANAGER"})
    ),
}


@pytest.mark.parametrize("end", ENDS)
def test_who_is_shut_out_in_the_middle_does_nothing_more(firm, end):
    job = firm.dispatched()
    login = firm.log_in()
    identity = firm.identify(login)
    body = Unparsed.of({"commands": [command(job, "start"), command(job, "complete")]})
    firm.ledger.before = [lambda: ENDS[end](firm, login)]
    found = commanding.do_commands(firm.ports, identity, body, ELSEWHERE)
    # Who was let in before that commit has started; what follows is refused.
    assert kinds(each.outcome for each in found) == ["IN_PROGRESS", errors.Unauthenticated]
    assert firm.get(firm.administrator, job).status == "IN_PROGRESS"


def test_who_must_have_a_second_factor_by_now_does_nothing_more(firm):
    job = firm.dispatched()
    identity = identity_of(firm, "technician")
    policy = AccessPolicy(second_factor_roles=frozenset({Role.TECHNICIAN}))
    strict = dataclasses.replace(firm.ports, policy=policy)
    body = Unparsed.of({"commands": [command(job, "start")]})
    (found,) = commanding.do_commands(strict, identity, body, ELSEWHERE)
    assert isinstance(found.outcome, errors.Unauthenticated)


@pytest.mark.parametrize(
    ("body", "flaws"),
    [
        ({}, ["/commands"]),
        ({"commands": []}, ["/commands"]),
        ({"commands": {}}, ["/commands"]),
        ({"commands": [command("j", "start")] * (MOST_COMMANDS + 1)}, ["/commands"]),
        ({"commands": [{}], "more": 1}, ["/commands/0/action", "/commands/0/job_id", "/commands/0/key", "/more"]),
        ({"commands": [command("j", "start", "a b"), 5]}, ["/commands/0/key", "/commands/1"]),
        ({"commands": [command("j", "start", "x" * 256)]}, ["/commands/0/key"]),
        ({"commands": [{**command("j", "start"), "key": ""}]}, ["/commands/0/key"]),
        ({"commands": [command("", "", "k"), command("j" * 201, "a" * 201, "k")]}, [
            "/commands/0/action", "/commands/0/job_id", "/commands/1/action", "/commands/1/job_id",
        ]),
        ({"commands": [command("j", "start", if_match=each) for each in (0, -1, "4", 1.5, True, 10**18)]}, [
            f"/commands/{number}/if_match" for number in range(6)
        ]),
    ],
)  # fmt: skip
def test_a_list_that_is_none_is_refused_whole_and_every_flaw_is_named(firm, body, flaws):
    before = firm.state()
    identity = identity_of(firm, "technician")
    found = refused(
        errors.Invalid, commanding.do_commands, firm.ports, identity, Unparsed.of(body), ELSEWHERE
    )
    assert pointers(found) == flaws
    assert firm.state()[0][0] == before[0][0]


def test_the_longest_list_and_key_are_taken(firm):
    job = firm.dispatched()
    commands = [command(job, "start", "~" * 255)] * MOST_COMMANDS
    found = do(firm, "technician", *commands)
    assert len(found) == MOST_COMMANDS
    assert {each.version for each in found} == {5}


def test_what_is_no_json_is_unreadable(firm):
    identity = identity_of(firm, "technician")
    refused(
        errors.Unreadable, commanding.do_commands, firm.ports, identity, Unparsed(b'{"commands":'), ELSEWHERE
    )


def test_nobody_is_told_of_a_job_that_they_lost_sight_of_though_the_key_is_theirs(firm):
    job = firm.dispatched()
    said = command(job, "start")
    do(firm, "technician", said)
    firm.do(firm.administrator, job, "return_visit", **REASON)
    assert kinds(do(firm, "technician", said)) == [errors.NotFound]
    assert jobs.get_job(firm.ports, firm.administrator, job.id, {}).status == "CONFIRMED"
