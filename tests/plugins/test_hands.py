"""Waiting for somebody else's code: nobody waits behind somebody else while there may be another thread."""

import threading
from concurrent.futures import ThreadPoolExecutor

from hosanna_web.plugins.hands import MOST, Hands


def test_as_many_work_at_once_as_there_may_be_threads_however_suddenly_they_come():
    for _ in range(10):
        hands, together = Hands("sudden"), threading.Barrier(MOST)
        with ThreadPoolExecutor(MOST) as callers:
            asked = [callers.submit(hands.do, lambda met=together: met.wait(20), 20) for _ in range(MOST)]
            assert sorted(each.result() for each in asked) == list(range(MOST))


def test_more_than_there_are_threads_are_served_in_the_end():
    hands = Hands("crowded")
    with ThreadPoolExecutor(3 * MOST) as callers:
        asked = [callers.submit(hands.do, lambda n=number: n, 20) for number in range(3 * MOST)]
        assert [each.result() for each in asked] == list(range(3 * MOST))
    assert sum(each.name.startswith("crowded-") for each in threading.enumerate()) <= MOST
