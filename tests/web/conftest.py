"""One firm for each test, and a server that it works through where a test wants one."""

from collections.abc import Iterator

import pytest
from tests.cli.listening import listening
from tests.web.firm import Firm


@pytest.fixture
def firm() -> Firm:
    return Firm()


@pytest.fixture
def port(firm: Firm) -> Iterator[int]:
    with listening(firm.app) as found:
        yield found
