"""The receiver of the how-to takes what is really sent, and nothing else."""

import re
from pathlib import Path
from typing import Any

import pytest
from tests.web.firm import Firm
from tests.web.webhooked import Receiver, work

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "connect-other-systems.md"
BLOCK = re.compile(r"^```python receiver\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def receiver(secret: str) -> Any:
    """The class of the page, and an instance of it."""
    (code,) = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    defined: dict[str, Any] = {}
    exec(code, defined)
    return defined["Receiver"](secret, set())


def test_the_receiver_of_the_page_takes_a_message_once(firm: Firm) -> None:
    hook = Receiver(firm)
    job = firm.job()
    work(firm)
    (posted,) = hook.sender.posted
    now = firm.clock.now() / 1000
    taking = receiver(hook.secret)
    assert taking.take(posted.headers, posted.body, now)["data"]["job_id"] == job
    assert taking.take(posted.headers, posted.body, now) is None


def test_it_takes_both_secrets_while_they_overlap(firm: Firm) -> None:
    hook = Receiver(firm)
    fresh = hook.by_hand("rotate-secret").json["secret"]
    firm.job()
    work(firm)
    (posted,) = hook.sender.posted
    for secret in (hook.secret, fresh):
        assert receiver(secret).take(posted.headers, posted.body, firm.clock.now() / 1000)


def test_it_takes_nothing_that_was_changed_or_is_old_or_somebody_elses(firm: Firm) -> None:
    hook, other = Receiver(firm), Receiver(firm, url="https://other.example.com/")
    firm.job()
    work(firm)
    posted = next(each for each in hook.sender.posted if each.url == hook.url)
    now = firm.clock.now() / 1000
    for secret, body, at in (
        (hook.secret, posted.body + b" ", now),
        (hook.secret, posted.body, now + 301),
        (hook.secret, posted.body, now - 301),
        (other.secret, posted.body, now),
    ):
        with pytest.raises(ValueError, match=r"signed|old"):
            receiver(secret).take(posted.headers, body, at)
