"""One firm, and a server that it works through, for each test."""

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
