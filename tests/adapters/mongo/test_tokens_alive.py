"""People log in, refresh, replay and lose their rights on MongoDB, and no token outlives what it stands on."""

from typing import Any
from uuid import uuid4

import mongomock
import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from pymongo import MongoClient

from hosanna_adapters.mongo import MongoStore
from hosanna_core.ports import Store
from hosanna_core.testing.access_machine import AccessMachine

Client = MongoClient[dict[str, Any]]
UNSHRUNK = (Phase.reuse, Phase.generate)
"""Over the wire a failure would take minutes to shrink: mongomock shrinks the same one."""


class OnMongomock(AccessMachine):
    def make_store(self) -> Store:
        return MongoStore(mongomock.MongoClient()["test"], transactions=False).ports()


def on_the_wire(client: Client) -> type[AccessMachine]:
    """The machine on a server; every run has a database of its own."""

    class OnTheWire(AccessMachine):
        def make_store(self) -> Store:
            return MongoStore(client[f"test_{uuid4().hex}"]).ports()

    return OnTheWire


def test_no_token_outlives_its_right_on_mongomock() -> None:
    run_state_machine_as_test(OnMongomock, settings=settings(max_examples=10, stateful_step_count=25))


def test_no_token_outlives_its_right_on_the_wire(wire_client: Client) -> None:
    run_state_machine_as_test(
        on_the_wire(wire_client), settings=settings(max_examples=2, stateful_step_count=20, phases=UNSHRUNK)
    )


@pytest.mark.deep
def test_no_token_outlives_its_right_for_long_on_the_wire(wire_client: Client) -> None:
    run_state_machine_as_test(
        on_the_wire(wire_client), settings=settings(max_examples=20, stateful_step_count=50, phases=UNSHRUNK)
    )
