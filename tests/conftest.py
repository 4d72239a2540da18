"""What every test stands on: assertion rewriting in the kit, and hypothesis in two speeds."""

import os

import pytest
from hypothesis import HealthCheck, settings

# The contract suites assert inside the package: without this a failure says only "AssertionError".
pytest.register_assert_rewrite("hosanna_core.testing")

# A shared machine's speed is no property of the code, and one contract test runs from many subclasses.
CALM = (HealthCheck.too_slow, HealthCheck.differing_executors)

# The quick run tries the same few each time; the deep one runs every property again, with many that are new.
settings.register_profile(
    "fast", deadline=None, max_examples=25, derandomize=True, suppress_health_check=CALM
)
settings.register_profile(
    "deep", deadline=None, max_examples=200, print_blob=True, suppress_health_check=CALM
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))

# Whoever works on this may keep a `.env` for a server of their own.
os.environ.setdefault("HOSANNA_ENV_FILE", os.devnull)
