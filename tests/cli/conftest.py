import pytest
from tests.web.firm import Firm


@pytest.fixture
def firm() -> Firm:
    return Firm()
