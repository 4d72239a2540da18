"""The mail server is away, silent, or silent in the middle of a letter: nobody waits for it, and no letter is lost."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.broken.house import House, crowd, house, kinds, slowest
from tests.broken.postman import SILENT, SILENT_IN_LETTERS, WELL, Postman
from tests.broken.proxy import Proxy
from tests.cli.lines import API

from hosanna_web.first_administrator import DEVELOPMENT_EMAIL

pytestmark = pytest.mark.deep

FAST = 6.0
"""Seconds in which everybody is answered; most of it for other tests that run beside these."""
LETTERS = 3
AWAY = 8.0
"""Seconds: longer than the first tries of a letter."""
ARRIVES = 40.0
"""Seconds in which all letters arrive after its return: who was being silent to is given up first."""


class Post:
    """The postman, and the proxy before him."""

    def __init__(self) -> None:
        self.postman = Postman()
        self.proxy = Proxy(lambda: self.postman.port)

    def well(self) -> None:
        self.postman.mood = WELL
        self.proxy.mend()

    def close(self) -> None:
        self.proxy.close()
        self.postman.close()


WAYS: dict[str, Callable[[Post], None]] = {
    "refusing": lambda it: it.proxy.refuse(),
    "silent": lambda it: setattr(it.postman, "mood", SILENT),
    "silent in letters": lambda it: setattr(it.postman, "mood", SILENT_IN_LETTERS),
}


@pytest.fixture(scope="module")
def post() -> Iterator[Post]:
    found = Post()
    yield found
    found.close()


@pytest.fixture(scope="module")
def served(post: Post, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    url = f"smtp://127.0.0.1:{post.proxy.port}"
    with house(tmp_path_factory.mktemp("house"), MAIL_URL=url, RATE_LIMIT="off") as found:
        yield found


def forget(served: House) -> int:
    answer = served.ask(
        "forgot", "POST", f"{API}/auth/password/forgot", {"email": DEVELOPMENT_EMAIL}, bare=True
    )
    assert answer.seconds < FAST
    return answer.status


@pytest.mark.parametrize("way", WAYS)
def test_nobody_waits_for_the_mail_server_and_every_letter_arrives_once_it_is_back(
    way: str, post: Post, served: House
) -> None:
    post.well()
    before = len(post.postman.letters)
    WAYS[way](post)
    with crowd(served.list, served.log_in, served.make, served.live) as heard:
        assert {forget(served) for _ in range(LETTERS)} == {202}
        time.sleep(AWAY)
        mail = served.condition("mail")
        assert len(post.postman.letters) == before
        post.well()
        until = time.monotonic() + ARRIVES
        while len(post.postman.letters) < before + LETTERS:
            assert time.monotonic() < until, served.condition("mail")
            time.sleep(0.1)
        took = time.monotonic() - until + ARRIVES
    print(way, slowest(heard), mail, took)
    assert mail["waiting"] == LETTERS
    if way == "refusing":
        assert (mail["mode"], mail["error"]) == ("degraded", "ConnectionRefusedError")
    assert kinds(heard) == {"list": {200}, "login": {200}, "make": {201}, "live": {200}}
    assert max(slowest(heard).values()) < FAST
    time.sleep(1)
    assert len(post.postman.letters) == before + LETTERS, "one of them came twice"


def test_a_mail_server_that_is_silent_does_not_hold_up_the_end(post: Post, tmp_path: Path) -> None:
    WAYS["silent"](post)
    with house(tmp_path, MAIL_URL=f"smtp://127.0.0.1:{post.proxy.port}", RATE_LIMIT="off") as served:
        post.postman.called.clear()
        assert forget(served) == 202
        assert post.postman.called.wait(10)
        assert served.server.stop() == 0
