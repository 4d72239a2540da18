"""People follow a store on MongoDB's wire, lose their connections and come back, and every copy is right."""

from typing import Any
from uuid import uuid4

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from pymongo import MongoClient
from tests.wire import ANSWERS_IN

from hosanna_adapters.mongo import MongoStore
from hosanna_adapters.mongo.places import Place, cursor_at, place_at
from hosanna_core.ports import Store
from hosanna_core.testing.follow_machine import FollowMachine

AN_HOUR = 3_600 << 32


@pytest.mark.deep
def test_every_copy_is_right_on_mongodb(wire_uri: str) -> None:
    class MongoFollowing(FollowMachine):
        def make_store(self) -> Store:
            self._name, self._opened = f"test_{uuid4().hex}", list[MongoStore]()
            return self.open_again()

        def open_again(self) -> Store:
            client = MongoClient[dict[str, Any]](wire_uri, timeoutMS=ANSWERS_IN * 1000)
            self._opened.append(MongoStore(client[self._name]))
            return self._opened[-1].ports()

        def beyond(self, head: bytes) -> bytes:
            # The end of a cluster's feed moves on with its clock.
            return cursor_at(Place(place_at(head).time + AN_HOUR))

        def teardown(self) -> None:
            super().teardown()
            for store in getattr(self, "_opened", ()):
                store.close()

    # Each run writes a database of its own, and a shrunk one would write hundreds.
    without_shrinking = settings(max_examples=5, stateful_step_count=25, phases=(Phase.reuse, Phase.generate))
    run_state_machine_as_test(MongoFollowing, settings=without_shrinking)
