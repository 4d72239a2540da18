"""Following by a generator: what is sent is judged when it is sent, and who fetched anew keeps nothing stale."""

import json
from itertools import takewhile

from tests.usecases.firm import MINUTE

from hosanna_core.model.instants import to_text
from hosanna_core.usecases import announcing, streams
from hosanna_core.usecases.judging import Unparsed


def follow(firm, actor, cursor=None):
    """A stream, and its greeting."""
    stream = streams.follow(firm.ports, actor, cursor, patience=0)
    return stream, json.loads(next(stream))


def heard(stream):
    """All that there is now."""
    return [json.loads(said) for said in takewhile(lambda said: said is not None, stream)]


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
