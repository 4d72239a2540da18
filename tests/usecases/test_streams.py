"""Following by a generator: what is sent is judged when it is sent, and who fetched anew keeps nothing stale."""

import json
from itertools import takewhile

from tests.usecases.firm import MINUTE, REASON

from hosanna_core.model.instants import to_text
from hosanna_core.usecases import announcing, jobs, streams
from hosanna_core.usecases.judging import Unparsed


def follow(firm, actor, cursor=None):
    """A stream, and its greeting."""
    stream = streams.follow(firm.ports, actor, cursor, patience=0)
    return stream, json.loads(next(stream))


def heard(stream):
    """All that there is now."""
    return [json.loads(said) for said in takewhile(lambda said: said is not None, stream)]


def about_jobs(messages):
    return [(each["type"], each["job_id"]) for each in messages if each["type"].startswith("job.")]


def test_who_fetched_a_job_before_they_were_told_of_it_is_told_that_it_left(firm):
    job = firm.assigned()
    stream, hello = follow(firm, firm.technician)
    assert not hello["recovered"]
    firm.do(firm.office, job, "dispatch")
    fetched, _ = jobs.list_jobs(firm.ports, firm.technician, {})
    assert [row.id for row in fetched.rows] == [job.id]
    firm.do(firm.office, job, "recall", **REASON)
    assert about_jobs(heard(stream)) == [("job.left_view", job.id)]


def test_what_entered_and_left_again_while_one_was_away_is_silent(firm):
    job = firm.assigned()
    _, hello = follow(firm, firm.technician)
    firm.do(firm.office, job, "dispatch")
    firm.do(firm.office, job, "recall", **REASON)
    stream, again = follow(firm, firm.technician, hello["cursor"])
    assert again["recovered"]
    assert about_jobs(heard(stream)) == []


def test_an_announcement_that_has_expired_is_told_nobody_who_comes_back(firm):
    _, hello = follow(firm, firm.technician)
    for title, lasts in (("Long", 9), ("Short", 1)):
        until = to_text(firm.clock.now() + lasts * MINUTE)
        body = {"title": title, "body": "Be careful.", "expires_at": until}
        announcing.make_announcement(firm.ports, firm.administrator, Unparsed.of(body))
    firm.clock.step(MINUTE)
    stream, _ = follow(firm, firm.technician, hello["cursor"])
    told = [each["announcement"] for each in heard(stream) if each["type"] == "announcement.created"]
    assert [each["title"] for each in told] == ["Long"]
