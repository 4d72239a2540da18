"""One firm, a server that it works through, and a network in between, for each test."""

from collections.abc import Iterator

import pytest
from tests.cli.listening import listening
from tests.client.cutting import Network, network
from tests.web.firm import Firm


@pytest.fixture
def firm() -> Firm:
    return Firm()


@pytest.fixture
def port(firm: Firm) -> Iterator[int]:
    with listening(firm.app) as found:
        yield found


@pytest.fixture
def net(port: int) -> Iterator[Network]:
    with network(port) as found:
        yield found
