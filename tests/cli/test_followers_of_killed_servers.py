"""People follow two servers on one store, whichever of them is killed meanwhile: in the end every copy is right.

`FOLLOWERS_SEED` says what is drawn. Servers have a pace of their own, so the same seed does about the same.
"""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.restless_firm import restless_firm
from tests.cli.running import environment
from tests.cli.spoilt_server import FAULTS

from hosanna_adapters.mongo.places import Place, cursor_at, place_at
from hosanna_core.model.feed import Cursor
from hosanna_core.rules.sealing import InFeed
from hosanna_core.usecases.streams import sealer_of
from hosanna_web.composition import open_system
from hosanna_web.settings import load_settings

HOUSE = Path(__file__).parents[2]
SEED = int(os.environ.get("FOLLOWERS_SEED", "20"))
AN_HOUR = 3_600 << 32
LIFETIME = 1.0
"""Seconds for which what a killed server had begun holds up the others."""
PATIENCE = 5.0
"""Seconds in which a fault has to show."""

pytestmark = pytest.mark.deep


def a_million_on(head: Cursor) -> Cursor:
    return (int.from_bytes(head, "big") + 1_000_000).to_bytes(len(head), "big")


def an_hour_on(head: Cursor) -> Cursor:
    return cursor_at(Place(place_at(head).time + AN_HOUR))


@contextlib.contextmanager
def foreseeing(
    folder: Path, patch: pytest.MonkeyPatch, beyond: Callable[[Cursor], Cursor], **variables: str
) -> Iterator[Callable[[str], str]]:
    """What seals, for anybody, a place that the feed has not come to."""
    with patch.context() as within:
        for name in set(os.environ) - set(environment(folder, variables)):
            within.delenv(name)
        for name, value in environment(folder, variables).items():
            within.setenv(name, value)
        settings = load_settings()
    with open_system(settings, memory=False) as system:
        ports = system.ports
        sealer = sealer_of(ports)

        def future(user_id: str) -> str:
            user = ports.store.users.get(user_id)
            assert user is not None
            spot = InFeed(beyond(ports.store.feed.head()), ports.outside.now())
            return sealer.seal(spot) + sealer.mark(user_id, user.role_since)

        yield future


def test_every_copy_is_right_whichever_server_of_a_file_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        foreseeing(tmp_path, monkeypatch, a_million_on) as future,
        restless_firm(tmp_path, SEED, future=future) as firm,
    ):
        firm.run(rounds=10, steps=60)


def test_every_copy_is_right_whichever_server_of_a_mongodb_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = pytest.importorskip("tests.wire", reason="there is no server that speaks MongoDB's protocol")
    stored = tmp_path / "wire"
    stored.mkdir()
    with wire.wire_server(stored, lifetime=LIFETIME) as uri:
        named = {"MONGODB_URI": f"{uri.rstrip('/')}/firm"}
        with (
            foreseeing(tmp_path, monkeypatch, an_hour_on, **named) as future,
            restless_firm(tmp_path, SEED, future=future, **named) as firm,
        ):
            firm.run(rounds=7, steps=60)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_it_is_noticed_where_a_server(fault: Callable[[], None], tmp_path: Path) -> None:
    spoilt: dict[str, Any] = {
        "program": (sys.executable, "-m", "tests.cli.spoilt_server", fault.__name__),
        "PYTHONPATH": os.pathsep.join(map(str, (HOUSE, HOUSE / "src"))),
        "patience": PATIENCE,
    }
    with (
        restless_firm(tmp_path, seed=1, **spoilt) as firm,
        pytest.raises(AssertionError, match=FAULTS[fault]),
    ):
        firm.run(rounds=30, steps=40)
