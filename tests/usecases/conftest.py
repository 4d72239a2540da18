"""One firm for each test."""

import pytest
from tests.usecases.firm import Firm


@pytest.fixture
def firm():
    return Firm()
